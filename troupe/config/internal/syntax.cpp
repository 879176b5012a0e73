#include <troupe/config/internal/scan.hpp>
#include <troupe/config/internal/syntax.hpp>
#include <troupe/config/internal/toml.hpp>

#include <algorithm>
#include <string>

namespace troupe::config {
namespace {

constexpr std::size_t bytes_to_reparse = max_file_bytes;  // in all: a large file gets fewer second chances

using statements = std::vector<statement>;

/// The statement that covers the line; end() when none does.
statements::const_iterator at_line(const statements& all, std::uint32_t line) {
  const auto found = std::ranges::lower_bound(all, line, {}, &statement::last_line);
  return found != all.end() && found->at.line <= line ? found : all.end();
}

/// Without blanks and quotes: [stage."a"] is [ stage.a ].
std::string bare(std::string_view key) {
  std::string out(key);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '"' || c == '\''; });
  return out;
}

/// The earlier statement that defines the same name: a header anywhere, a key below the same header.
const statement* twin_of(const statements& all, statements::const_iterator which) {
  const std::string key = bare(which->key);
  for (auto before = which; before != all.begin();) {
    --before;
    if (bare(before->key) == key) return &*before;
    if (before->is_header() && !which->is_header()) return nullptr;
  }
  return nullptr;
}

/// Blanks a statement, a header with everything below it, so that all other positions stay as they are.
void blank(std::string& text, const statements& all, statements::const_iterator which) {
  auto last = which;
  if (which->is_header()) {
    while (std::next(last) != all.end() && !std::next(last)->is_header()) ++last;
  }
  for (std::size_t i = which->begin; i < last->end; ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

/// `where` is the statement at fault, when one is known.
void report(const syntax_error& wrong, const statement* where, const statement* twin, findings& to) {
  if (twin == nullptr) return to.add(wrong.at, wrong.message);
  const std::string name = where->is_header() ? printable(where->key) : in_quotes(where->key);
  to.add(where->at, name + " is defined twice", "the first is on line " + std::to_string(twin->at.line));
}

/// toml++ notices only where something else is expected, often at the end of the line or of the file.
void report_unclosed(const syntax_error& wrong, const position& begin, findings& to) {
  to.add(begin, "the bracket or string that begins here is not closed");
  const bool same = wrong.at.line == begin.line || wrong.message.find("end-of-file") != std::string::npos;
  if (!same) to.add(wrong.at, wrong.message);
}

}  // namespace

std::optional<document> read_document(std::string_view text, findings& to) {
  const auto structure = scan(text);
  if (!structure) {
    to.add(structure.error().at, structure.error().message, structure.error().hint);
    return std::nullopt;
  }
  const statements& all = structure->statements;
  std::string rest(text);
  bool complete = true;
  for (std::size_t budget = bytes_to_reparse;; budget -= rest.size()) {
    auto parsed = parse_toml(rest);
    if (parsed) return document{std::move(*parsed), complete};

    const syntax_error& wrong = parsed.error();
    if (structure->unclosed) {
      report_unclosed(wrong, *structure->unclosed, to);
      return std::nullopt;
    }
    const auto which = at_line(all, wrong.at.line);
    const bool known =
        which != all.end() && rest[which->begin] != ' ';  // ' ': blanked, so it is not the culprit
    const bool redefined = wrong.message.find("cannot redefine") != std::string::npos;
    const statement* twin = known && redefined ? twin_of(all, which) : nullptr;
    report(wrong, known ? &*which : nullptr, twin, to);
    if (!known || budget < rest.size()) return std::nullopt;
    if (twin == nullptr) complete = false;
    blank(rest, all, which);
  }
}

}  // namespace troupe::config
