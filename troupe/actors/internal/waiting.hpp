// actors/internal/waiting.hpp - a coroutine of a cell that waits for an answer.
// Threads: belongs to its cell's turns; answered() comes from whoever answers.
#pragma once
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/job.hpp>
#include <troupe/actors/internal/timer_queue.hpp>

#include <atomic>
#include <coroutine>
#include <memory>
#include <utility>

namespace troupe::actors {

/// Two hold it: its cell, and whoever answers, until the cell has been told.
class waiting final : public waker {
 public:
  waiting(cell& owner, std::shared_ptr<answer_state> answer, std::coroutine_handle<> at)
      : where(at), owner_(owner), answer_(std::move(answer)) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() = default;

  /// Begins to wait; false: the answer is there already.
  [[nodiscard]] bool begin();
  /// The answer is there: its deadline is called off.
  void finish() noexcept;
  /// Nobody waits any more, whether the answer comes or not. Destroys the coroutine. The cell still holds this.
  void abandon() noexcept;
  void answered() noexcept override;
  void release() noexcept;
  [[nodiscard]] const std::shared_ptr<answer_state>& what() const noexcept { return answer_; }

  // Of the cell's turn.
  const std::coroutine_handle<> where;
  job work;  // the coroutine, from its suspension on
  bool abandoned = false;
  waiting* previous = nullptr;  // among all that wait
  waiting* next = nullptr;
  waiting* next_answered = nullptr;

 private:
  cell_ref owner_;
  const std::shared_ptr<answer_state> answer_;
  std::atomic<int> holders_ = 1;
  timer_key deadline_;
};

}  // namespace troupe::actors
