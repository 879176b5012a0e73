// sync/shared_mutex.hpp - a value that one thread of one process at a time can reach.
// Threads: any, of any process that has it open; a guard stays in the thread that locked.
// Source: pthread_mutexattr_setrobust(3); the face is that of sync/mutex.hpp.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/shared_memory.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/sync/internal/object_in.hpp>
#include <troupe/sync/internal/robust_lock.hpp>
#include <troupe/sync/named_memory.hpp>
#include <troupe/sync/poison.hpp>

#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe::sync {

template <class T>
class shared_mutex;

/// The lock while it is held, and the only way to the value. Dropping it gives the lock back; if an exception
/// that was thrown since unwinds this thread then, the mutex is poisoned, as it is by this process's death.
/// Move-only. Outlived by the shared_mutex it came from.
template <class T>
class [[nodiscard]] shared_mutex_guard {
 public:
  shared_mutex_guard(shared_mutex_guard&& other) noexcept
      : cell_(std::exchange(other.cell_, nullptr)), since_(other.since_) {}
  shared_mutex_guard& operator=(shared_mutex_guard&& other) noexcept {
    if (this != &other) {
      unlock();
      cell_ = std::exchange(other.cell_, nullptr);
      since_ = other.since_;
    }
    return *this;
  }
  ~shared_mutex_guard() { unlock(); }

  [[nodiscard]] T& operator*() const noexcept { return assert(holds()), cell_->value; }
  [[nodiscard]] T* operator->() const noexcept { return assert(holds()), &cell_->value; }
  [[nodiscard]] bool holds() const noexcept { return cell_ != nullptr; }
  void unlock() noexcept {
    if (cell_ == nullptr) return;
    if (since_.has_begun()) cell_->lock.poison();
    std::exchange(cell_, nullptr)->lock.unlock();
  }

 private:
  friend class shared_mutex<T>;
  explicit shared_mutex_guard(typename shared_mutex<T>::cell& of) noexcept : cell_(&of) {}
  typename shared_mutex<T>::cell* cell_;
  unwinding since_;
};

/// This process's handle to a T in shared memory. A process that dies while it holds the lock, by whatever,
/// poisons it, and the next to lock gets it. A thread that locks twice waits for ever.
template <class T>
class shared_mutex {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>,
                "what processes share may not point to what one of them owns");

 public:
  using guard = shared_mutex_guard<T>;

  /// By name: `first` is the value of a new object. `version` is that of T: raise it when T changes and keeps
  /// its size. Errors and who removes the name: named_memory.
  [[nodiscard]] static result<shared_mutex> open(const std::string& name, const T& first = T{},
                                                 std::uint32_t version = 1) {
    int why = 0;
    auto memory = named_memory::open(name, {.size = sizeof(cell), .version = version},
                                     [&](std::span<std::byte> at) { why = begin(at, first); });
    if (!memory) return tl::unexpected(std::move(memory.error()));
    if (why != 0) return fail_errno("begin a mutex in shared memory '" + name + "'", why);
    return shared_mutex(std::move(*memory));
  }

  /// Without a name: pass descriptor() to a child or over a Unix socket, and map() there. A child of fork() may
  /// use this handle. Nothing is left in any file system. Errors: shared_memory::create.
  [[nodiscard]] static result<shared_mutex> create(const T& first = T{}) {
    auto memory = shared_memory::create("troupe.mutex", sizeof(cell));
    if (!memory) return tl::unexpected(std::move(memory.error()));
    if (const int why = begin(memory->memory(), first); why != 0)
      return fail_errno("begin a mutex in shared memory", why);
    return shared_mutex(std::move(*memory));
  }

  /// What create() of the same T has made. Errors: type_mismatch (memory of another size), shared_memory::map.
  [[nodiscard]] static result<shared_mutex> map(unique_fd fd) {
    auto memory = shared_memory::map(std::move(fd), sizeof(cell));
    if (!memory) return tl::unexpected(std::move(memory.error()));
    if (memory->size() != sizeof(cell))
      return fail(errc::type_mismatch, "map a mutex of " + std::to_string(sizeof(cell)) +
                                           " bytes: the memory has " + std::to_string(memory->size()));
    return shared_mutex(std::move(*memory));
  }

  /// Blocks until it holds the lock. Fails with `poisoned`, which holds the guard, or io_failed.
  [[nodiscard]] lock_result<guard> lock() { return locked(cell_->lock.lock()); }
  /// Does not block. Errors: busy; poisoned.
  [[nodiscard]] lock_result<guard> try_lock() { return locked(cell_->lock.try_lock()); }
  /// Errors: timed_out; poisoned. One that is free is locked even when the deadline has passed.
  [[nodiscard]] lock_result<guard> lock_until(deadline until) {
    return locked(cell_->lock.lock_until(until));
  }

  [[nodiscard]] bool is_poisoned() const noexcept { return cell_->lock.is_poisoned(); }
  /// Says that the value is right again. Best while holding the guard with which it was mended.
  void clear_poison() noexcept { cell_->lock.clear_poison(); }
  /// Of a mutex without a name; null of one with a name.
  [[nodiscard]] const unique_fd* descriptor() const noexcept {
    const auto* const memory = std::get_if<shared_memory>(&memory_);
    return memory == nullptr ? nullptr : &memory->descriptor();
  }

 private:
  friend class shared_mutex_guard<T>;
  struct cell {
    internal::robust_lock lock;
    T value;
  };
  static_assert(alignof(cell) <= 64, "memory is aligned to 64 bytes");

  static int begin(std::span<std::byte> at, const T& first) {
    cell& made = internal::make_object_in<cell>(at);
    made.value = first;
    return made.lock.begin();
  }

  template <class Memory>
  explicit shared_mutex(Memory memory) noexcept
      : cell_(&internal::object_in<cell>(memory.memory())), memory_(std::move(memory)) {}

  lock_result<guard> locked(int outcome) {
    if (outcome != 0) [[unlikely]] {
      const errc why = outcome == EBUSY       ? errc::busy
                       : outcome == ETIMEDOUT ? errc::timed_out
                                              : errc::io_failed;
      return tl::unexpected(lock_failure<guard>(
          error{why, "lock a mutex in shared memory", why == errc::io_failed ? outcome : 0}));
    }
    if (cell_->lock.is_poisoned()) [[unlikely]]
      return tl::unexpected(lock_failure<guard>(poisoned<guard>(guard(*cell_))));
    return guard(*cell_);
  }

  cell* cell_;
  std::variant<shared_memory, named_memory> memory_;
};

}  // namespace troupe::sync
