// runtime/sources/text_inputs.hpp - what a text source reads: streams, one after the other.
// Threads: the reader's; interrupt() from any.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/spawn/spawner.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime {

class text_inputs {
 public:
  virtual ~text_inputs() = default;
  /// The next stream, open: valid until the next call. nullopt: there is none left. Waits for whoever writes to it at most
  /// until `wake` is readable; nullopt then, too.
  [[nodiscard]] virtual result<std::optional<int>> open_next(int wake) = 0;
  /// The end of the stream has been read. An error: it should not have ended so. Waits as open_next() does.
  [[nodiscard]] virtual result<> ended(int /*wake*/) { return {}; }
  /// Of the stream that is open: what its lines are said to be from.
  [[nodiscard]] virtual std::string name() const = 0;
  /// The same for messages: "'in.txt'", "standard input".
  [[nodiscard]] virtual std::string shown() const { return "'" + name() + "'"; }
  /// Readable once nothing more is written, whoever may still hold the stream open; -1: its end alone says so.
  [[nodiscard]] virtual int end_mark() const { return -1; }
  /// Whether open_next() or ended() may wait.
  [[nodiscard]] virtual bool may_wait() const { return true; }
  /// Nothing more will be read.
  virtual void interrupt() {}
};

/// Files by their paths; "-" is standard input.
[[nodiscard]] std::unique_ptr<text_inputs> inputs_from_files(std::vector<std::string> paths);
/// What a program prints; `by` must outlive it. It is killed by interrupt().
[[nodiscard]] std::unique_ptr<text_inputs> inputs_from_program(const config::command_source& from,
                                                               spawn::spawner& by, logger log);
/// A named pipe, which must be there. It ends when all who wrote have gone, and only after somebody came.
[[nodiscard]] result<std::unique_ptr<text_inputs>> inputs_from_fifo(const config::fifo_source& from);
/// Connections to a socket, which listens from now on. A socket file that nobody listens on any more is replaced. Ends
/// with the first moment, after one connection, in which no other waits.
[[nodiscard]] result<std::unique_ptr<text_inputs>> inputs_from_socket(const config::unix_source& from);

}  // namespace troupe::runtime
