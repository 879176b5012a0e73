#include <troupe/sync/internal/raw_rwlock.hpp>

namespace troupe::sync::internal {

bool raw_rwlock::wait_to_write(deadline until) noexcept {
  writers_waiting_.fetch_add(1);
  bool got = false;
  // Tried once more after the deadline: who was woken and then gave up an open lock would leave others asleep.
  for (bool in_time = true;;) {
    const std::uint32_t round = writers_round_.load();
    got = try_lock();
    if (got || !in_time) break;
    in_time = futex_wait(writers_round_, round, until);
  }
  if (writers_waiting_.fetch_sub(1) == 1 && !got) wake_next();  // readers that stood back for us alone
  return got;
}

bool raw_rwlock::wait_to_read(deadline until) noexcept {
  readers_waiting_.fetch_add(1);
  bool got = false;
  for (bool in_time = true;;) {
    const std::uint32_t round = readers_round_.load();
    got = try_lock_shared();
    if (got || !in_time) break;
    in_time = futex_wait(readers_round_, round, until);
  }
  readers_waiting_.fetch_sub(1);
  return got;
}

void raw_rwlock::wake_next() noexcept {
  if (writers_waiting_.load() != 0) {
    writers_round_.fetch_add(1);
    futex_wake(writers_round_, 1);
  } else if (readers_waiting_.load() != 0) {
    readers_round_.fetch_add(1);
    futex_wake(readers_round_, wake_all);
  }
}

}  // namespace troupe::sync::internal
