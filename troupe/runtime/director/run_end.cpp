#include <troupe/runtime/director/run_end.hpp>

#include <utility>

namespace troupe::runtime {

void final_word::say(outcome how) {
  const std::lock_guard lock(mutex_);
  if (!how_) how_ = std::move(how);
  said_.notify_all();
}

std::optional<outcome> final_word::wait(deadline until) {
  std::unique_lock lock(mutex_);
  const auto there = [this] { return how_.has_value(); };
  if (until.is_never())
    said_.wait(lock, there);
  else
    said_.wait_until(lock, until.when(), there);
  return how_;
}

stop_requests::answer stop_requests::ask(int signal) {
  const std::lock_guard lock(mutex_);
  const bool before = std::exchange(last_, signal) != 0;
  if (heard_) return before ? answer::again : answer::first;
  return before ? answer::leave : answer::later;
}

int stop_requests::begin_to_hear() {
  const std::lock_guard lock(mutex_);
  heard_ = true;
  return last_;
}

bool stop_requests::hears() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

int stop_requests::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace troupe::runtime
