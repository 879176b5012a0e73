#include <troupe/sync/internal/futex.hpp>
#include <troupe/sync/semaphore.hpp>

#include <atomic>
#include <mutex>
#include <string>

namespace troupe::sync {

struct semaphore::waiter {
  std::size_t count = 0;
  waiter* before = nullptr;
  waiter* behind = nullptr;
  internal::futex_word served = 0;  // written under the lock
};

permits& permits::operator=(permits&& other) noexcept {
  if (this != &other) {
    give_back();
    of_ = std::exchange(other.of_, nullptr);
    count_ = other.count_;
  }
  return *this;
}

void permits::give_back() noexcept {
  if (of_ != nullptr) std::exchange(of_, nullptr)->give_back(count_);
}

result<> semaphore::can_ever(std::size_t count) const {
  if (count <= total_) return {};
  return fail(errc::invalid_argument, "acquire " + std::to_string(count) +
                                          " permits of a semaphore that has " + std::to_string(total_) +
                                          " in all");
}

result<permits> semaphore::try_acquire(std::size_t count) {
  if (auto possible = can_ever(count); !possible) return tl::unexpected(std::move(possible.error()));
  const std::lock_guard held(lock_);
  if (first_ != nullptr || free_ < count) return fail(errc::busy, "acquire permits");
  free_ -= count;
  return permits(*this, count);
}

result<permits> semaphore::acquire_until(deadline until, std::size_t count) {
  if (auto possible = can_ever(count); !possible) return tl::unexpected(std::move(possible.error()));
  std::unique_lock held(lock_);
  if (first_ == nullptr && free_ >= count) {
    free_ -= count;
    return permits(*this, count);
  }
  waiter mine{count, last_, nullptr, 0};
  (last_ == nullptr ? first_ : last_->behind) = &mine;
  last_ = &mine;
  held.unlock();
  while (mine.served.load(std::memory_order_acquire) == 0)
    if (!internal::futex_wait(mine.served, 0, until)) break;
  held.lock();  // whoever serves us has then done with `mine`
  if (mine.served.load(std::memory_order_relaxed) != 0) return permits(*this, count);
  forget(mine);
  serve();  // fewer may be enough for those behind
  return fail(errc::timed_out, "acquire permits");
}

std::size_t semaphore::available() const noexcept {
  const std::lock_guard held(lock_);
  return free_;
}

void semaphore::give_back(std::size_t count) noexcept {
  const std::lock_guard held(lock_);
  free_ += count;
  serve();
}

void semaphore::serve() noexcept {
  while (first_ != nullptr && first_->count <= free_) {
    waiter& next = *first_;
    free_ -= next.count;
    forget(next);
    next.served.store(1, std::memory_order_release);
    internal::futex_wake(next.served, 1);
  }
}

void semaphore::forget(waiter& whom) noexcept {
  (whom.before == nullptr ? first_ : whom.before->behind) = whom.behind;
  (whom.behind == nullptr ? last_ : whom.behind->before) = whom.before;
}

}  // namespace troupe::sync
