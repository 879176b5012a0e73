#include <troupe/base/codec.hpp>
#include <troupe/base/text.hpp>
#include <troupe/runtime/members/batch_member.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace troupe::runtime {

batch_member::batch_member(const member_setting& setting, const instance& own, work_again again)
    : anchor_member(setting, own, std::move(again),
                    std::max<std::uint64_t>(usual_spread, 64 * setting.of.member(own.member).gathers->size)),
      limits_(*plan_.gathers) {}

bool batch_member::work_on(const arrival& item) {
  if (!gathered_.empty() && gathered_bytes_ + item.payload.size() > limits_.bytes && !let_go()) return false;
  if (gathered_.empty()) due_ = deadline::after(limits_.wait);
  gathered_.push_back(item.payload);
  gathered_bytes_ += item.payload.size();
  return (gathered_.size() < limits_.size && gathered_bytes_ < limits_.bytes) || let_go();
}

bool batch_member::finish() {
  return gathered_.empty() || let_go();
}

bool batch_member::end_of_turn() {
  if (gathered_.empty()) return true;
  if (due_.passed()) return let_go();
  if (!std::exchange(has_timer_, true)) later_(due_.left());
  return true;
}

bool batch_member::let_go() {
  const auto span = static_cast<std::uint32_t>(gathered_.size());
  byte_buffer encoded(gathered_bytes_ + 8 * gathered_.size() + 16);
  encode(encoded, gathered_);
  gathered_.clear();
  gathered_bytes_ = 0;
  if (encoded.size() > max_item_bytes) {
    report_to_director(trouble{trouble_kind::stage, "'" + plan_.name + "': a batch of " +
                                                        std::to_string(span) + " items has " +
                                                        format_bytes(encoded.size()) + "; at most " +
                                                        format_bytes(max_item_bytes) + " can travel"});
    return false;
  }
  send(encoded.take(), span);
  return true;
}

}  // namespace troupe::runtime
