#include <troupe/spawn/internal/proc_stat.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace troupe::spawn::internal {
namespace {

// proc(5) counts fields from 1; the first behind the name is 3.
constexpr std::size_t first_field = 3, last_field = 24;
using stat_fields = std::array<std::string_view, last_field + 1>;

bool split_fields(std::string_view text, stat_fields& fields) {
  for (std::size_t i = first_field; i <= last_field; ++i) {
    const auto end = std::min(text.find_first_of(" \n"), text.size());
    if (end == 0) return false;
    fields[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc() && end == text.data() + text.size();
}

process_state state_of_letter(std::string_view letter) {
  switch (letter.front()) {
    case 'R':
      return process_state::running;
    case 'S':
      return process_state::sleeping;
    case 'D':
      return process_state::disk_sleep;
    case 'T':
      return process_state::stopped;
    case 't':
      return process_state::traced;
    case 'Z':
      return process_state::zombie;
    case 'X':
      return process_state::dead;
    case 'I':
      return process_state::idle;
    default:
      return process_state::unknown;
  }
}

}  // namespace

result<proc_stat> parse_stat(std::string_view text) {
  const auto malformed = [&] {
    return fail(errc::malformed, "stat of a process '" + std::string(text) + "'");
  };
  const auto name_begins = text.find(" (");
  const auto name_ends = text.rfind(") ");
  if (name_begins == text.npos || name_ends == text.npos || name_ends < name_begins + 2) return malformed();

  proc_stat stat;
  stat.name = text.substr(name_begins + 2, name_ends - name_begins - 2);
  stat_fields field;
  if (!split_fields(text.substr(name_ends + 2), field) || field[3].size() != 1) return malformed();
  stat.state = state_of_letter(field[3]);
  const bool numbers =
      read_number(text.substr(0, name_begins), stat.key.id) && read_number(field[4], stat.parent) &&
      read_number(field[5], stat.group) && read_number(field[6], stat.session) &&
      read_number(field[14], stat.user_ticks) && read_number(field[15], stat.system_ticks) &&
      read_number(field[20], stat.threads) && read_number(field[22], stat.key.started) &&
      read_number(field[23], stat.virtual_bytes) && read_number(field[24], stat.resident_pages);
  if (!numbers) return malformed();
  return stat;
}

std::vector<std::string> split_command_line(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty()) {
    const auto end = std::min(text.find('\0'), text.size());
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return arguments;
}

}  // namespace troupe::spawn::internal
