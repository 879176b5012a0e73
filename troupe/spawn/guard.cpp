#include <troupe/spawn/guard.hpp>
#include <troupe/spawn/internal/start.hpp>
#include <troupe/spawn/internal/warden.hpp>

#include <poll.h>

#include <csignal>
#include <utility>

namespace troupe::spawn {

guard::guard(std::unique_ptr<internal::warden> what) noexcept : warden_(std::move(what)) {}
guard::~guard() = default;

result<std::unique_ptr<guard>> guard::start() {
  auto begun = internal::warden::start();
  if (!begun) return tl::unexpected(within("start a guard of children", std::move(begun.error())));
  return std::unique_ptr<guard>(new guard(std::move(*begun)));
}

/// There is no loop to be told by: looked at before each child, and one that runs meanwhile has its death signal.
result<> guard::look_at_warden() {
  const std::lock_guard lock(mutex_);
  pollfd ended{warden_->pidfd(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 1 ? warden_->restart() : result<>{};
}

result<child> guard::spawn(command what) {
  const auto attempt = [&what] { return "spawn '" + what.spec().program + "'"; };
  if (what.spec().group == grouping::parents) what.new_session();
  if (what.spec().death_signal == 0) what.death_signal(SIGKILL);
  if (auto guarded = look_at_warden(); !guarded)
    return tl::unexpected(within(attempt(), std::move(guarded.error())));
  auto slot = warden_->take_slot();
  if (!slot) return tl::unexpected(within(attempt(), std::move(slot.error())));
  return internal::start(what.spec(), {}, std::move(*slot), internal::oom_suspicion::none);
}

}  // namespace troupe::spawn
