// spawn/pipes/line_reader.hpp - the lines of a pipe, file or socket, one at a time.
// Threads: one at a time.
// Source: read(2), memchr(3).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/framing.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::spawn {

/// Reads a descriptor in chunks of up to pipe_capacity bytes and cuts them into lines of at most `limit`
/// bytes; a longer one comes cut and says how many bytes were dropped, as from line_splitter. Memory is the
/// buffer, and `limit` bytes more once a line does not fit into it; lines that do are not copied out. Caveat:
/// it reads ahead. What is in its buffer is no longer in the descriptor for others.
class line_reader {
 public:
  static constexpr std::size_t default_limit = std::size_t{1} << 20;

  explicit line_reader(unique_fd fd, std::size_t limit = default_limit);
  /// Reads a descriptor that stays the caller's and must stay open as long as the reader is used.
  [[nodiscard]] static line_reader borrowing(int fd, std::size_t limit = default_limit);

  /// The next line, without its '\n'; nullopt at the end of the stream, and ever after. Its text is valid
  /// until the next call or the reader's end; moving the reader keeps it. Waits on a blocking or a
  /// non-blocking descriptor; a line that is in the buffer comes even when the deadline has passed. Errors:
  ///   timed_out  the deadline passed; what came of the line is kept, the next call goes on with it
  ///   others     as read(2) says; what came is kept too
  [[nodiscard]] result<std::optional<text_line>> next(deadline until = deadline::never());

  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  line_reader(unique_fd owned, int fd, std::size_t limit);
  text_line deliver(std::size_t length, bool terminated);
  void spill(std::size_t length);
  void make_room();
  result<> read_more(deadline until);

  unique_fd owned_;
  int fd_;
  std::size_t limit_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;       // the bytes not delivered yet
  std::size_t searched_ = 0;              // no '\n' between begin_ and here
  std::unique_ptr<std::string> spilled_;  // the beginning of a line longer than the buffer
  std::size_t dropped_ = 0;
  bool was_spilled_ = false;  // the line delivered last is in spilled_
  bool has_ended_ = false;
};

}  // namespace troupe::spawn
