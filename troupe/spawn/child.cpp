#include <troupe/spawn/child.hpp>
#include <troupe/spawn/internal/communicate.hpp>
#include <troupe/spawn/internal/process.hpp>

#include <string>

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
  if (process_ == nullptr || process_->has_ended() || process_->is_somebody_elses()) return;
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

memory_guard child::memory() const noexcept {
  return process_->guard();
}

exit_report child::wait() {
  in_.reset();
  if (process_->guard() == memory_guard::watched) static_cast<void>(process_->await_end(deadline::never()));
  return *process_->reap(patience::unlimited);
}

std::optional<exit_report> child::try_wait() {
  process_->look_at_memory();
  return process_->reap(patience::none);
}

std::optional<exit_report> child::wait_until(deadline until) {
  if (!process_->await_end(until)) return try_wait();
  // A tracer may hold the zombie for a moment: not patience::none.
  return process_->reap(patience::unlimited);
}

exit_report child::stop(int number, nanoseconds grace) {
  in_.reset();
  // It may have ended by itself: then the signal finds nobody, and the wait its report.
  static_cast<void>(signal(number));
  if (auto report = wait_until(deadline::after(grace))) return *report;
  kill_group();
  return wait();
}

result<output> child::wait_with_output(const output_options& options) {
  if (!options.input.empty() && !in_)
    return fail(errc::invalid_argument,
                "feed process " + std::to_string(id()) + ": its stdin is not a pipe, or its end was taken");
  return internal::communicate(*process_, std::move(in_), std::move(out_), std::move(err_), options);
}

void child::look_at_memory() {
  process_->look_at_memory();
}

result<> child::signal(int number) {
  return process_->signal(number);
}
result<> child::signal_group(int number) {
  return process_->signal_group(number);
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
