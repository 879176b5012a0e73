#include <troupe/base/codec.hpp>
#include <troupe/runtime/delivery/running_page.hpp>

#include <algorithm>
#include <cstring>

namespace troupe::runtime {
namespace {

std::uint64_t pack(const instance& who) {
  return std::uint64_t{who.member} << 32U | who.slot;
}

}  // namespace

void page_writer::begin(const running_note& note, std::uint64_t now_ns) {
  scratch_.clear();
  encode(scratch_, note);
  const auto length = std::min(scratch_.size(), page_.note.size());
  std::memcpy(page_.note.data(), scratch_.data(), length);
  page_.note_length.store(static_cast<std::uint32_t>(length), std::memory_order_relaxed);
  page_.waiting.store(static_cast<std::uint32_t>(waiting_for::nothing), std::memory_order_relaxed);
  page_.running_since.store(std::max<std::uint64_t>(now_ns, 1), std::memory_order_release);
}

void page_writer::fail() {
  page_.running_since.store(0, std::memory_order_release);
  page_.executed.fetch_add(1, std::memory_order_relaxed);
}

void page_writer::end(const running_note& note) {
  page_.running_since.store(0, std::memory_order_release);
  page_.executed.fetch_add(1, std::memory_order_relaxed);
  auto at = std::find_if(known_.begin(), known_.end(), [&](const channel_mark& m) {
    return m.from.member == note.from.member && m.from.slot == note.from.slot && m.edge == note.edge;
  });
  if (at == known_.end()) {
    const auto index = known_.size();
    known_.push_back({note.from, note.edge, 0});
    at = known_.end() - 1;
    if (index < page_.marks.size()) {
      auto& mark = page_.marks[index];
      mark.member_and_slot.store(pack(note.from), std::memory_order_relaxed);
      mark.epoch.store(note.from.epoch, std::memory_order_relaxed);
      mark.edge.store(note.edge, std::memory_order_relaxed);
    }
    page_.mark_count.store(static_cast<std::uint32_t>(index + 1), std::memory_order_release);
  }
  const auto index = static_cast<std::size_t>(at - known_.begin());
  if (note.from.epoch < at->from.epoch) return;  // its sender is dead: nobody will ask how far it got
  if (note.from.epoch > at->from.epoch) {
    at->from.epoch = note.from.epoch;
    if (index < page_.marks.size()) {
      page_.marks[index].completed.store(0, std::memory_order_release);
      page_.marks[index].epoch.store(note.from.epoch, std::memory_order_release);
    }
  }
  if (index < page_.marks.size()) page_.marks[index].completed.store(note.number, std::memory_order_release);
}

page_reading read_page(const running_page& page) {
  page_reading reading;
  reading.executed = page.executed.load(std::memory_order_relaxed);
  reading.answered = page.answered.load(std::memory_order_relaxed);
  reading.running_since = page.running_since.load(std::memory_order_acquire);
  if (reading.running_since != 0) {
    const auto waiting = page.waiting.load(std::memory_order_relaxed);
    if (waiting <= static_cast<std::uint32_t>(waiting_for::answer))
      reading.waiting = static_cast<waiting_for>(waiting);
    const auto length =
        std::min<std::size_t>(page.note_length.load(std::memory_order_relaxed), page.note.size());
    if (auto note = decode<running_note>(byte_view(page.note.data(), length)))
      reading.running = std::move(*note);
  }
  const auto count = page.mark_count.load(std::memory_order_acquire);
  reading.marks_complete = count <= page.marks.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(count, page.marks.size()); ++i) {
    const auto& mark = page.marks[i];
    const auto packed = mark.member_and_slot.load(std::memory_order_relaxed);
    const instance from{static_cast<member_id>(packed >> 32U), static_cast<std::uint32_t>(packed),
                        mark.epoch.load(std::memory_order_relaxed)};
    reading.marks.push_back({from, static_cast<edge_id>(mark.edge.load(std::memory_order_relaxed)),
                             mark.completed.load(std::memory_order_acquire)});
  }
  return reading;
}

}  // namespace troupe::runtime
