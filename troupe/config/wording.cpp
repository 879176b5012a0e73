#include <troupe/base/text.hpp>
#include <troupe/config/wording.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace troupe::config {
namespace {

constexpr std::size_t shown_bytes = 60;
constexpr std::size_t longest_name_looked_up = 100;

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

std::string escaped(unsigned char c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  std::array<char, 8> hex{};
  std::snprintf(hex.data(), hex.size(), "\\x%02X", c);
  return hex.data();
}

std::string shown(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  std::string digits = text.data();
  const bool looks_whole = digits.find_first_not_of("-0123456789") == std::string::npos;
  return looks_whole ? digits + ".0" : digits;
}

/// "the list [3, 1]" when it is short and has only numbers.
std::string described(const array& list) {
  constexpr std::size_t short_list = 4;
  std::string numbers;
  for (const value& item : list) {
    const auto* number = item.as<std::int64_t>();
    if (number == nullptr || list.size() > short_list) return "a list of " + std::to_string(list.size());
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(*number);
  }
  return list.empty() ? "an empty list" : "the list [" + numbers + "]";
}

}  // namespace

std::string describe(const value& found) {
  return std::visit(
      overloaded{
          [](const std::string& text) { return "the string \"" + printable(text) + '"'; },
          [](std::int64_t number) { return "the number " + std::to_string(number); },
          [](double number) { return "the number " + shown(number); },
          [](bool truth) { return std::string(truth ? "true" : "false"); },
          [](const date& when) { return "the date " + printable(when.text); },
          [](const array& list) { return described(list); },
          [](const table& entries) { return std::string(entries.empty() ? "an empty table" : "a table"); }},
      found.is);
}

std::string printable(std::string_view text) {
  std::string out;
  std::size_t end = std::min(text.size(), shown_bytes);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += escaped(byte);
    } else {
      out += c;
    }
  }
  return end < text.size() ? out + "..." : out;
}

std::string in_quotes(std::string_view text) {
  return '\'' + printable(text) + '\'';
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  if (name.size() > longest_name_looked_up) return "";
  const auto meant = nearest(name, known);
  return meant ? "did you mean " + in_quotes(*meant) + "?" : "";
}

std::string listed(std::span<const std::string> words, std::string_view last_joint, char quote) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? std::string(last_joint) : ", ";
    if (quote != '\0') out += quote;
    out += words[i];
    if (quote != '\0') out += quote;
  }
  return out;
}

std::string keys_are(std::span<const std::string> keys) {
  if (keys.empty()) return "it has no keys";
  return (keys.size() == 1 ? "the only key is " : "the keys are ") + listed(keys, " and ");
}

}  // namespace troupe::config
