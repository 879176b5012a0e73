#include <troupe/base/text.hpp>
#include <troupe/config/placeholders.hpp>
#include <troupe/config/wording.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace troupe::config {
namespace {

constexpr std::pair<std::string_view, placeholder> placeholder_words[] = {{"input", placeholder::input},
                                                                          {"output", placeholder::output},
                                                                          {"stem", placeholder::stem},
                                                                          {"name", placeholder::name}};

constexpr const char* brace_hint =
    "the placeholders are {input}, {output}, {stem} and {name}; a brace itself is written twice, {{ or }}";

std::optional<placeholder> placeholder_named(std::string_view word) {
  for (const auto& [name, what] : placeholder_words)
    if (name == word) return what;
  return std::nullopt;
}

std::string hint_for_word(std::string_view word) {
  std::vector<std::string> known;
  for (const auto& each : placeholder_words) known.emplace_back(each.first);
  const auto near = nearest(word, known);
  return near ? "did you mean {" + *near + "}?" : brace_hint;
}

}  // namespace

tl::expected<text_pattern, pattern_fault> read_pattern(std::string_view text) {
  text_pattern pieces;
  std::string plain;
  const auto end_plain = [&] {
    if (!plain.empty()) pieces.emplace_back(std::exchange(plain, {}));
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      plain += c;
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      plain += c;
      ++at;
      continue;
    }
    const auto close = c == '{' ? text.find('}', at) : text.npos;
    if (close == text.npos)
      return tl::unexpected(
          pattern_fault{at, std::string("a single '") + c + "' stands in " + in_quotes(text), brace_hint});
    const auto word = text.substr(at + 1, close - at - 1);
    const auto what = placeholder_named(word);
    if (!what)
      return tl::unexpected(pattern_fault{
          at, in_quotes(text.substr(at, close - at + 1)) + " is no placeholder", hint_for_word(word)});
    end_plain();
    pieces.emplace_back(*what);
    at = close;
  }
  end_plain();
  return pieces;
}

bool holds(const text_pattern& pattern, placeholder what) noexcept {
  return std::ranges::any_of(pattern, [what](const auto& piece) {
    const auto* found = std::get_if<placeholder>(&piece);
    return found != nullptr && *found == what;
  });
}

std::string join_pattern(std::string_view folder, const std::string& pattern) {
  if (pattern.starts_with('/')) return pattern;
  std::string text;
  for (const char c : folder) text += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return text + (text.ends_with('/') ? "" : "/") + pattern;
}

}  // namespace troupe::config
