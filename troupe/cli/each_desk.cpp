#include <troupe/cli/each_desk.hpp>

#include <iterator>
#include <utility>

namespace troupe::cli {
namespace {

constexpr std::size_t most_inputs = 256;
/// The reader is woken for many lines at once.
constexpr std::size_t read_on_below = most_inputs / 2;

}  // namespace

bool each_desk::put(std::string input) {
  std::unique_lock lock(mutex_);
  if (inputs_.size() >= most_inputs)
    room_.wait(lock, [this] { return closed_ || inputs_.size() < read_on_below; });
  if (closed_) return false;
  inputs_.push_back(std::move(input));
  come_.notify_one();
  return true;
}

void each_desk::put_all(std::vector<std::string> inputs) {
  const std::lock_guard lock(mutex_);
  inputs_.assign(std::make_move_iterator(inputs.begin()), std::make_move_iterator(inputs.end()));
  no_more_ = true;
  come_.notify_all();
}

void each_desk::no_more() {
  const std::lock_guard lock(mutex_);
  no_more_ = true;
  come_.notify_all();
}

void each_desk::put_again(runtime::command_job job) {
  const std::lock_guard lock(mutex_);
  again_.push_back(std::move(job));
  come_.notify_one();
}

void each_desk::allow(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(allowed_, number) < number) come_.notify_all();
}

void each_desk::close() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  come_.notify_all();
  room_.notify_all();
}

std::optional<each_desk::numbered> each_desk::take(when_none what) {
  std::unique_lock lock(mutex_);
  if (what == when_none::wait)
    come_.wait(lock, [this] { return is_over() || !again_.empty() || has_input(); });
  if (closed_) return std::nullopt;
  if (!again_.empty()) {
    numbered found{again_.front().number, {}, std::move(again_.front())};
    again_.pop_front();
    return found;
  }
  if (!has_input()) return std::nullopt;
  numbered found{++taken_, std::move(inputs_.front()), {}};
  inputs_.pop_front();
  if (inputs_.size() + 1 == read_on_below) room_.notify_one();
  if (no_more_ && inputs_.empty()) come_.notify_all();  // it was the last
  return found;
}

std::uint64_t each_desk::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace troupe::cli
