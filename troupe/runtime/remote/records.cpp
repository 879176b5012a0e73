#include <troupe/runtime/remote/records.hpp>

#include <bit>
#include <concepts>
#include <cstring>

namespace troupe::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as they stand in memory");

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

}  // namespace

void put(byte_buffer& out, const record_head& head) {
  append(out, static_cast<std::uint8_t>(head.kind));
  append(out, std::uint8_t{0});
  append(out, head.type);
  append(out, head.edge);
}
void put(byte_buffer& out, std::uint32_t value) {
  append(out, value);
}
void put(byte_buffer& out, std::uint64_t value) {
  append(out, value);
}

bool record_reader::get(record_head& head) noexcept {
  std::uint8_t kind = 0, zero = 0;
  const byte_view all = from_.view();
  if (!read(all, at_, kind) || !read(all, at_, zero) || !read(all, at_, head.type) ||
      !read(all, at_, head.edge))
    return false;
  head.kind = static_cast<record_kind>(kind);
  return zero == 0;
}
bool record_reader::get(std::uint32_t& value) noexcept {
  return read(from_.view(), at_, value);
}
bool record_reader::get(std::uint64_t& value) noexcept {
  return read(from_.view(), at_, value);
}

}  // namespace troupe::runtime
