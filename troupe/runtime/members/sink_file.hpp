// runtime/members/sink_file.hpp - the descriptor behind a sink, of a file, a program's input, a FIFO or a socket: written
// to completely, or until the run is abandoned.
// Threads: owned by one sink; `abandoned` may be set from any thread.
// Source: poll(2), pipe(7) on PIPE_BUF.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/programs/piped_program.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace troupe::runtime {

/// For messages: "standard output", "'out.txt'", "FIFO 'out'", "socket 'out'", "program 'sort -u'".
[[nodiscard]] std::string shown(const sink_plan& of);

/// Blocks while the reader of a pipe is slow, but never longer than 100 ms after the run was abandoned.
class sink_file {
 public:
  /// "-" is standard output; a file is created or emptied, and locked while it is written. Errors name the
  /// path; busy: another run holds the lock.
  /// A program is started by `programs`, its standard error goes into the log; a socket is connected to. A FIFO is opened
  /// with the first write, which waits for its reader as a slow one is waited for.
  [[nodiscard]] static result<sink_file> open(const sink_plan& to, const std::atomic<bool>& abandoned,
                                              spawn::spawner* programs = nullptr, const logger& log = {});

  /// Errors: broken_pipe (nobody reads any more; of a program the context says how it ended), cancelled (abandoned),
  /// or what the system said; the caller names the file.
  [[nodiscard]] result<> write(byte_view text);
  /// Reports what a quota or a network file system found only now. Waits until a program has ended; handler_failed with
  /// its last lines on standard error when that was no success. A FIFO to which nothing was written is opened now.
  [[nodiscard]] result<> close();

 private:
  sink_file(unique_fd file, bool is_regular, const std::atomic<bool>& abandoned)
      : file_(std::move(file)), is_regular_(is_regular), abandoned_(&abandoned) {}
  static result<sink_file> open_file(const sink_plan& to, const std::atomic<bool>& abandoned);
  static result<sink_file> start(const sink_plan& to, const std::atomic<bool>& abandoned,
                                 spawn::spawner& programs, const logger& log);
  [[nodiscard]] result<> wait_for_reader();
  [[nodiscard]] error broken(error why) const;

  unique_fd file_;
  bool is_regular_;
  const std::atomic<bool>* abandoned_;
  std::string fifo_;  // its path; opened when it is needed
  std::unique_ptr<piped_program> program_;
};

}  // namespace troupe::runtime
