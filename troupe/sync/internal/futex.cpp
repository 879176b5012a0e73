#include <troupe/sync/internal/futex.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>

namespace troupe::sync::internal {
namespace {

/// The address as the kernel wants it: futex_wait promises to change nothing there.
std::uint32_t* address_of(const futex_word& word) noexcept {
  return const_cast<std::uint32_t*>(reinterpret_cast<const std::uint32_t*>(&word));
}

int flags_of(futex_scope scope) noexcept {
  return scope == futex_scope::process ? FUTEX_PRIVATE_FLAG : 0;
}

}  // namespace

bool futex_wait(const futex_word& word, std::uint32_t expected, deadline until, futex_scope scope) noexcept {
  timespec when{};
  const timespec* limit = nullptr;
  if (!until.is_never()) {
    const auto since = until.when().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    if (since.count() < 0) return false;  // futex(2) refuses what lies before the machine's start
    when.tv_sec = static_cast<time_t>(seconds.count());
    when.tv_nsec = static_cast<long>(nanoseconds(since - seconds).count());
    limit = &when;
  }
  const int kept = errno;  // a lock must not change what its caller is about to read
  const bool timed_out = ::syscall(SYS_futex, address_of(word), FUTEX_WAIT_BITSET | flags_of(scope), expected,
                                   limit, nullptr, FUTEX_BITSET_MATCH_ANY) == -1 &&
                         errno == ETIMEDOUT;
  errno = kept;
  return !timed_out;
}

void futex_wake(const futex_word& word, std::uint32_t count, futex_scope scope) noexcept {
  const int kept = errno;
  ::syscall(SYS_futex, address_of(word), FUTEX_WAKE | flags_of(scope), count, nullptr, nullptr, 0);
  errno = kept;
}

}  // namespace troupe::sync::internal
