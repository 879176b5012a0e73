// spawn/internal/gathered_bytes.hpp - bytes of which nobody knows how many will come.
// Threads: a value for one thread.
// Source: realloc(3).
#pragma once
#include <troupe/base/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace troupe::spawn::internal {

/// Grows by realloc, which moves large blocks by their page tables: at a gigabyte a third of the time goes
/// into copying otherwise. Memory that cannot be had: std::bad_alloc.
class gathered_bytes {
 public:
  gathered_bytes() = default;
  gathered_bytes(const gathered_bytes&) = delete;
  gathered_bytes& operator=(const gathered_bytes&) = delete;

  /// At least `wanted` uninitialised bytes behind the last one; commit() says how many were written.
  [[nodiscard]] std::span<std::byte> room(std::size_t wanted) {
    if (capacity_ - size_ < wanted) grow(std::max(size_ + wanted, 2 * capacity_));
    return {memory_.get() + size_, capacity_ - size_};
  }
  void commit(std::size_t written) noexcept { size_ += written; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Gives the memory away, without what it has too much.
  [[nodiscard]] bytes take() {
    if (size_ < capacity_ && size_ > 0) grow(size_);
    const byte_view view(memory_.get(), std::exchange(size_, 0));
    capacity_ = 0;
    return {std::shared_ptr<const void>(std::move(memory_)), view};
  }

 private:
  struct give_back {
    void operator()(std::byte* memory) const noexcept { std::free(memory); }
  };
  void grow(std::size_t capacity) {
    void* const larger = std::realloc(memory_.get(), capacity);
    if (larger == nullptr) throw std::bad_alloc();
    static_cast<void>(memory_.release());
    memory_.reset(static_cast<std::byte*>(larger));
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte, give_back> memory_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace troupe::spawn::internal
