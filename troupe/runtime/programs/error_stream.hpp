// runtime/programs/error_stream.hpp - the standard error of external programs: passed on, and its last lines kept.
// Threads: owned by one stage body.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <string>
#include <string_view>

namespace troupe::runtime {

/// One pipe for all programs of a body, one after the other: making one for each would cost more than a short
/// program's own start. What comes through it goes on to this process's standard error at once.
/// Caveat: a process that a program has left behind may still write into it, and is taken for the next program.
class error_stream {
 public:
  /// Errors: exhausted (descriptors).
  [[nodiscard]] static result<error_stream> open();

  /// For the programs.
  [[nodiscard]] int write_end() const noexcept { return write_end_.get(); }
  /// Readable when there is something to pass on; non-blocking.
  [[nodiscard]] int read_end() const noexcept { return read_end_.get(); }

  /// Passes on what is there now, at most about what a pipe holds: a writer that is left may go on for ever.
  void drain();
  /// "\n  stderr: …" for each of the last lines since forget().
  [[nodiscard]] std::string last_lines() const;
  void forget() { kept_.clear(); }

 private:
  error_stream(unique_fd read_end, unique_fd write_end)
      : read_end_(std::move(read_end)), write_end_(std::move(write_end)) {}

  unique_fd read_end_;
  unique_fd write_end_;
  std::string kept_;  // the end of what came
};

}  // namespace troupe::runtime
