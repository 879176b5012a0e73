// spawn/lifeline.hpp - the pipes between a parent and a worker, carrying frames; end of file means the other
// is gone.
// Threads: said per class.
// Source: pipe(7); the frame is base/framing.hpp's u32be length and that many bytes.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/framing.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/loop.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace troupe::spawn {

struct lifeline_limits {
  std::size_t frame = default_frame_limit;          // bytes of one frame's payload, both ways
  std::size_t backlog = std::size_t{256} << 20;     // bytes accepted by send() and not yet written
  nanoseconds patience = std::chrono::seconds(10);  // of the parent: between the bytes of one frame
};

struct lifeline_handlers {
  /// The payload; valid during the call only.
  std::function<void(byte_view)> on_frame;
  /// Called once and last: end_of_file (the peer closed or died), broken_pipe (it no longer reads), malformed
  /// (it went in the middle of a frame), too_large (it announced more than limits.frame), timed_out (a frame
  /// has begun and does not go on: what was no frame swallows all that follows), or another I/O error.
  std::function<void(const error&)> on_closed = {};
};

/// The parent's side: never blocks. open(), send() and destruction may happen on any thread; handlers run on
/// the loop's thread. A handler may destroy the lifeline. Caveat: frames that are still buffered at
/// destruction are written as far as the pipe has room, then dropped.
class lifeline {
 public:
  /// Both descriptors are made non-blocking. The loop must outlive the lifeline.
  /// Errors: as set_nonblocking; what fails later reaches on_closed.
  [[nodiscard]] static result<lifeline> open(loop& events, unique_fd read_end, unique_fd write_end,
                                             lifeline_handlers handlers, lifeline_limits limits = {});
  lifeline(lifeline&&) noexcept;
  lifeline& operator=(lifeline&&) noexcept;
  /// No handler runs or starts any more when this returns; waits for a running one unless called from it.
  ~lifeline();

  /// Queues one frame; the loop writes it. Errors: closed, too_large (over limits.frame), full (over
  /// limits.backlog).
  [[nodiscard]] result<> send(byte_view payload);

  /// The peer is dead: hands over what it has said, at most one pipe's worth, and closes, with on_closed. A process that
  /// it has left behind, which holds its end of the pipe, keeps nobody waiting. On the loop's thread.
  void finish();

 private:
  class state;
  explicit lifeline(std::shared_ptr<state> what) noexcept;
  void end() noexcept;
  std::shared_ptr<state> state_;
};

/// The worker's side: two blocking descriptors. One thread reads; any thread sends.
class lifeline_client {
 public:
  lifeline_client(unique_fd read_end, unique_fd write_end, lifeline_limits limits = {});

  /// Waits for the next frame. Errors: end_of_file (the parent is gone), malformed (it went in the
  /// middle of a frame), too_large (it announced more than limits.frame).
  [[nodiscard]] result<bytes> read();
  /// Waits until the pipe has taken the frame. Errors: broken_pipe (the parent is gone), too_large.
  [[nodiscard]] result<> send(byte_view payload);

 private:
  result<> read_more();

  unique_fd read_end_;
  const lifeline_limits limits_;
  frame_splitter splitter_;
  std::deque<bytes> arrived_;
  std::optional<error> lost_;  // the stream is no use any more once what has arrived is read

  std::mutex send_mutex_;
  unique_fd write_end_;   // under send_mutex_
  byte_buffer outgoing_;  // under send_mutex_: reused memory
};

}  // namespace troupe::spawn
