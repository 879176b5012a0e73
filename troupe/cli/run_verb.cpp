#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/progress.hpp>
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

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

void print_summary(const progress_reading& total, double seconds, const runtime::outcome& how) {
  std::string text = "\n";
  const auto row = [&](const std::string& name, const std::string& value) {
    text += "  " + name + std::string(14 - name.size(), ' ') + value + '\n';
  };
  row("items",
      with_commas(total.items_done) +
          (total.items_done == total.items_read ? "" : " of " + with_commas(total.items_read) + " read"));
  row("bytes", with_commas(total.bytes_read) + " (" + format_bytes(total.bytes_read) + ")");
  row("written", with_commas(total.items_written) + " items");
  row("seconds", fixed(seconds, seconds < 10 ? 3 : 1));
  row("items/s", with_commas(static_cast<std::uint64_t>(static_cast<double>(total.items_done) /
                                                        std::max(seconds, 1e-9))));
  row("workers", std::to_string(total.workers_wanted));
  row("restarts", with_commas(total.restarts));
  row("redelivered", with_commas(total.redelivered));
  row("quarantined", with_commas(total.quarantined));
  if (total.not_utf8 != 0) row("not UTF-8", with_commas(total.not_utf8) + " lines");
  for (const auto& folder : how.quarantine_folders) text += "  the quarantined items are in " + folder + '\n';
  if (how.kind == runtime::outcome_kind::interrupted)
    text += std::string("  interrupted by ") + (how.signal == SIGINT ? "Ctrl-C" : ::strsignal(how.signal)) +
            (how.drained ? ": what had been read is complete\n" : ": what was in flight was dropped\n");
  std::cerr << text << std::flush;
}

}  // namespace

int run_verb(const request& what, const runtime::registry& stages) {
  auto plan = load_plan(what, stages);
  if (!plan) return plan.error();
  // Before any thread starts, so that every thread has them blocked and the director's loop alone gets them.
  if (auto blocked = runtime::run::block_signals(); !blocked) {
    std::cerr << "error: " << blocked.error().message() << '\n';
    return exit_failed;
  }
  progress shown(what.quiet);
  const auto log = logger::make({.level = what.verbose ? log_level::debug
                                          : what.quiet ? log_level::warn
                                                       : log_level::info,
                                 .write = [&](std::string_view lines) { shown.write_log(lines); }});
  auto started = runtime::run::start(std::move(*plan), stages, {.argv0 = what.argv0, .log = log});
  if (!started) {
    std::cerr << "error: " << started.error().message << '\n';
    return exit_status_of({.kind = started.error().kind});
  }
  auto& run = **started;
  std::optional<runtime::outcome> how;
  while (!how) {
    shown.draw(read(run.counters()));
    how = run.wait(deadline::after(redraw_every));
  }
  const auto total = read(run.counters());
  const auto seconds = shown.seconds();
  shown.finish(total);
  if (!how->message.empty()) std::cerr << "error: " << how->message << '\n';
  if (!what.quiet && how->kind != runtime::outcome_kind::output_reader_gone)
    print_summary(total, seconds, *how);
  const int status = exit_status_of(*how);
  const bool at_once = how->kind == runtime::outcome_kind::interrupted && !how->drained;
  if (!run.shut_down(at_once ? no_patience : patience)) {
    std::cerr << "a stage that runs in this process has not returned; leaving without it\n";
    std::_Exit(status);
  }
  return status;
}

}  // namespace troupe::cli
