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

constexpr std::uint8_t longest_chain = 32;

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

answer_state::~answer_state() {
  const std::unique_ptr<const std::string> gone(remark_.load(std::memory_order_acquire));
}

void answer_state::note_asker(cell_ref by, cell_ref whom, std::shared_ptr<answer_state> because) {
  by_ = std::move(by);
  whom_ = std::move(whom);
  // Questions that are asked because of questions without end would keep all of them in memory.
  if (because != nullptr && because->depth_ < longest_chain) {
    depth_ = static_cast<std::uint8_t>(because->depth_ + 1);
    because_ = std::move(because);
  }
  if (by_) name_cycle();
}

/// When whoever is asked waits, question by question, for the one who asks: each of them should be told why no answer
/// comes.
void answer_state::name_cycle() {
  const answer_state* first = this;
  while (first != nullptr && first->by_ != whom_) first = first->because_.get();
  if (first == nullptr) return;
  std::string text = whom_.get()->label();
  for (const answer_state* each = this; each != first; each = each->because_.get())
    text.insert(0, each->by_.get()->label() + " asks ");
  text.insert(0, "; " + whom_.get()->label() + " asks ");
  for (answer_state* each = this;; each = each->because_.get()) {
    const std::string* none = nullptr;
    auto own = std::make_unique<const std::string>(text);
    if (each->remark_.compare_exchange_strong(none, own.get(), std::memory_order_acq_rel))
      static_cast<void>(own.release());
    if (each == first) return;
  }
}

void answer_state::note_subject(std::string_view what) {
  remark_.store(std::make_unique<const std::string>(" " + std::string(what)).release(),
                std::memory_order_release);
}

void answer_state::expire() noexcept {
  if (is_claimed()) return;
  std::string text = whom_ ? "ask " + whom_.get()->label() : "wait";
  if (const std::string* remark = remark_.load(std::memory_order_acquire)) text += *remark;
  fail({errc::timed_out, std::move(text)});
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
  const auto ends = state.limit().ends;
  if (executor& runs = state.limit().system->runs(); runs.is_stepped()) {
    while (!state.ready() && runs.help(ends)) {
    }
    state.expire();
    return {};
  }
  gate answer;
  if (!state.watch(answer)) return {};
  if (!answer.wait_until(ends)) {
    state.expire();
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
