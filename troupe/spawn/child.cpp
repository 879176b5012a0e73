#include <troupe/spawn/child.hpp>
#include <troupe/spawn/internal/process.hpp>

#include <poll.h>

#include <cassert>

namespace troupe::spawn {

using patience = internal::process::patience;

child::child(std::shared_ptr<internal::process> what, unique_fd in, unique_fd out, unique_fd err) noexcept
    : process_(std::move(what)), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}

child::child(child&&) noexcept = default;

child& child::operator=(child&& other) noexcept {
  if (this == &other) return *this;
  end();
  process_ = std::move(other.process_);
  in_ = std::move(other.in_);
  out_ = std::move(other.out_);
  err_ = std::move(other.err_);
  return *this;
}

child::~child() {
  end();
}

void child::end() noexcept {
  if (process_ == nullptr || process_->has_ended()) return;
  process_->kill_group();
  [[maybe_unused]] const auto report = process_->reap(patience::unlimited);
  process_.reset();
}

pid_t child::id() const noexcept {
  return process_->id();
}
int child::pidfd() const noexcept {
  return process_->pidfd();
}
bool child::has_ended() const noexcept {
  return process_->has_ended();
}

exit_report child::wait() {
  in_.reset();
  return *process_->reap(patience::unlimited);
}

std::optional<exit_report> child::try_wait() {
  return process_->reap(patience::none);
}

std::optional<exit_report> child::wait_until(deadline until) {
  pollfd ended{process_->pidfd(), POLLIN, 0};
  // A signal or an early wake-up only leads to another look at the clock.
  while (::poll(&ended, 1, until.poll_ms()) <= 0)
    if (until.passed()) return try_wait();
  return process_->reap(
      patience::unlimited);  // a tracer may hold the zombie for a moment: not patience::none
}

result<> child::signal(int number) {
  return process_->signal(number);
}
void child::kill() noexcept {
  process_->kill();
}
void child::kill_group() noexcept {
  process_->kill_group();
}

void child::detach() noexcept {
  process_.reset();
}

}  // namespace troupe::spawn
