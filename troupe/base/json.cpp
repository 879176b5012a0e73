#include <troupe/base/json.hpp>
#include <troupe/base/text.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace troupe {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view hex_digits = "0123456789abcdef";

bool plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += hex_digits[static_cast<unsigned char>(c) >> 4];
      out += hex_digits[static_cast<unsigned char>(c) & 15];
  }
}

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && plain(text[run])) ++run;
    out += text.substr(0, run);
    text.remove_prefix(run);
    if (text.empty()) break;
    std::size_t length = 1;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      append_escaped(out, text.front());
    } else if (length = utf8_sequence(text); length != 0) {
      out += text.substr(0, length);
    } else {
      out += replacement;
      length = 1;
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void append_json_base64(std::string& out, byte_view data) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out += '"';
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const std::size_t have = data.size() - at < 3 ? data.size() - at : 3;
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < have ? std::to_integer<unsigned>(data[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) out += i <= have ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    append_number(out, value);
  }
}

void append_json_number(std::string& out, float value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    append_number(out, value);
  }
}

void append_json_number(std::string& out, std::int64_t value) {
  append_number(out, value);
}
void append_json_number(std::string& out, std::uint64_t value) {
  append_number(out, value);
}

void append_json_seconds(std::string& out, std::int64_t count) {
  constexpr std::uint64_t per_second = 1'000'000'000;
  const bool negative = count < 0;
  const auto size = negative ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
  if (negative) out += '-';
  append_number(out, size / per_second);
  std::string fraction =
      std::to_string(per_second + size % per_second);  // "1250000000": nine digits behind the 1
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.size() > 1) out += "." + fraction.substr(1);
}

}  // namespace troupe
