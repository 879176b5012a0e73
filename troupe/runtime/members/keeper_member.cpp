#include <troupe/base/clock.hpp>
#include <troupe/runtime/members/keeper_member.hpp>

#include <utility>

namespace troupe::runtime {

keeper_member::keeper_member(const member_setting& setting, const instance& own,
                             std::unique_ptr<stage_body> body, work_again again)
    : producer_member(setting, own, [this](std::uint64_t seq, const lineage&) { ledger_.complete(seq, 1); }),
      body_(std::move(body)),
      again_(std::move(again)) {}

void keeper_member::on(arrivals batch) {
  for (auto& item : batch.items) queue_.push_back(std::move(item));
  resume();
}

void keeper_member::resume() {
  const auto began = monotonic_ns();
  const auto can_go_on = [&] {
    return !queue_.empty() && outlets_.has_room() && ledger_.spread() < usual_spread && !failed_;
  };
  for (auto last = began; can_go_on();) {
    const arrival item = std::move(queue_.front());
    queue_.pop_front();
    take(item);
    const auto now = monotonic_ns();
    courier_.worked(item.from, item.header.number, now - std::exchange(last, now));
    if (now - began < turn_ns) continue;
    if (!queue_.empty() && !std::exchange(asked_for_turn_, true)) again_();
    break;
  }
  settle();
}

void keeper_member::take(const arrival& item) {
  courier_.dequeued(item);
  const auto kind = memory_.take(item.header.item);
  if (kind == arrival_kind::contradiction)
    report_to_director(remark{"the stages before '" + plan_.name +
                              "' are not deterministic: the same item gave another number of outputs when "
                              "it was executed again"});
  if (kind == arrival_kind::fresh) {
    std::vector<bytes> outputs;
    auto done = body_->call(item.payload, {item.header.item.seq + 1, item.header.attempt, nullptr}, outputs);
    if (done) done = check_sizes(outputs);
    if (!done) {
      fail_run("on item " + to_string(item.header.item), done.error());
      return;
    }
    emit(std::move(outputs));
  }
  courier_.answer(item.from, item.header.number);
}

void keeper_member::emit(std::vector<bytes> outputs) {
  for (const auto& output : outputs) {
    const auto seq = ledger_.open(1, static_cast<std::uint16_t>(outlets_.edges()));
    outlets_.push_own({plan_.id, seq, 1, {}}, output, seq);
  }
}

void keeper_member::fail_run(const std::string& doing, const error& why) {
  failed_ = true;
  report_to_director(trouble{trouble_kind::stage, "stage '" + plan_.name + "' " + why.context + ", " + doing +
                                                      "; its state may be half-written, so the run stops"});
}

void keeper_member::settle() {
  outlets_.note_waiting(!queue_.empty());
  courier_.flush();
  if (ledger_.watermark() != told_watermark_) {
    told_watermark_ = ledger_.watermark();
    courier_.by().tell_all(watermark_notice{plan_.id, told_watermark_});
  }
  if (finished_ && ledger_.all_complete() && !std::exchange(ended_, true))
    report_to_director(origin_ended{plan_.id});
}

void keeper_member::on(const order& what) {
  if (what.what == order_kind::work) {
    asked_for_turn_ = false;
    return resume();
  }
  if (what.what != order_kind::finish || finished_ || failed_) return;
  std::vector<bytes> outputs;
  auto done = body_->finish(outputs);
  if (done) done = check_sizes(outputs);
  if (!done) {
    fail_run("in finish()", done.error());
    return;
  }
  emit(std::move(outputs));
  finished_ = true;
  report_to_director(terminal_closed{plan_.id});
  settle();
}

void keeper_member::on(const watermark_notice& news) {
  memory_.prune(news.origin, news.watermark);
}

}  // namespace troupe::runtime
