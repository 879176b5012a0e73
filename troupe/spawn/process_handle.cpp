#include <troupe/spawn/internal/process_table.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/process_handle.hpp>
#include <troupe/spawn/signals.hpp>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

namespace troupe::spawn {

result<process_handle> process_handle::open(process_key which) {
  auto pidfd = internal::open_pidfd(which.id);
  if (!pidfd) return tl::unexpected(pidfd.error());
  // Only now: whoever has the number at this point and started when `which` did has had it all the while, so
  // the pidfd is his. Compared first, the number could change hands before the pidfd is opened.
  const auto now =
      internal::process_table::open().and_then([&](auto table) { return table.key_of(which.id); });
  if (!now) return tl::unexpected(within("open process " + std::to_string(which.id), now.error()));
  if (*now != which)
    return fail(errc::not_found, "open process " + std::to_string(which.id) + " that started at tick " +
                                     std::to_string(which.started) +
                                     ": the number is another process's by now");
  return process_handle(which, std::move(*pidfd));
}

result<> process_handle::signal(int number) {
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) != 0)
    return fail_errno("send " + signal_name(number) + " to process " + std::to_string(key_.id));
  return {};
}

bool process_handle::has_ended() const noexcept {
  pollfd watched{pidfd_.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

result<bool> process_handle::wait_until(deadline until) const {
  return wait_ready(pidfd_.get(), readiness::read, until);
}

result<> signal_process(process_key which, int number) {
  auto handle = process_handle::open(which);
  if (!handle) return tl::unexpected(within("send " + signal_name(number), handle.error()));
  return handle->signal(number);
}

}  // namespace troupe::spawn
