#include <troupe/base/text.hpp>
#include <troupe/config/internal/scan.hpp>
#include <troupe/config/load.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace troupe::config {
namespace {

std::optional<scan_error> encoding_error(std::string_view text) {
  position at{1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_sequence(text.substr(i));
    if (length == 0) {
      std::array<char, 40> message{};
      std::snprintf(message.data(), message.size(), "byte 0x%02X is not UTF-8",
                    static_cast<unsigned>(static_cast<unsigned char>(text[i])));
      return scan_error{at, message.data(), "save the file as UTF-8"};
    }
    if (text[i] == '\0') return scan_error{at, "a NUL byte", "the file must be text"};
    at = text[i] == '\n' ? position{at.line + 1, 1} : position{at.line, at.column + 1};
    i += length;
  }
  return std::nullopt;
}

class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_begin_ = 3;
  }

  tl::expected<scanned, scan_error> run() {
    while (at_ < text_.size()) {
      step();
      if (too_deep_) return tl::unexpected(*too_deep_);
    }
    end_statement();
    const auto& unclosed = open_string_ ? open_string_ : depth_ > 0 ? outermost_ : std::nullopt;
    if (unclosed) found_.unclosed = position_of(*unclosed);
    return std::move(found_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\n') return newline();
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return;
    }
    if (c != ' ' && c != '\t' && c != '\r') begin_statement();
    if (c == '"' || c == '\'') return skip_string(c);
    structure(c);
    ++at_;
  }

  void structure(char c) {
    switch (c) {
      case '[':
      case '{':
        dots_ = 0;
        if (depth_ == 0) outermost_ = here();
        if (++depth_ > max_nesting) refuse("levels of brackets");
        break;
      case ']':
      case '}':
        if (depth_ > 0) --depth_;
        if (depth_ == 0) end_key(at_ + 1);
        break;
      case '=':
        if (depth_ == 0) end_key(at_);
        dots_ = 0;
        break;
      case ',':
        dots_ = 0;
        break;
      case '.':
        if (++dots_ > max_nesting) refuse("dots in one key");
        break;
      default:
        break;
    }
  }

  void newline() {
    if (depth_ == 0) end_statement();
    ++at_;
    ++line_;
    line_begin_ = at_;
    dots_ = 0;
  }

  void skip_string(char quote) {
    const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
    const bool long_form = text_.substr(at_).starts_with(triple);
    const spot begin = here();
    at_ += long_form ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        at_ += 2;
      } else if (c == '\n') {
        if (!long_form) return;  // TOML's error; the statement ends here all the same
        ++line_;
        line_begin_ = ++at_;
      } else if (c == quote && (!long_form || text_.substr(at_).starts_with(triple))) {
        at_ += long_form ? 3 : 1;
        if (long_form) skip_quotes_before_end(quote);
        return;
      } else {
        ++at_;
      }
    }
    if (long_form) open_string_ = begin;
  }

  /// """a"""" is a string that ends with a quote: up to two may stand before the closing three.
  void skip_quotes_before_end(char quote) {
    for (int more = 0; more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
  }

  void begin_statement() {
    if (open_) return;
    open_ = statement{at_, at_, position_of(here()), line_, {}};
  }

  void end_key(std::size_t end) {
    if (!open_ || !open_->key.empty()) return;
    std::string_view key = text_.substr(open_->begin, end - open_->begin);
    while (key.ends_with(' ') || key.ends_with('\t')) key.remove_suffix(1);
    open_->key = key;
  }

  void end_statement() {
    if (!open_) return;
    open_->end = at_;
    open_->last_line = line_;
    found_.statements.push_back(*open_);
    open_.reset();
  }

  void refuse(std::string_view what) {
    too_deep_ = scan_error{position_of(here()),
                           "more than " + std::to_string(max_nesting) + " " + std::string(what), ""};
  }

  /// Columns are counted only for the few spots that are shown: a line may be as long as the file.
  struct spot {
    std::size_t at;
    std::size_t line_begin;
    std::uint32_t line;
  };
  [[nodiscard]] spot here() const noexcept { return {at_, line_begin_, line_}; }

  [[nodiscard]] position position_of(const spot& where) const {
    const std::string_view before = text_.substr(where.line_begin, where.at - where.line_begin);
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return {where.line, static_cast<std::uint32_t>(std::ranges::count_if(before, begins)) + 1};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
  std::size_t depth_ = 0;
  std::optional<spot> outermost_;  // the last bracket that was opened outside of all others
  std::optional<spot> open_string_;
  std::size_t dots_ = 0;
  std::optional<statement> open_;
  std::optional<scan_error> too_deep_;
  scanned found_;
};

}  // namespace

tl::expected<scanned, scan_error> scan(std::string_view text) {
  if (auto bad = encoding_error(text)) return tl::unexpected(std::move(*bad));
  return scanner(text).run();
}

}  // namespace troupe::config
