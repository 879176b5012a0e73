#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/cli/summary.hpp>
#include <troupe/runtime/director/run.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace troupe::cli {
namespace {

constexpr milliseconds redraw_every{100};
/// How long user code that runs in this process has to return after the end.
constexpr milliseconds patience{2000};
constexpr milliseconds no_patience{50};  // after a second Ctrl-C

}  // namespace

int run_verb(const request& what, const runtime::registry& program) {
  auto got = load_plan(what, program);
  if (!got) return got.error();
  // Before any thread starts, so that every thread has them blocked and the run's loop alone gets them.
  if (auto blocked = runtime::run::block_signals(); !blocked) {
    std::cerr << "error: " << blocked.error().message() << '\n';
    return exit_failed;
  }
  const bool stages = !got->plan.members.empty();
  progress shown(what.quiet || !stages);
  const auto log = logger::make({.level = what.verbose ? log_level::debug
                                          : what.quiet ? log_level::warn
                                                       : log_level::info,
                                 .write = [&](std::string_view lines) { shown.write_log(lines); }});
  runtime::run_options options{.argv0 = what.argv0, .log = log};
  if (const auto given = parse_duration(what.stop_timeout))
    options.stop_timeout = std::chrono::duration_cast<milliseconds>(*given);
  auto started = runtime::run::start(std::move(got->plan), got->file, program, std::move(options));
  if (!started) {
    std::cerr << "error: " << started.error().message << '\n';
    return exit_status_of({.kind = started.error().kind});
  }
  auto& run = **started;
  std::optional<runtime::outcome> how;
  while (!how) {
    shown.draw(read(run.counters()));
    how = run.wait(stages ? deadline::after(redraw_every) : deadline::never());
  }
  run_totals total{shown.seconds(), {}, got->file.actors.size(), {}};
  if (stages) total.stages = read(run.counters());
  shown.finish(read(run.counters()));
  const int status = exit_status_of(*how);
  const bool at_once = how->kind == runtime::outcome_kind::interrupted && !how->drained;
  const bool all_returned = run.shut_down(at_once ? no_patience : patience);
  total.lost = run.dead_letters();
  if (!how->message.empty()) std::cerr << "error: " << how->message << '\n';
  if (!what.quiet && how->kind != runtime::outcome_kind::output_reader_gone)
    std::cerr << summary(total, *how) << std::flush;
  if (!all_returned) {
    std::cerr << (stages ? "a stage or an actor" : "an actor")
              << " that runs in this process has not returned; leaving without it\n";
    std::_Exit(status);
  }
  return status;
}

}  // namespace troupe::cli
