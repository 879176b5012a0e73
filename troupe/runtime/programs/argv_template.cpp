#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::size_t longest_quoted = 200;

std::string_view word_for(config::placeholder what, const item_words& words) {
  switch (what) {
    case config::placeholder::output:
      return words.output;
    case config::placeholder::stem:
      return file_stem_of(words.input);
    case config::placeholder::name:
      return file_name_of(words.input);
    case config::placeholder::input:
      break;
  }
  return words.input;
}

bool is_plain(std::string_view argument) {
  constexpr std::string_view marks = "-_./,:=+@%^";
  return !argument.empty() && std::ranges::all_of(argument, [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || marks.find(c) != marks.npos;
  });
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string in_quotes(std::string_view text) {
  std::string quoted_text = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted_text += "'\\''";
    else
      quoted_text += c;
  }
  return quoted_text + "'";
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string words = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(c) || byte >= 0x80) {
      words += "\\x";
      words += digits[byte >> 4U];
      words += digits[byte & 15U];
    } else {
      if (c == '\'' || c == '\\') words += '\\';
      words += c;
    }
  }
  return words + "'";
}

}  // namespace

std::string_view file_name_of(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string_view file_stem_of(std::string_view path) noexcept {
  const auto name = file_name_of(path);
  const auto dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? name : name.substr(0, dot);
}

std::string expand(const config::text_pattern& pattern, const item_words& words) {
  std::string text;
  for (const auto& piece : pattern) {
    if (const auto* plain = std::get_if<std::string>(&piece)) {
      text += *plain;
      continue;
    }
    const auto word = word_for(std::get<config::placeholder>(piece), words);
    const bool is_input = std::get<config::placeholder>(piece) == config::placeholder::input;
    if (text.empty() && is_input && words.input_is_path && word.starts_with('-')) text += "./";
    text += word;
  }
  return text;
}

argv_template::argv_template(const std::vector<std::string>& command) {
  for (const auto& argument : command) {
    auto pattern = config::read_pattern(argument);
    arguments_.push_back(pattern ? std::move(*pattern) : config::text_pattern{argument});
  }
}

std::vector<std::string> argv_template::expand(const item_words& words) const {
  std::vector<std::string> argv;
  argv.reserve(arguments_.size());
  for (const auto& pattern : arguments_) argv.push_back(runtime::expand(pattern, words));
  return argv;
}

bool argv_template::holds(config::placeholder what) const noexcept {
  return std::ranges::any_of(arguments_,
                             [what](const auto& pattern) { return config::holds(pattern, what); });
}

std::string shell_words(const std::vector<std::string>& argv) {
  std::string text;
  for (const auto& argument : argv) {
    if (!text.empty()) text += ' ';
    if (is_plain(argument)) {
      text += argument;
    } else if (is_utf8(argument) && std::ranges::none_of(argument, is_control)) {
      text += in_quotes(argument);
    } else {
      text += escaped(argument);
    }
  }
  return text;
}

std::string quoted(const std::vector<std::string>& argv) {
  std::string text;
  for (const auto& argument : argv) {
    if (!text.empty()) text += ' ';
    text += is_plain(argument) ? argument : excerpt(argument);
    if (text.size() > longest_quoted) return text.substr(0, longest_quoted) + "…";
  }
  return text;
}

}  // namespace troupe::runtime
