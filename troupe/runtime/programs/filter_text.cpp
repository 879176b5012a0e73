#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/filter_text.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/output.hpp>

#include <chrono>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::chrono::minutes most_patience{1};
constexpr std::size_t said_at_most = 200;  // bytes of stderr in a message

}  // namespace

result<std::string> filter_text(const std::vector<std::string>& argv, std::string_view input) {
  spawn::command program(argv.front());
  program.args({argv.begin() + 1, argv.end()});
  program.new_group();  // at the deadline all that it has started ends with it
  const auto done = program.output({.input = input, .until = deadline::after(most_patience)});
  if (!done) return tl::unexpected(done.error());
  if (done->report.status.success() && !done->timed_out) return std::string(done->out.data.text());
  std::string why = "'" + argv.front() + "' " +
                    (done->timed_out ? "was not done within " + format_duration(most_patience)
                                     : done->report.status.describe());
  auto said = done->err.text();
  while (said.ends_with('\n')) said.remove_suffix(1);
  if (said.size() > said_at_most) said.remove_prefix(said.size() - said_at_most);
  if (!said.empty()) why += "; stderr: " + excerpt(said);
  return fail(errc::invalid_argument, std::move(why));
}

}  // namespace troupe::runtime
