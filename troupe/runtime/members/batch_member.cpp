#include <troupe/base/codec.hpp>
#include <troupe/base/text.hpp>
#include <troupe/runtime/members/batch_member.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {

batch_member::batch_member(const member_setting& setting, const instance& own, work_again again)
    : producer_member(setting, own,
                      [this](std::uint64_t seq, const lineage& item) { ledger_.complete(seq, item.span); }),
      limits_(*plan_.gathers),
      max_spread_(std::max<std::uint64_t>(usual_spread, 64 * limits_.size)),
      again_(std::move(again)) {}

void batch_member::on(arrivals news) {
  for (auto& item : news.items) queue_.push_back(std::move(item));
  resume();
}

void batch_member::resume() {
  const auto began = monotonic_ns();
  const auto can_go_on = [&] {
    return !queue_.empty() && outlets_.has_room() && ledger_.spread() < max_spread_;
  };
  while (can_go_on()) {
    const arrival item = std::move(queue_.front());
    queue_.pop_front();
    take(item);
    const auto now = monotonic_ns();
    courier_.worked(item.from, item.header.number, 0);
    if (now - began < turn_ns) continue;
    if (!queue_.empty() && !std::exchange(asked_for_turn_, true)) again_();
    break;
  }
  look_at_the_clock();
  settle();
}

void batch_member::take(const arrival& item) {
  courier_.dequeued(item);
  const auto kind = memory_.take(item.header.item);
  if (kind == arrival_kind::contradiction)
    report_to_director(remark{"the stages before '" + plan_.name +
                              "' are not deterministic: the same item gave another number of outputs when "
                              "it was executed again"});
  if (kind == arrival_kind::fresh) {
    if (!gathered_.empty() && gathered_bytes_ + item.payload.size() > limits_.bytes) let_go();
    if (gathered_.empty()) due_ = deadline::after(limits_.wait);
    gathered_.push_back(item.payload);
    gathered_bytes_ += item.payload.size();
    if (gathered_.size() >= limits_.size || gathered_bytes_ >= limits_.bytes) let_go();
  }
  courier_.answer(item.from, item.header.number);
}

void batch_member::look_at_the_clock() {
  if (gathered_.empty()) return;
  if (due_.passed()) return let_go();
  if (!std::exchange(has_timer_, true)) later_(due_.left());
}

void batch_member::let_go() {
  const auto span = static_cast<std::uint32_t>(gathered_.size());
  byte_buffer encoded(gathered_bytes_ + 8 * gathered_.size() + 16);
  encode(encoded, gathered_);
  gathered_.clear();
  gathered_bytes_ = 0;
  if (encoded.size() > max_item_bytes)
    return report_to_director(trouble{trouble_kind::stage, "'" + plan_.name + "': a batch of " +
                                                               std::to_string(span) + " items has " +
                                                               format_bytes(encoded.size()) + "; at most " +
                                                               format_bytes(max_item_bytes) + " can travel"});
  const auto seq = ledger_.open(span, static_cast<std::uint16_t>(outlets_.edges()));
  outlets_.push_own({plan_.id, seq, span, {}}, encoded.take(), seq);
}

void batch_member::settle() {
  outlets_.note_waiting(!queue_.empty());
  courier_.flush();
  if (ledger_.watermark() != told_watermark_) {
    told_watermark_ = ledger_.watermark();
    courier_.by().tell_all(watermark_notice{plan_.id, told_watermark_});
  }
  if (finished_ && ledger_.all_complete() && !std::exchange(ended_, true))
    report_to_director(origin_ended{plan_.id});
}

void batch_member::on(const order& what) {
  if (what.what == order_kind::work) {
    asked_for_turn_ = false;
    has_timer_ = false;  // an order of the other kind only asks for the time once more
    return resume();
  }
  if (what.what != order_kind::finish || finished_) return;
  if (!gathered_.empty()) let_go();
  finished_ = true;
  report_to_director(terminal_closed{plan_.id});
  settle();
}

void batch_member::on(const watermark_notice& news) {
  memory_.prune(news.origin, news.watermark);
}

}  // namespace troupe::runtime
