#include <troupe/cli/colours.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace troupe::cli {
namespace {

constexpr std::string_view bold_red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view plain = "\x1b[0m";

void paint(std::string& text, std::size_t from, std::size_t to, std::string_view colour) {
  text.insert(to, plain);
  text.insert(from, colour);
}

/// "restarts 1,234"
void paint_count(std::string& text, std::string_view word, std::string_view colour) {
  const auto at = text.find(word);
  if (at == std::string::npos) return;
  const auto end = text.find_first_not_of("0123456789,", at + word.size());
  auto to = end == std::string::npos ? text.size() : end;
  if (text[to - 1] == ',') --to;  // that before the next word
  paint(text, at, to, colour);
}

}  // namespace

bool stderr_takes_colours() {
  const char* const none = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (none == nullptr || *none == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

std::string with_red_error(std::string line) {
  constexpr std::string_view word = "error:";
  if (const auto at = line.find(word); at != std::string::npos) paint(line, at, at + word.size(), bold_red);
  return line;
}

std::string with_coloured_incidents(std::string bar) {
  paint_count(bar, "restarts ", yellow);
  paint_count(bar, "quarantined ", bold_red);
  return bar;
}

}  // namespace troupe::cli
