#include <troupe/base/clock.hpp>
#include <troupe/base/shape.hpp>
#include <troupe/runtime/members/slot_member.hpp>

#include <utility>

namespace troupe::runtime {

result<std::optional<checkpoint>> load_checkpoint(checkpoint_store& from, stage_body& body,
                                                  const std::string& run_id, const std::string& state_shape) {
  auto last = from.read();
  if (!last || !*last) return last;
  const auto& found = **last;
  if (found.run_id != run_id)
    return fail(errc::type_mismatch, "the checkpoint is that of another run, '" + found.run_id + "'");
  if (found.state_shape != state_shape)
    return fail(errc::type_mismatch, "the checkpoint is that of another version of this program: its state " +
                                         shape_difference(state_shape, found.state_shape));
  if (auto restored = body.restore(found.state); !restored)
    return tl::unexpected(within("load the state of the checkpoint", restored.error()));
  return last;
}

slot_member::slot_member(const member_setting& setting, const instance& own, slot_setting with,
                         work_again again)
    : producer_member(setting, own, [this](std::uint64_t seq, const lineage&) { books_.acknowledged(seq); }),
      with_(std::move(with)),
      again_(std::move(again)),
      books_(static_cast<std::uint16_t>(outlets_.copies()), plan_.spread) {
  if (setting.page != nullptr) {
    page_.emplace(*setting.page);
    with_.body->show_waiting(page_->waiting());
  }
  if (const auto last = std::exchange(with_.last, std::nullopt)) {
    finished_ = last->finished;
    again_at_first_ = books_.restore(*last);
  }
}

void slot_member::on(arrivals news) {
  for (auto& item : news.items) queue_.push_back(std::move(item));
  resume();
}

void slot_member::on(const watermark_notice& news) {
  if (news.origin != plan_.id) books_.heard(news.origin, news.watermark);
}

void slot_member::on(const order& what) {
  if (what.what == order_kind::work) {
    asked_for_turn_ = false;
    if (monotonic_ns() >= timer_ns_) timer_ns_ = 0;
  } else if (what.what == order_kind::finish) {
    no_more_ = true;
  } else {
    return;
  }
  resume();
}

void slot_member::resume() {
  send(std::exchange(again_at_first_, {}));
  const auto began = monotonic_ns();
  for (last_ns_ = began; take_next();) {
    if (last_ns_ - began < turn_ns) continue;
    if (!queue_.empty() && !std::exchange(asked_for_turn_, true)) again_();
    break;
  }
  if (no_more_ && queue_.empty() && !finished_ && !failed_) finish();
  look_at_the_pace();
  settle();
}

/// One item, if there is one and it may be worked on.
bool slot_member::take_next() {
  if (failed_ || queue_.empty() || !outlets_.has_room() || !books_.may_give() ||
      books_.given() >= checkpoint_pace::most_items || books_.given_bytes() >= checkpoint_pace::most_bytes)
    return false;
  const arrival item = std::move(queue_.front());
  queue_.pop_front();
  courier_.dequeued(item);
  if (page_) page_->take();
  const auto& name = item.header.item;
  const auto* held = outlets_.charges().find(plan_.id, name);
  if (held == nullptr || !held->quarantined) {  // else the sender has the same verdict, and answers for it
    const auto kind = books_.take(name);
    if (kind == arrival_kind::contradiction)
      report_to_director(
          remark{"the stages before '" + plan_.name +
                 "' are not deterministic: the same item gave another number of outputs when it "
                 "was executed again"});
    if (kind == arrival_kind::fresh) work_on(item);
    if (failed_) return false;
    due_.push_back({item.from, item.header.number});
    due_bytes_ += item.payload.size();
  }
  const auto now = monotonic_ns();
  courier_.worked(item.from, item.header.number, now - std::exchange(last_ns_, now));
  return true;
}

void slot_member::work_on(const arrival& item) {
  const auto& header = item.header;
  const running_note note{item.from.who, item.from.edge, header.number, header.may_split, header.item};
  if (page_) page_->begin(note, monotonic_ns());
  std::vector<bytes> outputs;
  auto done = with_.body->call(item.payload, {header.item.seq + 1, header.attempt, nullptr}, outputs);
  if (done) done = check_sizes(outputs);
  if (done) {
    if (page_) page_->end(note);
    return keep(outputs);
  }
  if (page_) page_->fail();
  report_to_director(item_failed{plan_.id, header.item, header.may_split,
                                 done.error().context.substr(0, max_failure_text), failure::thrown});
  give_up("an item failed, and what it left of the state is not used: begin again from the last checkpoint");
}

/// All that was ever to come is answered for, or will be by the checkpoint that follows.
void slot_member::finish() {
  std::vector<bytes> outputs;
  auto done = with_.body->finish(outputs);
  if (done) done = check_sizes(outputs);
  if (!done) return give_up("stage '" + plan_.name + "' " + done.error().context + ", in finish()");
  keep(outputs);
  finished_ = true;
  write_checkpoint();
}

void slot_member::keep(const std::vector<bytes>& outputs) {
  if (outlets_.copies() == 0) return;
  for (const auto& output : outputs) books_.give(output);
}

void slot_member::look_at_the_pace() {
  const checkpoint_need need{due_.size() + books_.given(), due_bytes_ + books_.given_bytes(), queue_.empty()};
  if (failed_ || need.items == 0) return;
  const auto now = monotonic_ns();
  const auto wait = pace_.due_in(need, now);
  if (wait == 0) return write_checkpoint();
  if (!later_ || (timer_ns_ != 0 && timer_ns_ <= now + wait)) return;
  timer_ns_ = now + wait;
  later_(nanoseconds(wait));
}

void slot_member::write_checkpoint() {
  if (failed_) return;
  const auto began = monotonic_ns();
  auto state = with_.body->save();
  if (!state) return give_up("stage '" + plan_.name + "': state(): " + state.error().message());
  checkpoint next;
  next.run_id = with_.run_id;
  next.state_shape = with_.state_shape;
  next.state = std::move(*state);
  next.finished = finished_;
  books_.write_down(next);
  if (auto written = with_.store->write(next); !written) {
    failed_ = true;
    return report_to_director(
        trouble{trouble_kind::output, "stage '" + plan_.name + "': " + written.error().message()});
  }
  for (const auto& each : std::exchange(due_, {})) {
    courier_.answer(each.to, each.number);
    if (page_) page_->add_answered();  // not before: a life that never gets here has got nothing done
  }
  due_bytes_ = 0;
  send(books_.committed());
  pace_.written(began, monotonic_ns());
}

void slot_member::send(const owed_outputs& what) {
  for (const auto& each : what) outlets_.push_own({plan_.id, each.seq, 1, {}}, each.payload, each.seq);
}

void slot_member::settle() {
  if (const auto again = outlets_.take_redelivered(); again != 0 && page_) page_->add_redelivered(again);
  outlets_.note_waiting(!queue_.empty());
  courier_.flush();
  if (failed_) return;
  if (books_.watermark() != told_watermark_) {
    told_watermark_ = books_.watermark();
    tell_watermark(told_watermark_, books_.all_acknowledged());
  }
  // finished_ is in the last checkpoint: whoever reads that has it, too.
  if (finished_ && !std::exchange(told_closed_, true)) report_to_director(terminal_closed{plan_.id});
  if (finished_ && due_.empty() && books_.all_acknowledged() && !std::exchange(told_ended_, true))
    report_to_director(origin_ended{plan_.id});
}

void slot_member::give_up(const std::string& why) {
  failed_ = true;
  with_.fall(why);
}

}  // namespace troupe::runtime
