// runtime/programs/conversation.hpp - writes to a program's standard input and reads from its standard output at once.
// Threads: owned by one stage body.
// Source: poll(2), pipe(7), FIONREAD in ioctl(2).
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/delivery/running_page.hpp>
#include <troupe/runtime/programs/error_stream.hpp>
#include <troupe/spawn/child.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace troupe::runtime {

/// A program that has been started, with our ends of its streams: non-blocking and as wide as the kernel lets us.
struct running_program {
  spawn::child child;
  unique_fd in;
  unique_fd out;

  [[nodiscard]] static running_program of(spawn::child child);
};

/// What a conversation has come to.
enum class talk : std::uint8_t {
  enough,  // the reader has what it wants
  ended    // it has ended, or closed its standard output; what it had printed has been read
};

/// Neither side can hold up the other: both streams, the program's standard error and its end are watched together.
class conversation {
 public:
  /// Told what came from standard output: true when that is enough.
  using reader = std::function<result<bool>(byte_view come)>;
  /// References must outlive it. `waiting` may be null.
  conversation(running_program& with, error_stream& errors, std::atomic<std::uint32_t>* waiting)
      : with_(with), errors_(errors), waiting_(waiting) {}
  /// Called once when a program has read everything and been silent for so long.
  void on_silence(nanoseconds patience, std::function<void()> tell) {
    patience_ = patience;
    on_silence_ = std::move(tell);
  }

  /// Writes `text`, then closes standard input when told to; meanwhile reads until `on_come` has enough, or until
  /// the program ends. A program that does not read everything is no error here. Errors: those of `on_come`.
  [[nodiscard]] result<talk> hold(byte_view text, bool close_after, const reader& on_come);

 private:
  void feed();
  [[nodiscard]] result<bool> read(const reader& on_come, std::size_t* counted);
  void note_patience();

  running_program& with_;
  error_stream& errors_;
  std::atomic<std::uint32_t>* waiting_;
  byte_view left_;  // to be written
  nanoseconds patience_{0};
  std::function<void()> on_silence_;
  deadline silent_until_ = deadline::never();  // since it has read everything
  bool closes_ = false;
};

}  // namespace troupe::runtime
