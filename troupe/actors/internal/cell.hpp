// actors/internal/cell.hpp - one actor's life: its mailbox, its turns, its end.
// Threads: senders, timers and executor threads meet here; who may call what is said below.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/core.hpp>
#include <troupe/actors/internal/executor.hpp>
#include <troupe/actors/internal/job.hpp>
#include <troupe/actors/internal/mailbox.hpp>
#include <troupe/actors/internal/node.hpp>

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

/// Whether a cell has, needs or waits for a turn. Only `idle` is ended by a message; a signal ends `blocked`,
/// too.
enum class turn : std::uint8_t {
  idle,     // nothing to do
  ready,    // scheduled, running, or being born
  blocked,  // a coroutine waits for an answer, or messages it sent stand in line: it takes no message
  ended
};

class cell final : public runnable, public waker {
 public:
  cell(std::shared_ptr<core> system, spawn_options options, receives_function takes);
  ~cell() = default;

  /// The cell whose turn (or constructor) the calling thread is in; null for a plain thread.
  [[nodiscard]] static cell* current() noexcept;

  // Any thread.
  void retain() noexcept override { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept override;
  [[nodiscard]] core& system() const noexcept { return *system_; }
  [[nodiscard]] actor_id id() const noexcept { return id_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// "actor 'greeter'", or "actor #7" without a name.
  [[nodiscard]] std::string label() const;
  [[nodiscard]] bool has_ended() const noexcept {
    return turn_.load(std::memory_order_acquire) == turn::ended;
  }
  [[nodiscard]] bool receives(const message_type& type) const noexcept { return receives_(type); }
  [[nodiscard]] mailbox& box() noexcept { return mailbox_; }
  /// Something was put into box().
  void message_came() noexcept;
  /// Puts in what the system promised to deliver; dropped when it has ended or is stopping.
  void post(std::unique_ptr<node> message);
  void stop() noexcept;
  void kill() noexcept;
  /// The answer that its coroutine waits for is there.
  void answered() noexcept override;
  /// One of its messages that stood in line is in.
  void message_admitted() noexcept;

  // Its own turn.
  /// Runs the constructor; the cell is open for business afterwards, or has ended.
  void be_born(maker& by);
  [[nodiscard]] bool run(std::size_t quota) noexcept override;
  [[nodiscard]] bool suspend(std::shared_ptr<answer_state> answer, std::coroutine_handle<> where);
  /// Parks `message` before `receiver`: this cell takes no message until it is in. What mailbox::park
  /// returns.
  [[nodiscard]] outcome park(std::unique_ptr<node>& message, cell& receiver);
  void end(end_reason why) noexcept;

 private:
  friend class core;  // for what its lock guards
  enum signal : std::uint8_t { stop_signal = 1, kill_signal = 2, answer_signal = 4 };

  struct waiting {
    std::shared_ptr<answer_state> answer;
    std::coroutine_handle<> where;
    timer_key deadline;
  };

  void send_signal(signal what) noexcept;
  void wake() noexcept;
  /// What ends a rest, beside stop and kill.
  enum class waits_for : std::uint8_t { message, room_elsewhere, answer };
  [[nodiscard]] bool rest(waits_for what) noexcept;
  void begin_stopping() noexcept;
  void handle_next() noexcept;
  void resume() noexcept;
  void after_job() noexcept;
  void stop_waiting() noexcept;
  void discard_rest() noexcept;
  void note(std::string_view what) noexcept;

  std::shared_ptr<core> system_;
  mailbox mailbox_;
  const receives_function receives_;
  const actor_id id_;
  const std::string name_;
  std::atomic<std::uint32_t> count_ = 1;
  std::atomic<std::uint32_t> parked_ = 0;  // messages of this actor that stand in line elsewhere
  std::atomic<turn> turn_ = turn::ready;
  std::atomic<std::uint8_t> signals_ = 0;

  // Of the turn.
  bool stopping_ = false;
  context self_;
  std::unique_ptr<behaviour> actor_;
  std::unique_ptr<node> current_;  // a run of messages, partly handed out
  job job_;
  std::unique_ptr<waiting> waiting_;

  // Under the lock of core.
  bool registered_ = false;
  cell* previous_ = nullptr;
  cell* next_ = nullptr;
  std::vector<cell_ref> watchers_;
  std::unique_ptr<end_reason> reason_;
};

}  // namespace troupe::actors
