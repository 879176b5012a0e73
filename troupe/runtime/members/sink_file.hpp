// runtime/members/sink_file.hpp - the descriptor behind a sink: written to completely, or until the run is
// abandoned.
// Threads: owned by one sink; `abandoned` may be set from any thread.
// Source: poll(2), pipe(7) on PIPE_BUF.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <atomic>

namespace troupe::runtime {

/// Blocks while the reader of a pipe is slow, but never longer than 100 ms after the run was abandoned.
class sink_file {
 public:
  /// "-" is standard output; a file is created or emptied, and locked while it is written. Errors name the
  /// path; busy: another run holds the lock.
  [[nodiscard]] static result<sink_file> open(const sink_plan& to, const std::atomic<bool>& abandoned);

  /// Errors: broken_pipe (nobody reads any more), cancelled (abandoned), or what the system said; the caller
  /// names the file.
  [[nodiscard]] result<> write(byte_view text);
  /// Reports what a quota or a network file system found only now.
  [[nodiscard]] result<> close();

 private:
  sink_file(unique_fd file, bool is_regular, const std::atomic<bool>& abandoned)
      : file_(std::move(file)), is_regular_(is_regular), abandoned_(&abandoned) {}

  unique_fd file_;
  bool is_regular_;
  const std::atomic<bool>* abandoned_;
};

}  // namespace troupe::runtime
