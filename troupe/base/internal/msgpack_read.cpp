#include <troupe/base/internal/msgpack_read.hpp>

#include <array>

namespace troupe::internal::msgpack {

namespace {

std::string_view kind_name(std::uint8_t first) {
  if (first <= positive_fixint_last || first >= negative_fixint_first) return "an integer";
  if (first < fixarray) return "map";
  if (first < fixstr) return "array";
  if (first < nil) return "str";
  switch (first) {
    case nil:
      return "nil";
    case never_used:
      return "0xc1, which begins no value";
    case false_:
    case true_:
      return "bool";
    case bin8:
    case bin16:
    case bin32:
      return "bin";
    case float32:
    case float64:
      return "float";
    case str8:
    case str16:
    case str32:
      return "str";
    case array16:
    case array32:
      return "array";
    case map16:
    case map32:
      return "map";
    default:
      return first >= uint8 && first <= int64 ? "an integer" : "ext";
  }
}

bool ends_early(reader& in) {
  return in.wrong("the input ends inside the value");
}

/// A length of 1, 2 or 4 bytes behind the first byte; moves on to what follows.
bool read_length(reader& in, unsigned width, std::size_t& out) {
  if (in.left() < 1 + width) return ends_early(in);
  out = width == 1   ? load<std::uint8_t>(in.at + 1)
        : width == 2 ? load<std::uint16_t>(in.at + 1)
                     : load<std::uint32_t>(in.at + 1);
  in.at += 1 + width;
  return true;
}

bool fits(reader& in, std::size_t count, std::size_t bytes_each, std::string_view what) {
  if (count <= in.left() / bytes_each) return true;
  return in.wrong("announces " + std::to_string(count) + " " + std::string(what) + ", " +
                  std::to_string(in.left()) + " bytes are left");
}

/// What a skipped value consists of: bytes of its own, then further values.
struct extent {
  std::size_t own = 0, values = 0;
  bool container = false;
};

bool measure_blob(reader& in, unsigned width, std::size_t extra, extent& out) {
  const std::byte* const from = in.at;
  std::size_t size = 0;
  if (!read_length(in, width, size)) return false;
  in.at = from;
  out.own = 1 + width + extra + size;
  return true;
}

bool measure_container(reader& in, extent& out) {
  const std::byte* const from = in.at;
  const std::uint8_t first = in.peek();
  const bool map = first < fixarray || first == map16 || first == map32;
  std::size_t count = 0;
  if (!(map ? read_map_header(in, count) : read_array_header(in, count))) return false;
  out = {static_cast<std::size_t>(in.at - from), map ? 2 * count : count, true};
  in.at = from;
  return true;
}

bool measure(reader& in, extent& out) {
  const std::uint8_t first = in.peek();
  out = {1, 0, false};
  if (first <= positive_fixint_last || first >= negative_fixint_first) return true;
  if (first < fixstr || first >= array16) return measure_container(in, out);
  if (first < nil) {
    out.own = 1 + static_cast<std::size_t>(first - fixstr);
    return true;
  }
  if (first == never_used) return in.expected("a value");
  if (first <= true_) return true;
  if (first <= bin32) return measure_blob(in, 1U << (first - bin8), 0, out);
  if (first <= ext32) return measure_blob(in, 1U << (first - ext8), 1, out);
  if (first <= float64) {
    out.own = first == float32 ? 5 : 9;
  } else if (first <= int64) {
    out.own = 1 + (std::size_t{1} << ((first - uint8) & 3U));
  } else if (first <= fixext16) {
    out.own = 2 + (std::size_t{1} << (first - fixext1));
  } else {
    return measure_blob(in, 1U << (first - str8), 0, out);
  }
  return true;
}

}  // namespace

bool reader::expected(std::string_view what) {
  const std::string_view found = at == end ? "the end of the input" : kind_name(peek());
  return wrong("expected " + std::string(what) + ", found " + std::string(found));
}

bool reader::wrong(std::string what) {
  trouble_ = std::make_unique<trouble>(trouble{{}, std::move(what)});
  return false;
}

bool reader::too_deep() {
  return wrong("nested deeper than " + std::to_string(max_depth));
}

bool reader::out_of_range(integer value, int digits, bool is_signed) {
  const std::string number =
      value.negative ? std::to_string(static_cast<std::int64_t>(value.bits)) : std::to_string(value.bits);
  return wrong(number + " does not fit into " +
               (is_signed ? "i" + std::to_string(digits + 1) : "u" + std::to_string(digits)));
}

bool reader::inside_field(std::string_view name) {
  trouble_->path.insert(0, "." + std::string(name));
  return false;
}

bool reader::inside_element(std::size_t index) {
  trouble_->path.insert(0, "[" + std::to_string(index) + "]");
  return false;
}

error reader::failure(std::string_view type) const {
  return {errc::malformed, std::string(type) + trouble_->path + ": " + trouble_->what, 0};
}

bool read_integer_slowly(reader& in, integer& out) {
  const std::uint8_t first = in.peek();
  if (first >= negative_fixint_first) {
    out = {static_cast<std::uint64_t>(static_cast<std::int8_t>(first)), true};
    ++in.at;
    return true;
  }
  if (first < uint8 || first > int64) return in.expected("an integer");
  const std::size_t width = std::size_t{1} << ((first - uint8) & 3U);
  if (in.left() < 1 + width) return ends_early(in);
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i <= width; ++i) bits = bits << 8 | std::to_integer<std::uint64_t>(in.at[i]);
  const bool is_signed = first >= int8;
  if (is_signed && width < 8 && (bits >> (8 * width - 1)) != 0) bits |= ~std::uint64_t{0} << (8 * width);
  out = {bits, is_signed && (bits >> 63) != 0};
  in.at += 1 + width;
  return true;
}

bool read_float_slowly(reader& in, double& out) {
  const std::uint8_t first = in.peek();
  if (first == float32 || first == float64) {
    const std::size_t width = first == float32 ? 4 : 8;
    if (in.left() < 1 + width) return ends_early(in);
    out = first == float32 ? static_cast<double>(std::bit_cast<float>(load<std::uint32_t>(in.at + 1)))
                           : std::bit_cast<double>(load<std::uint64_t>(in.at + 1));
    in.at += 1 + width;
    return true;
  }
  const bool whole =
      first <= positive_fixint_last || first >= negative_fixint_first || (first >= uint8 && first <= int64);
  if (!whole) return in.expected("a float");
  integer value{};
  if (!read_integer(in, value)) return false;
  out = value.negative ? static_cast<double>(static_cast<std::int64_t>(value.bits))
                       : static_cast<double>(value.bits);
  return true;
}

bool read_blob_slowly(reader& in, byte_view& out) {
  const std::uint8_t first = in.peek();
  std::size_t size = 0;
  if (first >= fixstr && first < nil) {
    size = first - static_cast<unsigned>(fixstr);
    ++in.at;
  } else if (first >= bin8 && first <= bin32) {
    if (!read_length(in, 1U << (first - bin8), size)) return false;
  } else if (first >= str8 && first <= str32) {
    if (!read_length(in, 1U << (first - str8), size)) return false;
  } else {
    return in.expected("str or bin");
  }
  if (!fits(in, size, 1, "bytes")) return false;
  out = {in.at, size};
  in.at += size;
  return true;
}

bool read_array_header_slowly(reader& in, std::size_t& count) {
  const std::uint8_t first = in.peek();
  if (first >= fixarray && first < fixstr) {
    count = first - static_cast<unsigned>(fixarray);
    ++in.at;
  } else if (first == array16 || first == array32) {
    if (!read_length(in, first == array16 ? 2 : 4, count)) return false;
  } else {
    return in.expected("array");
  }
  return fits(in, count, 1, "elements");
}

bool read_map_header(reader& in, std::size_t& count) {
  const std::uint8_t first = in.peek();
  if (first >= fixmap && first < fixarray) {
    count = first - static_cast<unsigned>(fixmap);
    ++in.at;
  } else if (first == map16 || first == map32) {
    if (!read_length(in, first == map16 ? 2 : 4, count)) return false;
  } else {
    return in.expected("map");
  }
  return fits(in, count, 2, "keys and values");
}

bool read_bool(reader& in, bool& out) {
  const std::uint8_t first = in.peek();
  if (first != false_ && first != true_) return in.expected("bool");
  out = first == true_;
  ++in.at;
  return true;
}

bool read_nil(reader& in) {
  if (in.peek() != nil) return in.expected("nil");
  ++in.at;
  return true;
}

bool skip(reader& in, std::size_t count) {
  std::array<std::size_t, reader::max_depth + 1> remaining{};  // values still to pass on each level
  std::size_t level = 0;
  remaining[0] = count;
  for (;;) {
    while (remaining[level] == 0) {
      if (level == 0) return true;
      --level;
      in.leave();
    }
    --remaining[level];
    extent next;
    if (!measure(in, next)) return false;
    if (next.own > in.left()) return ends_early(in);
    in.at += next.own;
    if (!next.container) continue;
    if (!in.enter()) return false;
    remaining[++level] = next.values;
  }
}

}  // namespace troupe::internal::msgpack
