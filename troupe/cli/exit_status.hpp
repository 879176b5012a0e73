// cli/exit_status.hpp - the statuses a program of troupe ends with. README.md has the same table.
// Threads: constants.
#pragma once
#include <troupe/runtime/director/outcome.hpp>

namespace troupe::cli {

enum exit_status : int {
  exit_done = 0,
  exit_failed = 1,         // the run failed: a stage, its workers, or we ourselves
  exit_usage = 2,          // the command line is wrong
  exit_config = 3,         // the file is missing or wrong
  exit_quarantined = 4,    // complete, but for items in quarantine
  exit_input = 5,          // an input is missing or cannot be read
  exit_output = 6,         // an output cannot be written
  exit_reader_gone = 141,  // the reader of our output went away; what SIGPIPE would have said
  exit_by_signal = 128     // plus the signal: 130 after Ctrl-C, 143 after SIGTERM
};

[[nodiscard]] constexpr int exit_status_of(const runtime::outcome& how) noexcept {
  switch (how.kind) {
    case runtime::outcome_kind::done:
      return exit_done;
    case runtime::outcome_kind::quarantined:
      return exit_quarantined;
    case runtime::outcome_kind::failed:
      return exit_failed;
    case runtime::outcome_kind::input_failed:
      return exit_input;
    case runtime::outcome_kind::output_failed:
      return exit_output;
    case runtime::outcome_kind::output_reader_gone:
      return exit_reader_gone;
    case runtime::outcome_kind::interrupted:
      return exit_by_signal + how.signal;
  }
  return exit_failed;
}

}  // namespace troupe::cli
