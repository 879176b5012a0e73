#include <troupe/base/clock.hpp>
#include <troupe/runtime/members/stage_member.hpp>

#include <utility>

namespace troupe::runtime {
namespace {

failure kind_of(const error& why) {
  if (why.code == errc::peer_lost) return failure::crash;
  return why.code == errc::cancelled ? failure::killed : failure::thrown;
}

}  // namespace

stage_member::stage_member(const member_setting& setting, const instance& own,
                           std::unique_ptr<stage_body> body, work_again again)
    : producer_member(setting, own, [this](std::uint64_t token, const lineage&) { output_completed(token); }),
      body_(std::move(body)),
      called_off_(setting.called_off),
      returns_(!plan_.in.empty() && setting.of.edge(plan_.in.front()).returns),
      again_(std::move(again)) {
  if (setting.page == nullptr) return;
  page_.emplace(*setting.page);
  body_->show_waiting(page_->waiting());
}

void stage_member::on(arrivals batch) {
  for (auto& item : batch.items) queue_.push_back(std::move(item));
  resume();
}

void stage_member::resume() {
  const auto began = monotonic_ns();
  for (auto last = began; !queue_.empty() && outlets_.has_room();) {
    arrival item = std::move(queue_.front());
    queue_.pop_front();
    const auto [from, number] = std::pair(item.from, item.header.number);
    run(std::move(item));
    const auto now = monotonic_ns();
    courier_.worked(from, number, now - std::exchange(last, now));
    if (now - began < turn_ns) continue;
    if (!queue_.empty() && !std::exchange(asked_for_turn_, true)) again_();
    break;
  }
  settle();
}

void stage_member::run(arrival item) {
  courier_.dequeued(item);
  if (page_) page_->take();
  const auto* held = outlets_.charges().find(plan_.id, item.header.item);
  if (held != nullptr && held->quarantined) return;  // the sender has the same verdict, and answers for it

  if (called_off_ != nullptr && !called_off_->begin(item.header.number))
    return answer(item.from, item.header.number);
  const job about(item.header.item.seq + 1, item.header.attempt,
                  called_off_ != nullptr ? &called_off_->flag() : nullptr);

  running_note note{item.from.who, item.from.edge, item.header.number, item.header.may_split,
                    std::move(item.header.item)};
  if (page_) page_->begin(note, monotonic_ns());
  std::vector<bytes> outputs;
  auto done = body_->call(item.payload, about, outputs);
  if (done) done = check_sizes(outputs, returns_ ? size_of::all_together : size_of::each);
  if (page_ && done) page_->end(note);

  if (!done) {
    if (page_) page_->fail();
    report_to_director(item_failed{plan_.id, note.item, note.may_split,
                                   done.error().context.substr(0, max_failure_text), kind_of(done.error())});
    return;
  }
  let_out(item.from, note, std::move(outputs));
}

void stage_member::let_out(const sender& to, const running_note& of, std::vector<bytes> outputs) {
  if (returns_) {
    courier_.give_back(to, of.number, pack(std::move(outputs)));
    if (page_) page_->add_answered();
    return;
  }
  const auto token = next_token_++;
  if (const auto copies = outputs.size() * outlets_.copies(); copies != 0) {
    pending_.emplace(token, pending{to, of.number, copies});
    outlets_.push_all(of.item, outputs, token);
  } else {
    answer(to, of.number);
  }
}

void stage_member::answer(const sender& to, std::uint64_t number) {
  courier_.answer(to, number);
  if (page_) page_->add_answered();
}

void stage_member::output_completed(std::uint64_t token) {
  const auto input = pending_.find(token);
  if (input == pending_.end() || --input->second.outputs > 0) return;
  answer(input->second.from, input->second.number);
  pending_.erase(input);
}

void stage_member::settle() {
  if (const auto again = outlets_.take_redelivered(); again != 0 && page_) page_->add_redelivered(again);
  outlets_.note_waiting(!queue_.empty());
  courier_.flush();
}

void stage_member::on(const order& what) {
  if (what.what != order_kind::work) return;
  asked_for_turn_ = false;
  resume();
}

}  // namespace troupe::runtime
