// runtime/director/outcome.hpp - how a run ended, as a value; each way has its exit status.
// Threads: plain values.
// Source: README.md, "Exit status".
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::runtime {

enum class outcome_kind : std::uint8_t {
  done,                // everything is complete
  quarantined,         // complete, but for items in quarantine
  failed,              // a stage, its workers, or we ourselves
  input_failed,        // an input could not be read
  output_failed,       // an output could not be written
  output_reader_gone,  // the reader of a pipe went away: `troupe run … | head`
  interrupted          // a signal; `signal` says which
};

/// Items that had arrived at workers of a stage and were not finished there.
struct unfinished_items {
  std::string stage;
  std::uint64_t items = 0;
};

struct outcome {
  outcome_kind kind = outcome_kind::done;
  int signal = 0;       // when interrupted
  bool drained = true;  // false: what was in flight was dropped
  std::string message;  // what went wrong; empty when nothing did
  std::vector<std::string> quarantine_folders;
  std::vector<unfinished_items> unfinished;  // when not drained: of stages in worker processes that have some
};

}  // namespace troupe::runtime
