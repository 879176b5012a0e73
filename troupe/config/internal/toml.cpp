#include <troupe/config/internal/toml.hpp>

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <exception>
#include <sstream>

namespace troupe::config {
namespace {

constexpr std::size_t message_bytes = 200;  // toml++ quotes whole keys in its messages

position position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

value converted(const toml::node& from);

table converted_table(const toml::table& from) {
  table out;
  out.reserve(from.size());
  for (const auto& [key, below] : from) {
    out.push_back({std::string(key.str()), position_of(key.source()), converted(below)});
  }
  // toml++ sorts by name; people read in the order they wrote
  std::ranges::stable_sort(out, {}, [](const entry& e) { return e.where; });
  return out;
}

array converted_array(const toml::array& from) {
  array out;
  out.reserve(from.size());
  for (const toml::node& item : from) out.push_back(converted(item));
  return out;
}

template <class T>
date shown(const T& when) {
  std::ostringstream text;
  text << when;
  return {std::move(text).str()};
}

value converted(const toml::node& from) {
  value out{{}, position_of(from.source())};
  if (const auto* text = from.as_string()) out.is = text->get();
  if (const auto* number = from.as_integer()) out.is = number->get();
  if (const auto* number = from.as_floating_point()) out.is = number->get();
  if (const auto* truth = from.as_boolean()) out.is = truth->get();
  if (const auto* when = from.as_date()) out.is = shown(when->get());
  if (const auto* when = from.as_time()) out.is = shown(when->get());
  if (const auto* when = from.as_date_time()) out.is = shown(when->get());
  if (const auto* list = from.as_array()) out.is = converted_array(*list);
  if (const auto* entries = from.as_table()) out.is = converted_table(*entries);
  return out;
}

/// "Error while parsing value: exceeded ..." -> "invalid TOML in value: exceeded ...", cut to a readable
/// length.
std::string message_of(std::string_view description) {
  constexpr std::string_view lead = "Error while parsing ";
  std::string out = "invalid TOML: ";
  if (description.starts_with(lead)) {
    description.remove_prefix(lead.size());
    out = "invalid TOML in ";
  }
  out += description.substr(0, message_bytes);
  if (description.size() > message_bytes) out += "...";
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

/// toml++ counts a line break, once read, as a character of the line before it: an error at the end of the text may
/// lie two behind the last character. One behind is where something is missing.
position within(std::string_view text, position at) {
  for (std::uint32_t line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return at;
    text.remove_prefix(end + 1);
  }
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  at.column = std::min(at.column, static_cast<std::uint32_t>(std::ranges::count_if(line, begins)) + 1);
  return at;
}

}  // namespace

tl::expected<table, syntax_error> parse_toml(std::string_view text) {
  try {
    return converted_table(toml::parse(text));
  } catch (const toml::parse_error& e) {
    return tl::unexpected(syntax_error{within(text, position_of(e.source())), message_of(e.description())});
  } catch (const std::exception& e) {
    return tl::unexpected(syntax_error{{}, message_of(e.what())});
  }
}

}  // namespace troupe::config
