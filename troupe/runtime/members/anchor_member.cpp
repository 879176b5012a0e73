#include <troupe/base/clock.hpp>
#include <troupe/runtime/members/anchor_member.hpp>

#include <utility>

namespace troupe::runtime {

anchor_member::anchor_member(const member_setting& setting, const instance& own, work_again again,
                             std::uint64_t max_spread)
    : producer_member(setting, own,
                      [this](std::uint64_t seq, const lineage& item) { ledger_.complete(seq, item.span); }),
      again_(std::move(again)),
      intake_(setting.of, own, setting.tell_director),
      ledger_(max_spread, plan_.spread) {}

void anchor_member::on(arrivals news) {
  for (auto& item : news.items) queue_.push_back(std::move(item));
  resume();
}

void anchor_member::on(const watermark_notice& news) {
  intake_.heard(news, next_);
  if (!next_.empty()) resume();
}

void anchor_member::on(const order& what) {
  if (what.what == order_kind::work) {
    // Two may be on their way; which of them came first does not matter.
    if (!std::exchange(asked_for_turn_, false)) timer_fired();
    return resume();
  }
  if (what.what != order_kind::finish) return;
  no_more_ = true;
  resume();
}

void anchor_member::resume() {
  const auto began = monotonic_ns();
  for (last_ns_ = began; take_next();) {
    if (last_ns_ - began < turn_ns) continue;
    if (!(next_.empty() && queue_.empty()) && !std::exchange(asked_for_turn_, true)) again_();
    break;
  }
  if (no_more_ && next_.empty() && !finished_ && !failed_) {
    finished_ = finish();
    failed_ = !finished_;
    if (finished_) report_to_director(terminal_closed{plan_.id});
  }
  if (!failed_) failed_ = !end_of_turn();
  settle();
}

bool anchor_member::take_next() {
  if (failed_ || !outlets_.has_room() || !ledger_.may_open()) return false;
  // What is next is nobody else's any more: it is worked on before more is taken, so there is never much of it.
  if (!next_.empty()) {
    failed_ = !work_on(next_.front());
    next_.pop_front();
    last_ns_ = monotonic_ns();
    return true;
  }
  if (queue_.empty()) return false;
  arrival item = std::move(queue_.front());
  queue_.pop_front();
  courier_.dequeued(item);
  const auto from = item.from;
  const auto number = item.header.number;
  if (const auto fresh = intake_.take(std::move(item))) failed_ = !work_on(*fresh);
  if (failed_) return false;
  courier_.answer(from, number);
  const auto now = monotonic_ns();
  courier_.worked(from, number, now - std::exchange(last_ns_, now));
  return true;
}

void anchor_member::send(const bytes& payload, std::uint32_t span) {
  const auto seq = ledger_.open(span, static_cast<std::uint16_t>(outlets_.copies()), payload.size());
  outlets_.push_own({plan_.id, seq, span, {}}, payload, seq);
}

void anchor_member::settle() {
  outlets_.note_waiting(!(next_.empty() && queue_.empty()));
  courier_.flush();
  if (ledger_.watermark() != told_watermark_) {
    told_watermark_ = ledger_.watermark();
    tell_watermark(told_watermark_, ledger_.all_complete());
  }
  if (finished_ && ledger_.all_complete() && !std::exchange(ended_, true))
    report_to_director(origin_ended{plan_.id});
}

}  // namespace troupe::runtime
