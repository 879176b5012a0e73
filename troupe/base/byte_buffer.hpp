// base/byte_buffer.hpp - where encoders write: a growing run of bytes that is given away without a copy.
// Threads: a value for one thread; what take() returns may go anywhere.
#pragma once
#include <troupe/base/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

namespace troupe {

/// Appends only. Memory is not zero-filled, doubles when it runs out, and is kept by clear(). Pointers and
/// views into it end with the next append, push, extend, reserve, clear or take. Memory that cannot be had:
/// std::bad_alloc.
class byte_buffer {
 public:
  byte_buffer() noexcept = default;
  explicit byte_buffer(std::size_t capacity) { reserve(capacity); }
  byte_buffer(byte_buffer&& other) noexcept
      : memory_(std::move(other.memory_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  byte_buffer(const byte_buffer&) = delete;
  byte_buffer& operator=(const byte_buffer&) = delete;

  void append(byte_view more) {
    if (!more.empty()) std::memcpy(extend(more.size()), more.data(), more.size());
  }
  void push(std::byte one) { *extend(1) = one; }
  /// Grows by n uninitialised bytes and returns where they begin; the caller writes all of them.
  [[nodiscard]] std::byte* extend(std::size_t n) {
    if (n > capacity_ - size_) [[unlikely]]
      grow(n);
    std::byte* const at = memory_.get() + size_;
    size_ += n;
    return at;
  }
  /// Takes back the last n bytes; n is at most size().
  void shorten(std::size_t n) noexcept { size_ -= n; }
  /// Room for `capacity` bytes in all.
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) reallocate(capacity);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const std::byte* data() const noexcept { return memory_.get(); }
  [[nodiscard]] std::byte* data() noexcept { return memory_.get(); }
  [[nodiscard]] byte_view view() const noexcept { return {data(), size_}; }
  void clear() noexcept { size_ = 0; }

  /// Gives the memory away (with what capacity is left over) and is empty again.
  [[nodiscard]] bytes take() {
    const byte_view view(data(), std::exchange(size_, 0));
    capacity_ = 0;
    return {std::move(memory_), view};
  }

 private:
  void grow(std::size_t n) { reallocate(std::max({size_ + n, 2 * capacity_, smallest})); }
  void reallocate(std::size_t capacity) {
    auto larger = std::make_shared_for_overwrite<std::byte[]>(capacity);
    if (size_ != 0) std::memcpy(larger.get(), data(), size_);
    memory_ = std::move(larger);
    capacity_ = capacity;
  }

  static constexpr std::size_t smallest = 64;
  std::shared_ptr<std::byte[]> memory_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace troupe
