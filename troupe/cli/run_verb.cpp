#include <troupe/base/text.hpp>
#include <troupe/cli/colours.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/cli/summary.hpp>
#include <troupe/cli/summary_json.hpp>
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

/// The end of it, for people and for programs; the exit status, which is another one when the latter cannot be written.
int tell_end(const request& what, const std::optional<summary_file>& json, const run_totals& total,
             const runtime::outcome& how) {
  if (!how.message.empty()) std::cerr << "error: " << how.message << '\n';
  if (!what.quiet && how.kind != runtime::outcome_kind::output_reader_gone)
    std::cerr << summary(total, how) << std::flush;
  const int status = exit_status_of(how);
  if (!json) return status;
  const auto written = json->write(summary_json(what.file, total, how, status));
  if (written) return status;
  std::cerr << "error: " << written.error().message() << '\n';
  return status == exit_done ? int{exit_output} : status;
}

/// nullopt: none is wanted. The unexpected value is the exit status.
tl::expected<std::optional<summary_file>, int> open_summary(const request& what, const loaded& of) {
  if (what.json.empty()) return std::nullopt;
  auto file = summary_file::open(what.json, of);
  if (file) return std::move(*file);
  std::cerr << "error: " << file.error().message() << '\n';
  return tl::unexpected<int>(file.error().code == errc::invalid_argument ? exit_usage : exit_output);
}

}  // namespace

int run_verb(const request& what, const runtime::registry& program) {
  auto got = load_plan(what, program);
  if (!got) return got.error();
  const auto json = open_summary(what, *got);
  if (!json) return json.error();
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
                                 .colour = stderr_takes_colours() ? log_colour::always : log_colour::never,
                                 .write = [&](std::string_view lines) { shown.write_log(lines); }});
  if (!got->promised_no_more.empty()) log.warn(got->promised_no_more);
  runtime::run_options options{.argv0 = what.argv0, .log = log};
  if (const auto given = parse_duration(what.stop_timeout))
    options.stop_timeout = std::chrono::duration_cast<milliseconds>(*given);
  auto started = runtime::run::start(std::move(got->plan), got->file, program, std::move(options));
  if (!started) {
    run_totals nothing{shown.seconds(), {}, got->file.actors.size(), {}};
    request quietly = what;
    quietly.quiet = true;  // nothing has happened that a summary could tell
    return tell_end(quietly, *json, nothing,
                    {.kind = started.error().kind, .message = started.error().message});
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
  const bool at_once = how->kind == runtime::outcome_kind::interrupted && !how->drained;
  const bool all_returned = run.shut_down(at_once ? no_patience : patience);
  total.lost = run.dead_letters();
  const int status = tell_end(what, *json, total, *how);
  if (!all_returned) {
    std::cerr << (stages ? "a stage or an actor" : "an actor")
              << " that runs in this process has not returned; leaving without it\n";
    std::_Exit(status);
  }
  return status;
}

}  // namespace troupe::cli
