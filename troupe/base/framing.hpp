// base/framing.hpp - cuts a stream of bytes into lines or length-prefixed frames, however the chunks fall.
// Threads: plain values for one thread each.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe {

/// A line without its '\n' (a '\r' before it stays). The text is valid until the callback returns.
struct text_line {
  std::string_view text;
  std::size_t dropped = 0;  // bytes cut off behind `text` because the line was over the limit
  bool terminated = true;   // false: the input ended without '\n'
};

/// Lines of at most `limit` bytes; a longer one is delivered cut, with the number of bytes that were dropped.
/// Lines may end with another byte than '\n'. Memory: at most `limit` bytes; lines that lie within one chunk
/// are not copied. A callback may throw: its line counts as delivered, the rest of the chunk is not read
/// then.
class line_splitter {
 public:
  explicit line_splitter(std::size_t limit = std::size_t{1} << 20, char end = '\n')
      : limit_(limit), end_(end) {}

  /// Calls on_line(const text_line&) for each line that ends in this chunk.
  template <class F>
  void feed(std::string_view chunk, F&& on_line) {
    while (const auto line = next(chunk)) on_line(*line);
  }
  /// The end of the input: delivers the last line if it has no '\n'. The splitter is as new afterwards.
  template <class F>
  void finish(F&& on_line) {
    if (const auto line = last()) on_line(*line);
  }

  /// The same one by one: takes the next line off the front of the chunk; nullopt when none ends in it, which
  /// is kept and empty then. The line is valid until the next call and while the chunk's memory is.
  [[nodiscard]] std::optional<text_line> next(std::string_view& chunk);
  /// The end of the input: the last line if it has no '\n'. The splitter is as new.
  [[nodiscard]] std::optional<text_line> last();
  /// The line that has begun but not ended yet, as far as it is kept.
  [[nodiscard]] text_line unfinished() const noexcept;
  /// Bytes of an unfinished line held back.
  [[nodiscard]] std::size_t held() const noexcept { return unfinished().text.size(); }

 private:
  void keep(std::string_view more);
  text_line deliver(bool terminated) noexcept;
  void forget_delivered() noexcept;

  std::size_t limit_;
  char end_;
  bool delivered_ = false;  // kept_ and dropped_ are of the line that next() or last() returned
  std::size_t dropped_ = 0;
  byte_buffer kept_;
};

/// Bytes in front of a frame: its length as u32, big endian.
inline constexpr std::size_t frame_prefix_size = 4;
inline constexpr std::size_t default_frame_limit = std::size_t{64} << 20;

/// Appends length and payload; the payload is at most 2^32 - 1 bytes.
void append_frame(byte_buffer& out, byte_view payload);

/// Frames of at most `limit` bytes. Memory grows with the bytes that have come, not with the length
/// announced; it stays below the largest frame that came. A callback may throw: its frame counts as
/// delivered, the rest of the chunk is not read then.
class frame_splitter {
 public:
  explicit frame_splitter(std::size_t limit = default_frame_limit) : limit_(limit) {}

  /// Calls on_frame(byte_view) for each frame that ends in this chunk; the view is valid until it returns.
  /// Errors: too_large when a frame announces more than the limit; the stream is lost then, and every later
  /// call says so again.
  template <class F>
  [[nodiscard]] result<> feed(byte_view chunk, F&& on_frame) {
    while (const auto frame = next(chunk)) on_frame(*frame);
    if (over_limit_) return too_large();
    return {};
  }

  /// The same one by one: takes the next frame off the front of the chunk; nullopt when none ends in it,
  /// which is kept and empty then, or when the stream is lost. The frame is valid until the next call and
  /// while the chunk's memory is.
  [[nodiscard]] std::optional<byte_view> next(byte_view& chunk);
  /// The length that was over the limit: the stream is lost.
  [[nodiscard]] std::optional<std::uint32_t> over_limit() const noexcept { return over_limit_; }
  /// The frame that has begun but not ended yet, its prefix included, as far as it has come.
  [[nodiscard]] byte_view unfinished() const noexcept { return delivered_ ? byte_view() : kept_.view(); }
  /// True when no frame is half-read: the input may end here.
  [[nodiscard]] bool at_boundary() const noexcept { return unfinished().empty(); }

 private:
  bool announce(const std::byte* prefix) noexcept;
  bool fill(std::size_t size, byte_view& chunk);
  [[nodiscard]] tl::unexpected<error> too_large() const;

  std::size_t limit_;
  std::uint32_t wanted_ = 0;
  bool delivered_ = false;  // kept_ is the frame that next() returned
  std::optional<std::uint32_t> over_limit_;
  byte_buffer kept_;
};

/// The length that the four bytes at `prefix` announce.
[[nodiscard]] std::uint32_t frame_length(const std::byte* prefix) noexcept;

}  // namespace troupe
