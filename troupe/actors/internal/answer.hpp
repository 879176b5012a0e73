// actors/internal/answer.hpp - the place where an answer meets the one who asked.
// Threads: one side answers, one side waits, a timer may fail it: all at once, from any threads.
#pragma once
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::actors {

class core;

/// Whoever waits for an answer and wants to be told.
class waker {
 public:
  virtual void answered() noexcept = 0;

 protected:
  ~waker() = default;
};

/// Who keeps the time of a question and when patience ends. Null: nobody does; it is answered before it is asked, or there
/// is no deadline.
struct patience {
  core* system = nullptr;
  steady::time_point ends;
};

/// An answer that is given once; the first of reply, failure, deadline and cancellation wins.
class answer_state {
 public:
  explicit answer_state(patience limit) noexcept : limit_(limit) {}
  answer_state(const answer_state&) = delete;
  answer_state& operator=(const answer_state&) = delete;
  virtual ~answer_state();

  [[nodiscard]] bool ready() const noexcept { return watcher_.load(std::memory_order_seq_cst) == given(); }
  /// Answered, or about to be: whoever would answer now comes too late.
  [[nodiscard]] bool is_claimed() const noexcept { return claimed_.load(std::memory_order_acquire); }
  /// Its system is alive as long as the answer is not ready.
  [[nodiscard]] const patience& limit() const noexcept { return limit_; }
  /// `who` is told once when the answer comes. False: it is there already, and who is not told.
  [[nodiscard]] bool watch(waker& who) noexcept;
  /// Takes watch() back. False: the answer came first, and who has been or is being told.
  [[nodiscard]] bool unwatch(waker& who) noexcept;
  /// Answers with an error unless there is an answer already (false).
  virtual bool fail(error why) noexcept = 0;

  /// Who asks whom: what a late answer is explained with. Once, before the question is sent. `by` may be empty.
  void note_asker(cell_ref by, cell_ref whom) noexcept;
  /// The same for what is no question to an actor: "for the name 'shop'".
  void note_subject(std::string_view what);
  /// Its deadline has passed. Says so when those who were to answer wait for each other in a circle.
  void expire() noexcept;

 protected:
  [[nodiscard]] bool claim() noexcept { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  void publish() noexcept;

 private:
  /// Stands for "answered" in watcher_.
  [[nodiscard]] static waker* given() noexcept;
  void name_circle();
  void remark(const std::string& text);

  std::atomic<waker*> watcher_ = nullptr;
  std::atomic<bool> claimed_ = false;
  patience limit_;
  cell_ref by_;
  cell_ref whom_;
  std::atomic<const std::string*> remark_ = nullptr;  // owned; set once
};

template <class R>
class answer_of final : public answer_state {
 public:
  using answer_state::answer_state;

  bool set(result<R> value) noexcept {
    if (!claim()) return false;
    value_.emplace(std::move(value));
    publish();
    return true;
  }
  /// set() that leaves `value` alone when it comes too late.
  template <class Value>
  bool give(Value& value) noexcept {
    if (!claim()) return false;
    value_.emplace(std::move(value));
    publish();
    return true;
  }
  bool fail(error why) noexcept override { return set(tl::unexpected<error>(std::move(why))); }
  /// Call once, when ready.
  [[nodiscard]] result<R> take() noexcept { return std::move(*value_); }

 private:
  std::optional<result<R>> value_;
};

/// The answering side. Dropping it unanswered is an answer too: errc::closed.
template <class R>
class answer_to {
 public:
  answer_to() noexcept = default;
  explicit answer_to(std::shared_ptr<answer_of<R>> state) noexcept : state_(std::move(state)) {}
  answer_to(answer_to&&) noexcept = default;
  answer_to& operator=(answer_to&&) = delete;
  ~answer_to() { fail({errc::closed, "the actor that was asked ended before it answered"}); }

  /// False: too late, or nobody had asked.
  bool set(result<R> value) noexcept {
    const auto state = std::exchange(state_, nullptr);
    return state != nullptr && state->set(std::move(value));
  }
  bool fail(error why) noexcept {
    const auto state = std::exchange(state_, nullptr);
    return state != nullptr && state->fail(std::move(why));
  }
  [[nodiscard]] const std::shared_ptr<answer_of<R>>& state() const noexcept { return state_; }
  /// Somebody else will answer.
  [[nodiscard]] std::shared_ptr<answer_of<R>> release() && noexcept { return std::move(state_); }

 private:
  std::shared_ptr<answer_of<R>> state_;
};

/// Blocks a plain thread until `state` is ready or its deadline has failed it; steps a test_system. Refused
/// (an error) inside an actor.
[[nodiscard]] result<> wait_outside(answer_state& state);

/// The same until `until` at the latest; false: it passed first, and the answer is still awaited.
[[nodiscard]] result<bool> wait_outside(answer_state& state, deadline until);

/// True in an actor's turn, where nothing may block.
[[nodiscard]] bool inside_an_actor() noexcept;

/// Makes the current actor's coroutine wait for `state`. False: no need to, it is ready.
[[nodiscard]] bool suspend_current(std::shared_ptr<answer_state> state, std::coroutine_handle<> where);

}  // namespace troupe::actors
