#include <troupe/base/clock.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/program_end.hpp>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr milliseconds first_pause{10};
constexpr milliseconds longest_pause{1000};
constexpr milliseconds patience_with_machine{10'000};

errc kind_of_end(const spawn::exit_report& how) {
  if (how.status.code()) return errc::handler_failed;
  const bool by_somebody = how.status.signal() == SIGKILL && how.oom == spawn::out_of_memory::no;
  return by_somebody ? errc::cancelled : errc::peer_lost;
}

}  // namespace

error end_of(const std::vector<std::string>& argv, const spawn::exit_report& how,
             const error_stream& errors) {
  auto text = quoted(argv) + ": " + how.status.describe();
  if (how.oom != spawn::out_of_memory::no) text += " (the kernel ran out of memory)";
  return {kind_of_end(how), text + errors.last_lines()};
}

result<spawn::child> start_program(const spawn::command& command) {
  const auto until = deadline::after(patience_with_machine);
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    auto made = command.spawn();
    if (made) return made;
    const bool may_pass = made.error().code == errc::exhausted || made.error().code == errc::full;
    if (!may_pass) return fail(made.error().code, made.error().message());
    if (until.passed()) return fail(errc::peer_lost, made.error().message());
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace troupe::runtime
