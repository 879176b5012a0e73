#include <troupe/runtime/node/courier.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {

std::vector<number_range> to_ranges(std::vector<std::uint64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::vector<number_range> ranges;
  for (const auto number : numbers) {
    if (!ranges.empty() && ranges.back().last + 1 >= number)
      ranges.back().last = number;
    else
      ranges.push_back({number, number});
  }
  return ranges;
}

void courier::item(const instance& to, edge_id edge, const item_header& header, const bytes& payload) {
  if (exchange_.is_local(to))
    items_[to].items.push_back({{own_, edge, 0}, header, payload, 0});
  else
    exchange_.send_item(to, edge, header, payload);
}

void courier::answer(const sender& to, std::uint64_t number) {
  answers_[{to.link, to.edge, to.who}].numbers.push_back(number);
}

void courier::give_back(const sender& to, std::uint64_t number, packed_outputs outputs) {
  if (to.link == 0) {
    returns back;
    back.items.push_back({own_, to.edge, number, std::move(outputs)});
    exchange_.tell(to.who, std::move(back));
  } else {
    exchange_.send_return(to, own_, number, std::move(outputs));
  }
}

void courier::worked(const sender& to, std::uint64_t number, std::uint64_t took_ns) {
  auto& gathered = answers_[{to.link, to.edge, to.who}];
  gathered.worked = std::max(gathered.worked, number);
  gathered.took_ns += took_ns;
  ++gathered.items;
}

void courier::dequeued(const arrival& item) {
  if (item.from.link != 0) exchange_.dequeued(item.from, 1, item.credit);
}

void courier::flush() {
  for (auto& [to, batch] : items_)
    if (!batch.items.empty()) exchange_.tell(to, std::exchange(batch, {}));
  for (auto& [key, gathered] : answers_) {
    const auto each_ns = gathered.took_ns / std::max<std::uint64_t>(gathered.items, 1);
    answers news{own_, key.edge, to_ranges(std::move(gathered.numbers)), {gathered.worked, each_ns}};
    if (key.link == 0)
      exchange_.tell(key.who, std::move(news));
    else
      exchange_.send_answers({key.who, key.edge, key.link}, std::move(news));
  }
  answers_.clear();
}

}  // namespace troupe::runtime
