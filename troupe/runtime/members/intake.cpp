#include <troupe/runtime/members/intake.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace troupe::runtime {
namespace {

/// Of two items that were made of the same one: hop by hop, as they left.
bool left_before(const arrival& a, const arrival& b) {
  return std::ranges::lexicographical_compare(a.header.item.path, b.header.item.path,
                                              [](const path_element& x, const path_element& y) {
                                                return std::tie(x.edge, x.index) < std::tie(y.edge, y.index);
                                              });
}

}  // namespace

intake::intake(const plan& of, const instance& own, reporter tell_director)
    : plan_(of), own_(own), tell_director_(std::move(tell_director)) {}

std::optional<arrival> intake::take(arrival item) {
  const auto kind = memory_.take(item.header.item);
  if (kind == arrival_kind::contradiction)
    tell_director_({own_, remark{"the stages before '" + plan_.member(own_.member).name +
                                 "' are not deterministic: the same item gave another number of outputs when "
                                 "it was executed again"}});
  if (kind != arrival_kind::fresh) return std::nullopt;
  if (!plan_.edge(item.from.edge).ordered) return item;
  const auto& name = item.header.item;
  held_[name.origin][name.seq].push_back(std::move(item));
  return std::nullopt;
}

void intake::heard(const watermark_notice& news, std::deque<arrival>& next) {
  memory_.prune(news.origin, news.watermark);
  const auto of_origin = held_.find(news.origin);
  if (of_origin == held_.end()) return;
  auto& held = of_origin->second;
  while (!held.empty()) {
    auto& [seq, items] = *held.begin();
    if (seq + items.front().header.item.span > news.watermark) return;
    std::ranges::sort(items, left_before);
    std::ranges::move(items, std::back_inserter(next));
    held.erase(held.begin());
  }
}

}  // namespace troupe::runtime
