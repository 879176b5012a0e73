// base/framing.hpp - cuts a stream of bytes into lines or length-prefixed frames, however the chunks fall.
// Threads: plain values for one thread each.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace troupe {

/// A line without its '\n' (a '\r' before it stays). The text is valid until the callback returns.
struct text_line {
  std::string_view text;
  std::size_t dropped = 0;  // bytes cut off behind `text` because the line was over the limit
  bool terminated = true;   // false: the input ended without '\n'
};

/// Lines of at most `limit` bytes; a longer one is delivered cut, with the number of bytes that were dropped.
/// Memory stays below `limit` plus one line; lines that lie within one chunk are not copied.
class line_splitter {
 public:
  explicit line_splitter(std::size_t limit = std::size_t{1} << 20) : limit_(limit) {}

  /// Calls on_line(const text_line&) for each line that ends in this chunk.
  template <class F>
  void feed(std::string_view chunk, F&& on_line) {
    while (!chunk.empty()) {
      const void* const found = std::memchr(chunk.data(), '\n', chunk.size());
      if (found == nullptr) return keep(chunk);
      const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - chunk.data());
      deliver(chunk.substr(0, length), true, on_line);
      chunk.remove_prefix(length + 1);
    }
  }
  /// The end of the input: delivers the last line if it has no '\n'. The splitter is as new afterwards.
  template <class F>
  void finish(F&& on_line) {
    if (!kept_.empty() || dropped_ != 0) deliver({}, false, on_line);
  }
  /// Bytes of an unfinished line held back.
  [[nodiscard]] std::size_t held() const noexcept { return kept_.size(); }

 private:
  template <class F>
  void deliver(std::string_view end, bool terminated, F&& on_line) {
    if (kept_.empty() && dropped_ == 0) {
      const std::string_view text = end.substr(0, limit_);
      on_line(text_line{text, end.size() - text.size(), terminated});
      return;
    }
    keep(end);
    on_line(text_line{kept_, dropped_, terminated});
    kept_.clear();
    dropped_ = 0;
  }
  void keep(std::string_view more) {
    const std::string_view fits = more.substr(0, limit_ - kept_.size());
    kept_.append(fits);
    dropped_ += more.size() - fits.size();
  }

  std::size_t limit_;
  std::size_t dropped_ = 0;
  std::string kept_;
};

/// Bytes in front of a frame: its length as u32, big endian.
inline constexpr std::size_t frame_prefix_size = 4;
inline constexpr std::size_t default_frame_limit = std::size_t{64} << 20;

/// Appends length and payload; the payload is at most 2^32 - 1 bytes.
inline void append_frame(byte_buffer& out, byte_view payload) {
  std::byte* const at = out.extend(frame_prefix_size + payload.size());
  const auto size = static_cast<std::uint32_t>(payload.size());
  for (unsigned i = 0; i < frame_prefix_size; ++i) at[i] = static_cast<std::byte>(size >> (24 - 8 * i));
  if (!payload.empty()) std::memcpy(at + frame_prefix_size, payload.data(), payload.size());
}

/// Frames of at most `limit` bytes. Memory grows with the bytes that have come, not with the length
/// announced.
class frame_splitter {
 public:
  explicit frame_splitter(std::size_t limit = default_frame_limit) : limit_(limit) {}

  /// Calls on_frame(byte_view) for each frame that ends in this chunk; the view is valid until it returns.
  /// Errors: too_large when a frame announces more than the limit; the stream is lost then, and every later
  /// call says so again.
  template <class F>
  [[nodiscard]] result<> feed(byte_view chunk, F&& on_frame) {
    for (;;) {
      if (lost_ != 0) return too_large();
      if (kept_.empty()) {
        if (chunk.size() < frame_prefix_size) break;
        if (!announce(chunk.data())) continue;
        if (chunk.size() - frame_prefix_size < wanted_) break;
        on_frame(chunk.subspan(frame_prefix_size, wanted_));
        chunk = chunk.subspan(frame_prefix_size + wanted_);
        continue;
      }
      if (!fill(frame_prefix_size, chunk)) return {};
      if (!announce(kept_.data())) continue;
      if (!fill(frame_prefix_size + wanted_, chunk)) return {};
      on_frame(kept_.view().subspan(frame_prefix_size));
      kept_.clear();
    }
    kept_.append(chunk);
    return {};
  }
  /// True when no frame is half-read: the input may end here.
  [[nodiscard]] bool at_boundary() const noexcept { return kept_.empty(); }

 private:
  /// Reads the length; false when it is over the limit.
  bool announce(const std::byte* prefix) {
    wanted_ = 0;
    for (unsigned i = 0; i < frame_prefix_size; ++i)
      wanted_ = wanted_ << 8 | std::to_integer<std::size_t>(prefix[i]);
    if (wanted_ > limit_) lost_ = wanted_;
    return lost_ == 0;
  }
  [[nodiscard]] tl::unexpected<error> too_large() const {
    return fail(errc::too_large, "a frame announces " + std::to_string(lost_) + " bytes, the limit is " +
                                     std::to_string(limit_));
  }
  /// Moves bytes from the chunk until `size` are kept; false when the chunk ends before.
  bool fill(std::size_t size, byte_view& chunk) {
    const std::size_t missing = size - std::min(size, kept_.size());
    const std::size_t more = std::min(missing, chunk.size());
    kept_.append(chunk.first(more));
    chunk = chunk.subspan(more);
    return more == missing;
  }

  std::size_t limit_;
  std::size_t wanted_ = 0;
  std::size_t lost_ = 0;  // the length that was over the limit
  byte_buffer kept_;
};

}  // namespace troupe
