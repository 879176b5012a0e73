// runtime/programs/piped_program.hpp - a program at an end of a pipeline: items come from what it prints, or go into
// what it reads.
// Threads: owned by one; kill() from any.
// Source: docs/config.md, "Sources" and "Sinks".
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/spawner.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe::runtime {

/// Which of its streams is ours. A program that prints reads /dev/null; one that reads prints where we do.
enum class joined_by : std::uint8_t { its_stdin, its_stdout };

/// A child of the spawner, in a session of its own. What it writes to standard error goes into the log, line by line.
/// Caveat: destroying it kills what still runs, with its group.
class piped_program {
 public:
  /// `by` must outlive no more than this call. Errors: those of spawn::command::spawn(), with the command.
  [[nodiscard]] static result<piped_program> start(spawn::spawner& by, std::vector<std::string> argv,
                                                   std::vector<int> success, joined_by side, logger log);
  ~piped_program();
  piped_program(piped_program&&) noexcept = default;
  piped_program& operator=(piped_program&&) = delete;

  /// Our end of the stream; it is the caller's.
  [[nodiscard]] unique_fd take_stream() noexcept;
  /// Readable once it has ended and all that it wrote to standard error has been read.
  [[nodiscard]] int end_mark() const noexcept;
  /// False: it still runs when the deadline has passed.
  [[nodiscard]] bool wait_for_end(deadline until) const;
  /// How it ended, which it has: handler_failed, with its last lines on standard error, where that is no success.
  [[nodiscard]] result<> verdict() const;
  /// For messages: "'gzip -9'", and when it has ended how: "'head -1' (exited with code 0)".
  [[nodiscard]] std::string shown() const;
  /// "it exited with code 0", once it has.
  [[nodiscard]] std::string how_it_ended() const;
  /// Its whole group. Does not wait.
  void kill() const noexcept;

 private:
  struct ending;
  piped_program(std::vector<std::string> argv, std::vector<int> success, std::shared_ptr<ending> end,
                spawn::supervised_child child);

  std::vector<std::string> argv_;
  std::vector<int> success_;
  std::shared_ptr<ending> end_;  // the spawner's thread writes into it
  spawn::supervised_child child_;
};

}  // namespace troupe::runtime
