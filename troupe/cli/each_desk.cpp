#include <troupe/cli/each_desk.hpp>

#include <algorithm>

namespace troupe::cli {
namespace {

constexpr std::size_t inputs_ahead = 64;

}  // namespace

bool each_desk::put(std::string input) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || inputs_.size() < inputs_ahead; });
  if (closed_) return false;
  inputs_.push_back(std::move(input));
  changed_.notify_all();
  return true;
}

void each_desk::no_more(result<> how) {
  const std::lock_guard lock(mutex_);
  input_ = std::move(how);
  no_more_ = true;
  changed_.notify_all();
}

void each_desk::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void each_desk::answered(std::uint64_t tag, runtime::job_answer answer) noexcept {
  const std::lock_guard lock(mutex_);
  answers_.emplace_back(tag, std::move(answer));
  changed_.notify_all();
}

each_desk::news each_desk::take(std::size_t inputs, deadline until) {
  std::unique_lock lock(mutex_);
  const auto there = [&] { return !answers_.empty() || (inputs > 0 && (!inputs_.empty() || no_more_)); };
  if (until.is_never())
    changed_.wait(lock, there);
  else
    changed_.wait_until(lock, until.when(), there);
  news all;
  for (auto n = std::min(inputs, inputs_.size()); n > 0; --n) {
    all.inputs.push_back(std::move(inputs_.front()));
    inputs_.pop_front();
  }
  all.answers.swap(answers_);
  all.input = input_;
  all.no_more_inputs = no_more_ && inputs_.empty();
  changed_.notify_all();  // there is room for inputs
  return all;
}

}  // namespace troupe::cli
