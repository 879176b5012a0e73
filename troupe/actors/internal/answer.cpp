#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/cell.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <string>

namespace troupe::actors {
namespace {

class given_mark final : public waker {
 public:
  void answered() noexcept override {}
};

/// A plain thread that waits for an answer.
class gate final : public waker {
 public:
  void answered() noexcept override {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_one();  // under the lock: the waiting thread destroys the gate when it has it
  }
  bool wait_until(steady::time_point when) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, when, [this] { return open_; });
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace

waker* answer_state::given() noexcept {
  static given_mark mark;
  return &mark;
}

bool answer_state::watch(waker& who) noexcept {
  waker* nobody = nullptr;
  return watcher_.compare_exchange_strong(nobody, &who, std::memory_order_acq_rel);
}

bool answer_state::unwatch(waker& who) noexcept {
  waker* me = &who;
  return watcher_.compare_exchange_strong(me, nullptr, std::memory_order_acq_rel);
}

void answer_state::publish() noexcept {
  waker* const who = watcher_.exchange(given(), std::memory_order_acq_rel);
  if (who != nullptr) who->answered();
}

result<> wait_outside(answer_state& state) {
  if (const cell* const me = cell::current())
    return fail(errc::unsupported,
                "get() inside " + me->label() + " would block its thread: co_await the future");
  if (state.ready()) return {};
  const error late{errc::timed_out, "wait for an answer"};
  const auto ends = state.limit().ends;
  if (executor& runs = state.limit().system->runs(); runs.is_stepped()) {
    while (!state.ready() && runs.help(ends)) {
    }
    state.fail(late);
    return {};
  }
  gate answer;
  if (!state.watch(answer)) return {};
  if (!answer.wait_until(ends)) {
    state.fail(late);
    answer.wait();  // for that failure, or for the answer that came before it
  }
  return {};
}

bool suspend_current(std::shared_ptr<answer_state> state, std::coroutine_handle<> where) {
  return cell::current()->suspend(std::move(state), where);
}

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& what) {
    return what.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace troupe::actors
