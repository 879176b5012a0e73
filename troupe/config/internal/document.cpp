#include <troupe/config/internal/document.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace troupe::config {
namespace {

constexpr std::size_t shown_bytes = 60;

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
  for (const node& item : list) {
    const auto* number = std::get_if<std::int64_t>(&item.value);
    if (number == nullptr || list.size() > short_list) return "a list of " + std::to_string(list.size());
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(*number);
  }
  return list.empty() ? "an empty list" : "the list [" + numbers + "]";
}

}  // namespace

const entry* find(const table& in, std::string_view key) noexcept {
  const auto found = std::ranges::find(in, key, &entry::key);
  return found == in.end() ? nullptr : &*found;
}

entry* find(table& in, std::string_view key) noexcept {
  const auto found = std::ranges::find(in, key, &entry::key);
  return found == in.end() ? nullptr : &*found;
}

std::string describe(const node& value) {
  return std::visit(
      overloaded{
          [](const std::string& text) { return "the string \"" + printable(text) + '"'; },
          [](std::int64_t number) { return "the number " + std::to_string(number); },
          [](double number) { return "the number " + shown(number); },
          [](bool truth) { return std::string(truth ? "true" : "false"); },
          [](const date& when) { return "the date " + printable(when.text); },
          [](const array& list) { return described(list); },
          [](const table& entries) { return std::string(entries.empty() ? "an empty table" : "a table"); }},
      value.value);
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

}  // namespace troupe::config
