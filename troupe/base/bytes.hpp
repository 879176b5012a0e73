// base/bytes.hpp - an immutable, shared run of bytes: how payloads travel without being copied.
// Threads: a value; the bytes never change, the owner's count is atomic.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

using byte_view = std::span<const std::byte>;

/// A slice of bytes that keeps its owner alive. Copying and slicing cost one reference count.
class bytes {
 public:
  bytes() noexcept = default;
  /// Adopts whatever owns the memory (a received frame, a mapped page); `view` must stay valid while `owner`
  /// lives.
  bytes(std::shared_ptr<const void> owner, byte_view view) noexcept : owner_(std::move(owner)), view_(view) {}

  [[nodiscard]] static bytes copy_of(byte_view from) {
    auto owner = std::make_shared_for_overwrite<std::byte[]>(from.size());
    if (!from.empty()) std::memcpy(owner.get(), from.data(), from.size());
    const byte_view view(owner.get(), from.size());
    return {std::move(owner), view};
  }
  [[nodiscard]] static bytes adopt(std::vector<std::byte>&& from) {
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(from));
    const byte_view view(*owner);
    return {std::move(owner), view};
  }

  [[nodiscard]] byte_view view() const noexcept { return view_; }
  [[nodiscard]] const std::byte* data() const noexcept { return view_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }
  [[nodiscard]] bool empty() const noexcept { return view_.empty(); }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(view_.data()), view_.size()};
  }
  /// offset + length must lie within size().
  [[nodiscard]] bytes slice(std::size_t offset, std::size_t length) const {
    return {owner_, view_.subspan(offset, length)};
  }

 private:
  std::shared_ptr<const void> owner_;
  byte_view view_;
};

[[nodiscard]] inline byte_view as_bytes_view(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace troupe
