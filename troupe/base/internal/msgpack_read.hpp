// base/internal/msgpack_read.hpp - reads single MessagePack values and headers; checks lengths against what
// is left.
// Threads: plain functions. Only codec.hpp, encoded_field.cpp and msgpack_read.cpp include this file.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/internal/msgpack_format.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::internal::msgpack {

/// Any integer that MessagePack can hold.
struct integer {
  std::uint64_t bits;  // two's complement
  bool negative;
};

/// A position in the input and, after the first failure, what was wrong and where. All read functions return
/// false on failure and leave the reader unusable but for failure().
class reader {
 public:
  /// `owner` is where troupe::bytes values are cut from, `input` lies within it; null when they must be copied.
  reader(byte_view input, const bytes* owner) noexcept
      : begin(input.data()), at(input.data()), end(input.data() + input.size()), owner_(owner) {}

  const std::byte* begin;
  const std::byte* at;
  const std::byte* end;

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end - at); }
  /// The next byte; 0xc1, which no value begins with, at the end.
  [[nodiscard]] std::uint8_t peek() const noexcept {
    return at == end ? static_cast<std::uint8_t>(never_used) : std::to_integer<std::uint8_t>(*at);
  }
  [[nodiscard]] bytes cut(byte_view part) const {
    return owner_ == nullptr
               ? bytes::copy_of(part)
               : owner_->slice(static_cast<std::size_t>(part.data() - owner_->data()), part.size());
  }

  /// Containers inside containers.
  [[nodiscard]] bool enter() noexcept { return ++depth_ <= max_depth || too_deep(); }
  void leave() noexcept { --depth_; }

  // All of these return false, so that a read function can end with them.
  bool expected(std::string_view what);                          // "expected <what>, found str"
  bool wrong(std::string what);                                  // any other sentence
  bool out_of_range(integer value, int digits, bool is_signed);  // "300 does not fit into u8"
  bool inside_field(std::string_view name);                      // puts ".name" before the path
  bool inside_element(std::size_t index);                        // puts "[index]" before the path
  [[nodiscard]] error failure(std::string_view type) const;  // "hit.bytes: expected an integer, found str"

  static constexpr unsigned max_depth = 64;

 private:
  bool too_deep();

  struct trouble {
    std::string path, what;
  };

  const bytes* owner_;
  unsigned depth_ = 0;
  std::unique_ptr<trouble> trouble_;  // made at the first failure: most readers never need it
};

/// Reads any integer form. `what` is said when it is none.
[[nodiscard]] bool read_integer_slowly(reader& in, integer& out);

[[nodiscard]] inline bool read_integer(reader& in, integer& out) {
  const std::uint8_t first = in.peek();
  if (first <= positive_fixint_last) {
    out = {first, false};
    ++in.at;
    return true;
  }
  if (first == uint32 && in.left() >= 5) {
    out = {load<std::uint32_t>(in.at + 1), false};
    in.at += 5;
    return true;
  }
  if (first == uint64 && in.left() >= 9) {
    out = {load<std::uint64_t>(in.at + 1), false};
    in.at += 9;
    return true;
  }
  return read_integer_slowly(in, out);
}

/// float64, float32 or an integer.
[[nodiscard]] bool read_float_slowly(reader& in, double& out);

[[nodiscard]] inline bool read_float(reader& in, double& out) {
  if (in.peek() == float64 && in.left() >= 9) {
    out = std::bit_cast<double>(load<std::uint64_t>(in.at + 1));
    in.at += 9;
    return true;
  }
  return read_float_slowly(in, out);
}

/// str or bin.
[[nodiscard]] bool read_blob_slowly(reader& in, byte_view& out);

[[nodiscard]] inline bool read_blob(reader& in, byte_view& out) {
  const std::uint8_t first = in.peek();
  const std::size_t size = first - static_cast<unsigned>(fixstr);  // wraps around below fixstr
  if (size < 32 && in.left() > size) {
    out = {in.at + 1, size};
    in.at += 1 + size;
    return true;
  }
  return read_blob_slowly(in, out);
}

[[nodiscard]] bool read_array_header_slowly(reader& in, std::size_t& count);

/// count elements fit into what is left.
[[nodiscard]] inline bool read_array_header(reader& in, std::size_t& count) {
  count = in.peek() - static_cast<unsigned>(fixarray);
  if (count < 16 && in.left() > count) {
    ++in.at;
    return true;
  }
  return read_array_header_slowly(in, count);
}

/// count keys and values fit into what is left.
[[nodiscard]] bool read_map_header(reader& in, std::size_t& count);
[[nodiscard]] bool read_bool(reader& in, bool& out);
[[nodiscard]] bool read_nil(reader& in);
/// Passes over `count` values of any kind, ext types included; nested at most max_depth deep.
[[nodiscard]] bool skip(reader& in, std::size_t count);

}  // namespace troupe::internal::msgpack
