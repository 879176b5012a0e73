#include <troupe/base/text.hpp>
#include <troupe/spawn/internal/memory_fence.hpp>
#include <troupe/spawn/internal/small_file.hpp>
#include <troupe/spawn/machine.hpp>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace troupe::spawn {
namespace {

constexpr unsigned cap_sys_admin = 21;  // linux/capability.h
constexpr unsigned cap_sys_resource = 24;

/// What `attempt` leaves in errno on a thread that ends with it: niceness and processors are a thread's own in Linux.
template <class Attempt>
int errno_of(Attempt attempt) {
  int why = 0;
  try {
    std::thread([&] { why = attempt() == 0 ? 0 : errno; }).join();
  } catch (const std::system_error& no_thread) {
    return no_thread.code().value();
  }
  return why;
}

bool has_capability(unsigned which) {
  const auto status = internal::read_text("/proc/self/status").value_or("");
  constexpr std::string_view key = "CapEff:\t";
  const auto at = status.find(key);
  std::uint64_t mask = 0;
  if (at == std::string::npos) return false;
  std::from_chars(status.data() + at + key.size(), status.data() + status.size(), mask, 16);
  return (mask >> which & 1U) != 0;
}

/// Whether hard limits do not hold us.
bool may_raise_limits() {
  return has_capability(cap_sys_resource);
}

/// Whether RLIMIT_NPROC does: copy_process() in the kernel's fork.c. Root of a container with users of its own is as any user.
bool is_held_by_nproc() {
  const auto map = internal::read_text("/proc/self/uid_map").value_or("");
  std::istringstream users(map);
  std::uint64_t inside = 1, outside = 1, count = 0;
  const bool of_machine =
      users >> inside >> outside >> count && inside == 0 && outside == 0 && count == 0xffff'ffff;
  if (!of_machine) return true;
  return ::getuid() != 0 && !has_capability(cap_sys_resource) && !has_capability(cap_sys_admin);
}

std::uint64_t hard_limit(__rlimit_resource what) {
  rlimit now{};
  return ::getrlimit(what, &now) == 0 ? now.rlim_max : RLIM_INFINITY;
}

}  // namespace

result<> may_set_nice(int value) {
  const int why = errno_of([value] { return ::setpriority(PRIO_PROCESS, 0, value); });
  if (why == 0) return {};
  errno = 0;
  const int own = ::getpriority(PRIO_PROCESS, 0);
  return fail(errc_of_errno(why),
              "a niceness of " + std::to_string(value) + ": ours is " + std::to_string(own) +
                  ", and without the privilege CAP_SYS_NICE it can only be raised",
              why);
}

result<> may_run_on(unsigned cpu) {
  // As many bits as the largest kernel has: cpu_set_t ends at 1024.
  constexpr unsigned bits = 8 * sizeof(unsigned long);
  std::array<unsigned long, 8192 / bits> mask{};
  if (cpu / bits >= mask.size())
    return fail(errc::unsupported, "processor " + std::to_string(cpu) + ": no kernel numbers so many");
  mask[cpu / bits] = 1UL << cpu % bits;
  const int why = errno_of(
      [&] { return ::sched_setaffinity(0, sizeof mask, reinterpret_cast<const cpu_set_t*>(mask.data())); });
  if (why == 0) return {};
  const long there = ::sysconf(_SC_NPROCESSORS_CONF);
  return fail(why == EINVAL ? errc::unsupported : errc_of_errno(why),
              "processor " + std::to_string(cpu) +
                  (static_cast<long>(cpu) < there
                       ? ": it is switched off, or not among those that this process may use"
                       : ": this machine has " + std::to_string(there) + ", numbered from 0"),
              why == EINVAL ? 0 : why);
}

result<> may_open_files(std::uint64_t count) {
  std::uint64_t most = RLIM_INFINITY;
  const auto text = internal::read_text("/proc/sys/fs/nr_open").value_or("");
  std::from_chars(text.data(), text.data() + text.size(), most);
  if (count > most)
    return fail(errc::permission_denied, std::to_string(count) +
                                             " open files: this kernel gives no process more than " +
                                             std::to_string(most) + " (fs.nr_open)");
  if (const auto hard = hard_limit(RLIMIT_NOFILE); count > hard && !may_raise_limits())
    return fail(errc::permission_denied, std::to_string(count) + " open files: our own hard limit is " +
                                             std::to_string(hard) + " (ulimit -Hn)");
  return {};
}

result<> may_have_address_space(std::size_t bytes) {
  if (const auto hard = hard_limit(RLIMIT_AS); bytes > hard && !may_raise_limits())
    return fail(errc::permission_denied, format_bytes(bytes) + " of address space: our own hard limit is " +
                                             format_bytes(hard) + " (ulimit -Hv)");
  return {};
}

result<> may_limit_processes(std::uint64_t count) {
  if (!is_held_by_nproc())
    return fail(errc::unsupported,
                std::to_string(count) +
                    " processes: RLIMIT_NPROC does not hold for root, which this process is or "
                    "is as good as; tasks_max limits those of each child");
  if (const auto hard = hard_limit(RLIMIT_NPROC); count > hard && !may_raise_limits())
    return fail(errc::permission_denied, std::to_string(count) + " processes: our own hard limit is " +
                                             std::to_string(hard) + " (ulimit -Hu)");
  return {};
}

result<> may_limit_tasks(std::uint64_t count, std::optional<std::size_t> memory_max) {
  auto fence = memory_max ? internal::memory_fence(*memory_max) : internal::memory_fence();
  if (fence.limit_tasks(count)) return {};
  if (!is_held_by_nproc())
    return fail(
        errc::unsupported,
        std::to_string(count) + " tasks: this process can make no control group for it (cgroup \"pids\")" +
            (memory_max && internal::memory_fence().limit_tasks(count)
                 ? ", though it could without memory_max: the group that limits memory cannot limit tasks"
                 : "") +
            ", and RLIMIT_NPROC, which would stand in, does not hold for root");
  if (const auto hard = hard_limit(RLIMIT_NPROC); count > hard && !may_raise_limits())
    return fail(errc::permission_denied, std::to_string(count) + " tasks: our own hard limit is " +
                                             std::to_string(hard) + " (ulimit -Hu)");
  return {};
}

}  // namespace troupe::spawn
