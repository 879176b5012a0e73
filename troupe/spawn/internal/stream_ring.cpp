#include <troupe/spawn/internal/stream_ring.hpp>

#include <algorithm>
#include <cstring>

namespace troupe::spawn::internal {
namespace {

/// Waits until `ready` says so; false when it must not wait or the deadline passed first.
template <class Ready>
bool wait_for(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
              const std::optional<deadline>& until, Ready ready) {
  if (!until) return ready();
  if (!until->is_never()) return changed.wait_until(lock, until->when(), ready);
  changed.wait(lock, ready);
  return true;
}

}  // namespace

stream_ring::stream_ring(std::size_t capacity)
    : memory_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

result<std::optional<std::size_t>> stream_ring::write(byte_view from, std::optional<deadline> until) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return reader_closed_ || size_ < capacity_ || from.empty(); };
  if (!wait_for(has_room_, lock, until, ready)) return std::nullopt;
  if (reader_closed_) return fail(errc::broken_pipe, "write to a byte stream");
  const std::size_t taken = std::min(from.size(), capacity_ - size_);
  put(from.first(taken));
  lock.unlock();
  has_bytes_.notify_one();
  return taken;
}

result<std::optional<std::size_t>> stream_ring::read(std::span<std::byte> into,
                                                     std::optional<deadline> until) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return writer_closed_ || size_ != 0 || into.empty(); };
  if (!wait_for(has_bytes_, lock, until, ready)) return std::nullopt;
  const std::size_t got = std::min(into.size(), size_);
  take(into.first(got));
  lock.unlock();
  has_room_.notify_one();
  return got;
}

/// `from` fits.
void stream_ring::put(byte_view from) noexcept {
  if (from.empty()) return;
  const std::size_t end = first_ < capacity_ - size_ ? first_ + size_ : first_ - (capacity_ - size_);
  const std::size_t before_wrap = std::min(from.size(), capacity_ - end);
  std::memcpy(memory_.get() + end, from.data(), before_wrap);
  if (before_wrap < from.size())
    std::memcpy(memory_.get(), from.data() + before_wrap, from.size() - before_wrap);
  size_ += from.size();
}

/// So many bytes are there.
void stream_ring::take(std::span<std::byte> into) noexcept {
  if (into.empty()) return;
  const std::size_t before_wrap = std::min(into.size(), capacity_ - first_);
  std::memcpy(into.data(), memory_.get() + first_, before_wrap);
  if (before_wrap < into.size())
    std::memcpy(into.data() + before_wrap, memory_.get(), into.size() - before_wrap);
  size_ -= into.size();
  // An empty ring begins at its front again: fewer wraps, and the memory in use stays what is hot.
  first_ = size_ == 0                         ? 0
           : into.size() < capacity_ - first_ ? first_ + into.size()
                                              : into.size() - before_wrap;
}

void stream_ring::close_writer() noexcept {
  {
    const std::lock_guard lock(mutex_);
    writer_closed_ = true;
  }
  has_bytes_.notify_one();
}

void stream_ring::close_reader() noexcept {
  {
    const std::lock_guard lock(mutex_);
    reader_closed_ = true;
    memory_.reset();
  }
  has_room_.notify_one();
}

}  // namespace troupe::spawn::internal
