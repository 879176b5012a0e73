#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/cell.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <vector>

namespace troupe::actors {
namespace {

class given_mark final : public waker {
 public:
  void answered() noexcept override {}
};

constexpr std::size_t longest_circle = 32;

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
    if (when == steady::time_point::max()) {
      changed_.wait(lock, [this] { return open_; });
      return true;
    }
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

result<> refuse_in_actor(const char* what) {
  const cell* const me = cell::current();
  if (me == nullptr) return {};
  return fail(errc::unsupported,
              std::string(what) + " inside " + me->label() + " would block its thread: co_await the future");
}

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

void answer_state::note_asker(cell_ref by, cell_ref whom) noexcept {
  by_ = std::move(by);
  whom_ = std::move(whom);
}

/// From question to question, along those who take no message until they have their answer.
void answer_state::name_circle() {
  if (by_ && by_.get()->held_up_by().get() != this) return;  // it goes on meanwhile
  std::vector<const cell*> askers{by_.get()};
  std::vector<std::shared_ptr<answer_state>> others;  // what each asker but the first asks
  const answer_state* last = this;
  for (;;) {
    const cell* const asked = last->whom_.get();
    if (asked == nullptr || askers.size() == longest_circle) return;
    const auto first = std::find(askers.begin(), askers.end(), asked);
    if (first != askers.end()) {
      askers.erase(askers.begin(), first);
      break;
    }
    auto next = asked->held_up_by();
    if (next == nullptr || next->is_claimed()) return;
    askers.push_back(asked);
    last = next.get();
    others.push_back(std::move(next));
  }
  std::string text = ";";
  for (const cell* const each : askers) text += " " + each->label() + " asks";
  text += " " + askers.front()->label();
  remark(text);
  for (const auto& each : others) each->remark(text);
}

/// The first one stays.
void answer_state::remark(const std::string& text) {
  const std::string* none = nullptr;
  auto own = std::make_unique<const std::string>(text);
  if (remark_.compare_exchange_strong(none, own.get(), std::memory_order_acq_rel))
    static_cast<void>(own.release());
}

void answer_state::note_subject(std::string_view what) {
  remark_.store(std::make_unique<const std::string>(" " + std::string(what)).release(),
                std::memory_order_release);
}

void answer_state::expire() noexcept {
  if (is_claimed()) return;
  if (whom_) name_circle();
  std::string text = whom_ ? "ask " + whom_.get()->label() : "wait";
  if (const std::string* remark = remark_.load(std::memory_order_acquire)) text += *remark;
  fail({errc::timed_out, std::move(text)});
}

void answer_state::publish() noexcept {
  waker* const who = watcher_.exchange(given(), std::memory_order_acq_rel);
  if (who != nullptr) who->answered();
}

bool inside_an_actor() noexcept {
  return cell::current() != nullptr;
}

result<bool> wait_outside(answer_state& state, deadline until) {
  if (auto refused = refuse_in_actor("wait()"); !refused) return tl::unexpected(std::move(refused.error()));
  if (state.ready()) return true;
  const auto ends = std::min(state.limit().ends, until.when());
  const bool for_good = state.limit().ends <= until.when();  // patience ends first, and with it the question
  if (core* const system = state.limit().system; system != nullptr && system->runs().is_stepped()) {
    while (!state.ready() && system->runs().help(ends)) {
    }
    if (for_good) state.expire();
    return state.ready();
  }
  gate answer;
  if (!state.watch(answer)) return true;
  if (answer.wait_until(ends)) return true;
  if (for_good)
    state.expire();
  else if (state.unwatch(answer))
    return false;
  answer.wait();  // whoever answers is about to say so
  return true;
}

result<> wait_outside(answer_state& state) {
  if (auto refused = refuse_in_actor("get()"); !refused) return refused;
  if (state.ready()) return {};
  const auto ends = state.limit().ends;
  if (core* const system = state.limit().system; system != nullptr && system->runs().is_stepped()) {
    while (!state.ready() && system->runs().help(ends)) {
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
