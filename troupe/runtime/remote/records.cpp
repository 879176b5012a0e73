#include <troupe/runtime/remote/records.hpp>

#include <bit>
#include <concepts>
#include <cstring>

namespace troupe::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as they stand in memory");

constexpr std::size_t cards_flag = 1;  // in the head

template <std::unsigned_integral T>
void append(byte_buffer& out, T value) {
  std::memcpy(out.extend(sizeof(value)), &value, sizeof(value));
}

template <std::unsigned_integral T>
bool read(byte_view from, std::size_t& at, T& value) noexcept {
  if (from.size() - at < sizeof(value)) return false;
  std::memcpy(&value, from.data() + at, sizeof(value));
  at += sizeof(value);
  return true;
}

/// How many a MessagePack array says it holds: each takes far more memory than what it is read from.
std::size_t elements(byte_view array) noexcept {
  std::size_t at = 1;
  const auto kind = array.empty() ? 0U : std::to_integer<unsigned>(array[0]);
  if (kind == 0xdc || kind == 0xdd) {
    std::size_t count = 0;
    for (const std::size_t end = kind == 0xdc ? 3 : 5; at < end && at < array.size(); ++at)
      count = count << 8U | std::to_integer<std::size_t>(array[at]);
    return count;
  }
  return kind & 0x0fU;  // a short one, or none at all
}

}  // namespace

void put(byte_buffer& out, const record_head& head) {
  append(out, static_cast<std::uint8_t>(head.kind));
  append(out, static_cast<std::uint8_t>(head.has_cards));
  append(out, head.type);
  append(out, head.edge);
}
void set_edge(byte_buffer& record, std::uint32_t edge) noexcept {
  std::memcpy(record.data() + record_head_size - sizeof(edge), &edge, sizeof(edge));
}
void put(byte_buffer& out, std::uint32_t value) {
  append(out, value);
}
void put(byte_buffer& out, std::uint64_t value) {
  append(out, value);
}

bool record_reader::get(record_head& head) noexcept {
  std::uint8_t kind = 0, cards = 0;
  const byte_view all = from_.view();
  if (!read(all, at_, kind) || !read(all, at_, cards) || !read(all, at_, head.type) ||
      !read(all, at_, head.edge))
    return false;
  head.kind = static_cast<record_kind>(kind);
  head.has_cards = cards == 1;
  return cards <= 1;
}
void put_cards(byte_buffer& record, const std::vector<address_card>& cards) {
  record.data()[cards_flag] = std::byte{1};
  const std::size_t before = record.size();
  encode(record, cards);
  append(record, static_cast<std::uint32_t>(record.size() - before));
}

bool record_reader::get(std::vector<address_card>& cards) {
  std::uint32_t size = 0;
  const byte_view all = from_.view();
  if (end_ - at_ < sizeof(size)) return false;
  std::size_t behind = end_ - sizeof(size);
  if (!read(all, behind, size) || size > end_ - sizeof(size) - at_) return false;
  end_ -= sizeof(size) + size;
  if (elements(all.subspan(end_, size)) > most_addresses) return false;
  auto found = decode<std::vector<address_card>>(from_.slice(end_, size));
  if (!found) return false;
  cards = std::move(*found);
  return true;
}

bool record_reader::get(std::uint32_t& value) noexcept {
  return read(from_.view().first(end_), at_, value);
}
bool record_reader::get(std::uint64_t& value) noexcept {
  return read(from_.view().first(end_), at_, value);
}

}  // namespace troupe::runtime
