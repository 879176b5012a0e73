#include <troupe/runtime/delivery/slot_books.hpp>

namespace troupe::runtime {

owed_outputs slot_books::restore(const checkpoint& from) {
  memory_.restore(from.memory);
  ledger_.begin_at(from.watermark);
  owed_outputs again;
  auto at = from.owed.begin();
  for (auto seq = from.watermark; seq < from.next; ++seq) {
    const bool was_owed = at != from.owed.end() && at->seq == seq;
    ledger_.open(1, was_owed ? copies_ : std::uint16_t{0});
    if (!was_owed) continue;
    owe(seq, at->payload);
    again.push_back(*at++);
  }
  return again;
}

void slot_books::give(bytes output) {
  given_bytes_ += output.size();
  given_.push_back(std::move(output));
}

void slot_books::write_down(checkpoint& into) {
  for (auto& output : given_) {
    const auto seq = ledger_.open(1, copies_, output.size());
    owe(seq, output);
    fresh_.push_back({seq, std::move(output)});
  }
  given_.clear();
  given_bytes_ = 0;
  into.memory = memory_.records();
  into.watermark = ledger_.watermark();
  into.next = ledger_.next();
  into.owed.clear();
  for (const auto& [seq, each] : owed_) into.owed.push_back({seq, each.payload});
}

void slot_books::owe(std::uint64_t seq, const bytes& payload) {
  if (copies_ != 0) owed_.emplace(seq, owed{payload, copies_});
}

void slot_books::acknowledged(std::uint64_t seq) {
  const auto found = owed_.find(seq);
  if (found == owed_.end()) return;
  ledger_.complete(seq, 1);
  if (--found->second.copies == 0) owed_.erase(found);
}

}  // namespace troupe::runtime
