#include <troupe/base/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace troupe {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080;

std::uint64_t word_at(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// The first byte at or after `at` that is not ASCII.
const char* pass_ascii(const char* at, const char* end) noexcept {
  for (; end - at >= 32; at += 32)
    if (((word_at(at) | word_at(at + 8) | word_at(at + 16) | word_at(at + 24)) & high_bits) != 0) break;
  for (; end - at >= 8; at += 8)
    if ((word_at(at) & high_bits) != 0) break;
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) noexcept {
  // The table of RFC 3629, section 4: what the second byte may be depends on the first.
  const auto byte = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) - low <= high - low; };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || text.size() < 2) return 0;
  if (first < 0xE0) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (text.size() < 3 || !within(2, 0x80, 0xBF)) return 0;
  if (first < 0xF0) return within(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) ? 3 : 0;
  if (first > 0xF4 || text.size() < 4 || !within(3, 0x80, 0xBF)) return 0;
  return within(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) ? 4 : 0;
}

bool is_utf8(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      at = pass_ascii(at, end);
      continue;
    }
    const std::size_t length = utf8_sequence({at, static_cast<std::size_t>(end - at)});
    if (length == 0) return false;
    at += length;
  }
  return true;
}

namespace {

/// Appends what `rest` begins with as excerpt() shows it; the number of bytes that were.
std::size_t append_shown(std::string& out, std::string_view rest) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view special = "\n\r\t'\\", names = "nrt'\\";
  if (const std::size_t found = special.find(rest.front()); found != special.npos) {
    out += '\\';
    out += names[found];
    return 1;
  }
  const auto first = static_cast<unsigned char>(rest.front());
  const std::size_t length = utf8_sequence(rest);
  const bool control = first < 0x20 || first == 0x7F ||
                       (length == 2 && first == 0xC2 && static_cast<unsigned char>(rest[1]) < 0xA0);  // C1
  if (length != 0 && !control) {
    out += rest.substr(0, length);
    return length;
  }
  out += "\\x";
  out += digits[first >> 4];
  out += digits[first & 15];
  return 1;
}

}  // namespace

std::string excerpt(std::string_view bytes, std::size_t at) {
  constexpr std::size_t most = 40;
  std::size_t begin = 0;
  if (bytes.size() > most && at > most / 2) begin = std::min(at - most / 2, bytes.size() - most);
  // Not from the middle of a character: at most three bytes continue one.
  for (int i = 0; i < 3 && begin != 0 && (static_cast<unsigned char>(bytes[begin]) & 0xC0) == 0x80; ++i)
    ++begin;
  const std::size_t end = std::min(begin + most, bytes.size());
  std::string out = begin == 0 ? "'" : "'…";
  while (begin < end) begin += append_shown(out, bytes.substr(begin));
  return out += begin < bytes.size() ? "…'" : "'";
}

namespace {

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

struct unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<unit, 8> duration_units = {{{"ns", 1},
                                                 {"us", 1'000},
                                                 {"µs", 1'000},
                                                 {"ms", 1'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"h", 3'600'000'000'000},
                                                 {"d", 86'400'000'000'000}}};

/// One digit behind the point, none when it is 0.
std::string rounded(double value) {
  std::array<char, 32> text;
  const double tenths = std::round(value * 10) / 10;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), tenths, std::chars_format::fixed, 1).ptr;
  std::string out(text.data(), end);
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

/// A decimal number (digits, perhaps a point and digits) and what stands behind it.
struct quantity {
  double value = 0;
  std::uint64_t whole = 0;  // exact when `fractional` is false
  bool fractional = false;
  std::string_view unit;
};

std::optional<quantity> parse_quantity(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view digits = text.substr(0, end);
  if (digits.empty() || digits.front() == '.' || digits.back() == '.') return std::nullopt;
  quantity out;
  out.unit = text.substr(end);
  out.fractional = digits.find('.') != digits.npos;
  const char* const last = digits.data() + digits.size();
  const auto number = std::from_chars(digits.data(), last, out.value);
  if (number.ec != std::errc() || number.ptr != last) return std::nullopt;
  if (!out.fractional && std::from_chars(digits.data(), last, out.whole).ec != std::errc())
    return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t allowed = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& each : candidates) {
    const std::size_t distance = edit_distance(word, each);
    if (distance >= allowed || distance >= std::max(word.size(), each.size())) continue;
    allowed = distance;
    best = each;
  }
  return best;
}

std::string format_bytes(std::uint64_t size) {
  constexpr std::array<std::string_view, 7> units = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  if (size < 1024) return std::to_string(size) + " B";
  auto value = static_cast<double>(size);
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < units.size()) {  // 1023.95 would be shown as 1024
    value /= 1024;
    ++unit;
  }
  return rounded(value) + std::string(units[unit]);
}

std::string format_duration(nanoseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const auto size = count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
  const std::string sign = count < 0 ? "-" : "";
  const auto value = static_cast<double>(size);
  if (size < 1'000) return sign + std::to_string(size) + "ns";
  if (value < 999.95e3) return sign + rounded(value / 1e3) + "us";
  if (value < 999.95e6) return sign + rounded(value / 1e6) + "ms";
  if (value < 59.95e9) return sign + rounded(value / 1e9) + "s";
  const std::uint64_t seconds = (size + 500'000'000) / 1'000'000'000;
  if (seconds < 3600) {
    const std::uint64_t rest = seconds % 60;
    return sign + std::to_string(seconds / 60) + "m" + (rest == 0 ? "" : std::to_string(rest) + "s");
  }
  const std::uint64_t minutes = (seconds + 30) / 60;
  const std::uint64_t rest = minutes % 60;
  return sign + std::to_string(minutes / 60) + "h" + (rest == 0 ? "" : std::to_string(rest) + "m");
}

result<nanoseconds> parse_duration(std::string_view text) {
  const auto refuse_it = [&](std::string_view why) {
    return fail(errc::invalid_argument, "'" + std::string(text) + "' is not a duration" + std::string(why) +
                                            ": write a number and ns, us, ms, s, m, h or d, as in \"250ms\"");
  };
  if (text == "0") return nanoseconds(0);
  const auto parsed = parse_quantity(text);
  if (!parsed) return refuse_it("");
  const auto found = std::find_if(duration_units.begin(), duration_units.end(),
                                  [&](const unit& each) { return each.name == parsed->unit; });
  if (found == duration_units.end())
    return refuse_it(parsed->unit.empty() ? " (no unit)" : " (unknown unit)");
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  const auto each = static_cast<std::uint64_t>(found->size);
  const double size = parsed->value * static_cast<double>(each);
  if (parsed->fractional ? size >= static_cast<double>(largest) : parsed->whole > largest / each)
    return refuse_it(" (over 292 years)");
  if (!parsed->fractional) return nanoseconds(parsed->whole * each);
  return nanoseconds(std::llround(size));
}

result<std::uint64_t> parse_size(std::string_view text) {
  const auto refuse_it = [&](std::string_view why) {
    return fail(errc::invalid_argument,
                "'" + std::string(text) + "' is not a size" + std::string(why) +
                    ": write bytes, or a number and K, M, G or T, as in \"64MiB\" or \"1G\"");
  };
  const auto parsed = parse_quantity(text);
  if (!parsed) return refuse_it("");
  std::string unit(parsed->unit);
  for (char& c : unit)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (unit.ends_with("ib") && unit.size() == 3) {
    unit.resize(1);
  } else if (unit.ends_with('b')) {
    unit.pop_back();
  }
  constexpr std::string_view prefixes = "kmgt";
  const std::size_t power = unit.empty() ? 0 : prefixes.find(unit) + 1;
  if (unit.size() > 1 || (power == 0 && !unit.empty())) return refuse_it(" (unknown unit)");
  const std::uint64_t each = std::uint64_t{1} << (10 * power);
  const double size = parsed->value * static_cast<double>(each);
  if (parsed->fractional ? size >= 0x1p64 : parsed->whole > UINT64_MAX / each)
    return refuse_it(" (over 16 EiB)");
  if (!parsed->fractional) return parsed->whole * each;
  if (each == 1) return refuse_it(" (a fraction of a byte)");
  return static_cast<std::uint64_t>(size);
}

}  // namespace troupe
