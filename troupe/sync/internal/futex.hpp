// sync/internal/futex.hpp - waiting until another thread or process changes a word.
// Threads: any.
// Source: futex(2), FUTEX_WAIT_BITSET: its deadline is a moment of CLOCK_MONOTONIC, as troupe::deadline is.
#pragma once
#include <troupe/base/clock.hpp>

#include <atomic>
#include <cstdint>

namespace troupe::sync::internal {

using futex_word = std::atomic<std::uint32_t>;
static_assert(sizeof(futex_word) == 4 && futex_word::is_always_lock_free);

enum class futex_scope : std::uint8_t {
  process,  // waiters and wakers are threads of one process: cheaper
  machine,  // the word lies in memory that several processes map
};

inline constexpr std::uint32_t wake_all = 0x7FFF'FFFF;

/// Sleeps while `word` holds `expected`. Returns when woken, when it holds something else, on a signal, or for
/// no reason: callers look again. False: the deadline passed.
bool futex_wait(const futex_word& word, std::uint32_t expected, deadline until,
                futex_scope scope = futex_scope::process) noexcept;

/// Wakes up to `count` of those that sleep on `word`. Nothing is read there, so the word may be gone already.
void futex_wake(const futex_word& word, std::uint32_t count,
                futex_scope scope = futex_scope::process) noexcept;

/// A hint to the processor between two looks at a word.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace troupe::sync::internal
