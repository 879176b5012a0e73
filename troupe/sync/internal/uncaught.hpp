// sync/internal/uncaught.hpp - std::uncaught_exceptions() of this thread, for the price of two loads.
// Threads: any, each about itself.
// Source: Itanium C++ ABI, 2.2.2: __cxa_eh_globals; libstdc++ and libc++ hold to it.
#pragma once

namespace troupe::sync::internal {

/// Where the runtime of exceptions counts for this thread; null until it was asked.
extern constinit thread_local const unsigned* uncaught_of_thread;

/// Asks it.
const unsigned* find_uncaught() noexcept;

/// A lock asks twice for each time it is held; through the library that would cost a fifth of that time.
[[nodiscard]] inline unsigned uncaught_exceptions() noexcept {
  const unsigned* count = uncaught_of_thread;
  if (count == nullptr) [[unlikely]]
    count = find_uncaught();
  return *count;
}

}  // namespace troupe::sync::internal
