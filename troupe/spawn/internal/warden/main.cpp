// warden - outlives its spawner's process just long enough to end what that has left behind: all groups in
// the table, grandchildren included. Embedded in the library and run from memory; started by
// internal/warden.cpp.
#include <troupe/spawn/internal/warden_table.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace troupe::spawn::internal;

constexpr int last_signal = 64;
constexpr int fields_before_start = 19;  // of /proc/PID/stat, between the name's ')' and the start time

/// Whoever ends a whole terminal, session or user's processes must not end us first.
void ignore_all_signals() {
  for (int number = 1; number <= last_signal; ++number) signal(number, SIG_IGN);
}

void wait_for_the_end() {
  pollfd watched[] = {{warden_lifeline_fd, POLLIN, 0}, {warden_pidfd, POLLIN, 0}};
  while (poll(watched, 2, -1) < 0 && errno == EINTR) continue;
}

/// When a process started, in nanoseconds of CLOCK_BOOTTIME, rounded down to a tick; -1: there is no such
/// process.
long long start_of(int id) {
  char text[1024];
  snprintf(text, sizeof text, "/proc/%d/stat", id);
  const int file = open(text, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return -1;
  text[size] = '\0';
  const char* at = strrchr(text, ')');  // the name may hold anything
  for (int field = 0; at != nullptr && field <= fields_before_start; ++field) at = strchr(at + 1, ' ');
  if (at == nullptr) return -1;
  return atoll(at) * (1'000'000'000 / sysconf(_SC_CLK_TCK));
}

/// The number of a group whose processes have all ended may have gone to a stranger. Its leader is younger
/// than the entry then. A group without leader is ours: a number in use, if only by a group, is not given out
/// again.
bool is_a_stranger(int group, long long born_ns) {
  return start_of(group) > born_ns;
}

void end_groups(const warden_entry* entries, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int group = entries[i].group.load(std::memory_order_acquire);
    if (group <= 1) continue;
    if (!is_a_stranger(group, entries[i].born_ns.load(std::memory_order_relaxed))) kill(-group, SIGKILL);
  }
}

}  // namespace

int main() {
  ignore_all_signals();
  prctl(PR_SET_NAME, "troupe-warden");
  struct stat table {};
  if (fstat(warden_table_fd, &table) != 0) return 1;
  const auto size = static_cast<std::size_t>(table.st_size);
  const void* const memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, warden_table_fd, 0);
  if (memory == MAP_FAILED) return 2;
  wait_for_the_end();
  end_groups(static_cast<const warden_entry*>(memory), size / sizeof(warden_entry));
  return 0;
}
