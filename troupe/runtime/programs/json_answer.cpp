#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/json_answer.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe::runtime {
namespace {

constexpr std::string_view json_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(json_space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(json_space) - first + 1);
}

/// Behind the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

/// The first of `ends` from `at` on that lies in no string and no brackets opened since.
std::size_t find_outside(std::string_view text, std::size_t at, std::string_view ends) {
  for (std::size_t depth = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (depth == 0 && ends.find(c) != ends.npos) return at;
    if (c == '"')
      at = end_of_string(text, at) - 1;
    else if (c == '[' || c == '{')
      ++depth;
    else if (c == ']' || c == '}')
      --depth;
  }
  return text.npos;
}

/// What stands between the brackets, cut at its commas.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  const auto inside = trimmed(text.substr(1, text.size() - 2));
  for (std::size_t at = 0; at < inside.size();) {
    const auto end = std::min(find_outside(inside, at, ","), inside.size());
    parts.push_back(trimmed(inside.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto push = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | code >> 6U), push(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    push(0xE0 | code >> 12U), push(0x80 | (code >> 6U & 0x3F)), push(0x80 | (code & 0x3F));
  } else {
    push(0xF0 | code >> 18U), push(0x80 | (code >> 12U & 0x3F)), push(0x80 | (code >> 6U & 0x3F)),
        push(0x80 | (code & 0x3F));
  }
}

std::uint32_t hex_at(std::string_view text, std::size_t at) {
  std::uint32_t code = 0;
  const auto digits = text.substr(std::min(at, text.size()), 4);
  std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  return code;
}

/// The text of a JSON string with its quotes; half a surrogate pair becomes U+FFFD.
std::string unescaped(std::string_view text) {
  std::string out;
  text = text.substr(1, text.size() - 2);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    constexpr std::string_view letters = "bfnrt", meant = "\b\f\n\r\t";
    const char c = text[++at];
    if (c != 'u') {
      const auto found = letters.find(c);
      out += found == letters.npos ? c : meant[found];
      continue;
    }
    auto code = hex_at(text, at + 1);
    at += 4;
    const bool high =
        code >= 0xD800 && code < 0xDC00 && text.substr(std::min(at + 1, text.size())).starts_with("\\u");
    const auto low = high ? hex_at(text, at + 3) : 0;
    if (high && low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
      at += 6;
    }
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  }
  return out;
}

/// The value of an object's only member, if it has that name.
std::optional<std::string_view> only_member(std::string_view object, std::string_view quoted_name) {
  if (!object.starts_with('{')) return std::nullopt;
  const auto members = parts_of(object);
  if (members.size() != 1 || !members[0].starts_with(quoted_name)) return std::nullopt;
  const auto behind = trimmed(members[0].substr(quoted_name.size()));
  return behind.starts_with(':') ? std::optional(trimmed(behind.substr(1))) : std::nullopt;
}

}  // namespace

result<std::vector<std::string_view>> items_of_answer(std::string_view text) {
  const auto value = trimmed(text);
  if (value == "null") return std::vector<std::string_view>();
  if (value.starts_with('[')) return parts_of(value);
  const auto word = only_member(value, "\"troupe\"");
  if (!word) return std::vector{value};
  const auto failure = only_member(*word, "\"error\"");
  if (failure && failure->starts_with('"')) return fail(errc::handler_failed, unescaped(*failure));
  return fail(errc::malformed, "what it says to troupe is not understood (" + excerpt(value) +
                                   "); a failure is {\"troupe\": {\"error\": \"why\"}}");
}

}  // namespace troupe::runtime
