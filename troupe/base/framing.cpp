#include <troupe/base/framing.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace troupe {

namespace {

/// Appends to what will be at most `most` bytes, and takes no more memory than that (byte_buffer alone
/// doubles past it).
void append_within(byte_buffer& to, byte_view more, std::size_t most) {
  if (to.size() + more.size() > most / 2) to.reserve(most);
  to.append(more);
}

}  // namespace

std::optional<text_line> line_splitter::next(std::string_view& chunk) {
  forget_delivered();
  if (chunk.empty()) return std::nullopt;
  const void* const found = std::memchr(chunk.data(), end_, chunk.size());
  if (found == nullptr) {
    keep(chunk);
    chunk.remove_prefix(chunk.size());
    return std::nullopt;
  }
  const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - chunk.data());
  const std::string_view end = chunk.substr(0, length);
  const bool whole = kept_.empty() && dropped_ == 0;
  if (!whole) keep(end);
  chunk.remove_prefix(length + 1);
  if (!whole) return deliver(true);
  const std::string_view text = end.substr(0, limit_);
  return text_line{text, end.size() - text.size(), true};
}

std::optional<text_line> line_splitter::last() {
  forget_delivered();
  if (kept_.empty() && dropped_ == 0) return std::nullopt;
  return deliver(false);
}

text_line line_splitter::unfinished() const noexcept {
  if (delivered_) return {{}, 0, false};
  return {{reinterpret_cast<const char*>(kept_.data()), kept_.size()}, dropped_, false};
}

void line_splitter::keep(std::string_view more) {
  const std::string_view fits = more.substr(0, limit_ - kept_.size());
  append_within(kept_, as_bytes_view(fits), limit_);
  dropped_ += more.size() - fits.size();
}

text_line line_splitter::deliver(bool terminated) noexcept {
  text_line line = unfinished();
  line.terminated = terminated;
  delivered_ = true;
  return line;
}

void line_splitter::forget_delivered() noexcept {
  if (!delivered_) return;
  delivered_ = false;
  dropped_ = 0;
  kept_.clear();
}

void append_frame(byte_buffer& out, byte_view payload) {
  std::byte* const at = out.extend(frame_prefix_size + payload.size());
  const auto size = static_cast<std::uint32_t>(payload.size());
  for (unsigned i = 0; i < frame_prefix_size; ++i) at[i] = static_cast<std::byte>(size >> (24 - 8 * i));
  if (!payload.empty()) std::memcpy(at + frame_prefix_size, payload.data(), payload.size());
}

std::uint32_t frame_length(const std::byte* prefix) noexcept {
  std::uint32_t length = 0;
  for (unsigned i = 0; i < frame_prefix_size; ++i)
    length = length << 8 | std::to_integer<std::uint32_t>(prefix[i]);
  return length;
}

std::optional<byte_view> frame_splitter::next(byte_view& chunk) {
  if (over_limit_) return std::nullopt;
  if (delivered_) {
    delivered_ = false;
    kept_.clear();
  }
  if (kept_.empty() && chunk.size() >= frame_prefix_size) {
    if (!announce(chunk.data())) return std::nullopt;
    if (chunk.size() - frame_prefix_size >= wanted_) {
      const byte_view frame = chunk.subspan(frame_prefix_size, wanted_);
      chunk = chunk.subspan(frame_prefix_size + wanted_);
      return frame;
    }
  }
  if (!fill(frame_prefix_size, chunk) || !announce(kept_.data())) return std::nullopt;
  if (!fill(frame_prefix_size + wanted_, chunk)) return std::nullopt;
  delivered_ = true;
  return kept_.view().subspan(frame_prefix_size);
}

/// Reads the length; false when it is over the limit.
bool frame_splitter::announce(const std::byte* prefix) noexcept {
  wanted_ = frame_length(prefix);
  if (wanted_ > limit_) over_limit_ = wanted_;
  return !over_limit_;
}

/// Moves bytes from the chunk until `size` are kept; false when the chunk ends before.
bool frame_splitter::fill(std::size_t size, byte_view& chunk) {
  const std::size_t missing = size - std::min(size, kept_.size());
  const std::size_t more = std::min(missing, chunk.size());
  append_within(kept_, chunk.first(more), size);
  chunk = chunk.subspan(more);
  return more == missing;
}

tl::unexpected<error> frame_splitter::too_large() const {
  return fail(errc::too_large, "a frame announces " + std::to_string(*over_limit_) + " bytes, the limit is " +
                                   std::to_string(limit_));
}

}  // namespace troupe
