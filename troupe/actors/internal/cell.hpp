// actors/internal/cell.hpp - one actor's life: its mailbox, its turns, its restarts, its end.
// Threads: senders, timers and executor threads meet here; who may call what is said below.
#pragma once
#include <troupe/actors/actor_info.hpp>
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/brief_lock.hpp>
#include <troupe/actors/internal/core.hpp>
#include <troupe/actors/internal/executor.hpp>
#include <troupe/actors/internal/job.hpp>
#include <troupe/actors/internal/mailbox.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/internal/own_thread.hpp>
#include <troupe/actors/internal/relations.hpp>
#include <troupe/actors/internal/waiting.hpp>

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::actors {

class remote_port;

/// Whether a cell has, needs or waits for a turn. Only `idle` is ended by a message; a signal ends `blocked`,
/// too.
enum class turn : std::uint8_t {
  idle,   // nothing to do
  ready,  // scheduled, running, or being born
  blocked,  // a coroutine waits for an answer, messages it sent stand in line, or it is down: it takes no message
  ended
};

/// What a cell is told beside messages; several may be set.
enum signal : std::uint8_t {
  stop_signal = 1,     // end after the queue
  kill_signal = 2,     // end this life now
  final_signal = 4,    // with stop or kill: and live no more
  answer_signal = 8,   // an answer has come
  start_signal = 16,   // live again
  alone_signal = 32,   // the last reference has gone
  leaving_signal = 64  // its own word, to whoever tries to retain it: too late, or come again
};

/// What a cell keeps when it can be started again.
struct upkeep {
  cell_ref supervisor;                // hears of it (child_news); empty for the supervisor at the root
  std::unique_ptr<maker> makes;       // null until it is born, and when it has ended
  bool always = false;                // it is started again even after a stop: its mailbox stays open
  std::shared_ptr<remote_port> port;  // of a stand-in for an actor elsewhere
  std::atomic<std::uint32_t> restarts = 0;
};

[[nodiscard]] std::unique_ptr<upkeep> keep(cell_ref supervisor, bool always);
/// A cell without a supervisor whose maker is told of its end.
[[nodiscard]] cell_ref spawn_kept(const std::shared_ptr<core>& system, spawn_options options,
                                  std::unique_ptr<maker> makes);

/// A cell that stands here for an actor elsewhere.
[[nodiscard]] cell_ref spawn_cell_for(const std::shared_ptr<core>& system, spawn_options options,
                                      std::unique_ptr<maker> makes, std::shared_ptr<remote_port> port);

/// Makes a cell the current one of this thread; a constructor may run inside another actor's turn.
class being {
 public:
  explicit being(cell& who) noexcept;
  being(const being&) = delete;
  being& operator=(const being&) = delete;
  ~being();

 private:
  cell* before_;
};

class cell final : public runnable {
 public:
  cell(std::shared_ptr<core> system, spawn_options options, const actor_class& what,
       std::unique_ptr<upkeep> keeps = nullptr, std::unique_ptr<own_thread> thread = nullptr);
  ~cell() = default;

  /// The cell whose turn (or constructor) the calling thread is in; null for a plain thread.
  [[nodiscard]] static cell* current() noexcept;

  // Any thread.
  void retain() noexcept override { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept override;
  /// False: the last count has gone, it is about to end.
  [[nodiscard]] bool try_retain() noexcept;
  [[nodiscard]] core& system() const noexcept { return *system_; }
  [[nodiscard]] actor_id id() const noexcept { return id_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// "actor 'greeter'", or "actor #7" without a name.
  [[nodiscard]] std::string label() const;
  [[nodiscard]] bool has_ended() const noexcept {
    return turn_.load(std::memory_order_acquire) == turn::ended;
  }
  [[nodiscard]] accepts takes(const message_type& type) const noexcept { return class_.takes(type); }
  [[nodiscard]] mailbox& box() noexcept { return mailbox_; }
  [[nodiscard]] actor_info info() const;
  /// What carries its messages to another process; null for an actor that lives here.
  [[nodiscard]] remote_port* port() const noexcept {
    return upkeep_ == nullptr ? nullptr : upkeep_->port.get();
  }
  /// It has nothing to do, and all that the calling thread has sent before is handled. In this order: who finds the
  /// mailbox empty because its message was taken sees, in turn_, that whoever took it is at work or has rested since.
  [[nodiscard]] bool is_resting() const noexcept {
    return !mailbox_.has_news() && turn_.load(std::memory_order_acquire) == turn::idle;
  }
  [[nodiscard]] bool is_supervised() const noexcept { return upkeep_ != nullptr && upkeep_->supervisor; }
  /// Between two lives.
  [[nodiscard]] bool is_down() const noexcept { return down_.load(std::memory_order_acquire); }
  /// Something was put into box().
  void message_came() noexcept;
  /// Puts in what the system promised to deliver; dropped when it has ended or is stopping.
  void post(std::unique_ptr<node> message);
  /// Its life, or it for good.
  void stop(bool for_good = false) noexcept;
  void kill(bool for_good = false) noexcept;
  /// Another life, when it is down: what was to kill the last one is too late.
  void start() noexcept {
    signals_.fetch_and(static_cast<std::uint8_t>(~kill_signal), std::memory_order_seq_cst);
    send_signal(start_signal);
  }
  /// Of a stand-in: its actor's life is over, which it finds out before all that is in the mailbox.
  void lose_life_elsewhere() noexcept { send_signal(kill_signal); }
  [[nodiscard]] bool is_a(const actor_class& what) const noexcept { return &class_ == &what; }
  /// `what` has its answer. Keeps it.
  void answer_came(waiting& what) noexcept;
  /// One of its messages that stood in line is in.
  void message_admitted() noexcept;
  /// The answer without which it takes no message; null when it does. It may change while you look.
  [[nodiscard]] std::shared_ptr<answer_state> held_up_by() const;
  /// Changes with each life: what belonged to an earlier one is nobody's any more.
  [[nodiscard]] std::uint32_t life() const noexcept { return life_.load(std::memory_order_acquire); }

  // Its own turn.
  /// Runs the constructor; the cell is open for business afterwards, or has ended.
  void be_born(maker& by);
  /// Of a cell that was kept, without a maker until now.
  void be_born_by(std::unique_ptr<maker> makes) {
    upkeep_->makes = std::move(makes);
    be_born(*upkeep_->makes);
  }
  /// It is to be born later; until then whoever ends it for good does it here and now.
  void reserve() noexcept { reserved_.store(true, std::memory_order_release); }
  /// True for the one who may have it born, or end it.
  [[nodiscard]] bool take_reservation() noexcept {
    return reserved_.exchange(false, std::memory_order_acq_rel);
  }
  [[nodiscard]] bool run(std::size_t quota) noexcept override;
  [[nodiscard]] bool suspend(std::shared_ptr<answer_state> answer, std::coroutine_handle<> where);
  /// Parks `message` before `receiver`: this cell takes no message until it is in. What mailbox::park
  /// returns.
  [[nodiscard]] outcome park(std::unique_ptr<node>& message, cell& receiver);
  [[nodiscard]] timer_group& timers() noexcept { return timers_; }
  /// Ends this life when the handler returns, as if it had thrown that; or for good.
  void give_up(end_reason why, bool for_good = false) {
    gives_up_ = std::make_unique<end_reason>(std::move(why));
    for_good_ = for_good_ || for_good;
  }
  /// The same, and it lives no more: mailbox, watchers and supervisor are told.
  void end(end_reason why) noexcept;

  relations related;  // guarded by the lock of core

 private:
  enum class waits_for : std::uint8_t { message, room_elsewhere, answer, start };

  void send_signal(std::uint8_t what) noexcept;
  void wake() noexcept;
  void schedule() noexcept;
  [[nodiscard]] bool rest(waits_for what) noexcept;
  void attend(std::uint8_t signals) noexcept;
  template <class M>
  void show(M message) noexcept;
  void begin_stopping() noexcept;
  void collect_answered() noexcept;
  void drop_answered() noexcept;
  void account() noexcept;
  [[nodiscard]] bool may_take() const noexcept;
  [[nodiscard]] bool has_message();
  [[nodiscard]] bool is_alone() noexcept;
  void handle_next() noexcept;
  void resume_next() noexcept;
  void run_coroutine(job work, std::coroutine_handle<> where) noexcept;
  void be_reborn() noexcept;
  /// Its life is over: down until it is started again, if it may be; else it has ended.
  void lose_life(end_reason why) noexcept;
  void fall(end_reason why) noexcept;
  void clear_life() noexcept;
  void stop_waiting() noexcept;
  void discard_rest() noexcept;
  void tell_supervisor(news what, const end_reason& why);
  void note(std::string_view what) noexcept;

  std::shared_ptr<core> system_;
  mailbox mailbox_;
  const actor_class& class_;
  const actor_id id_;
  const std::string name_;
  const std::unique_ptr<upkeep> upkeep_;
  const std::unique_ptr<own_thread> thread_;  // for an actor that has one
  std::atomic<std::uint32_t> count_ = 1;
  std::atomic<std::uint32_t> parked_ = 0;  // messages of this actor that stand in line elsewhere
  std::atomic<std::uint32_t> life_ = 0;
  std::atomic<turn> turn_ = turn::ready;
  std::atomic<std::uint8_t> signals_ = 0;
  std::atomic<bool> down_ = false;      // between two lives
  std::atomic<bool> reserved_ = false;  // before the first one, with nobody's turn
  mutable brief_lock waits_lock_;
  std::atomic<waiting*> answered_ = nullptr;  // newest first
  std::atomic<std::uint64_t> handled_ = 0;
  std::atomic<std::int64_t> busy_ns_ = 0;

  // Of the turn.
  bool stopping_ = false;
  bool for_good_ = false;
  steady::time_point turn_began_;
  context self_;
  timer_group timers_;  // guarded by the timer queue
  std::unique_ptr<behaviour> actor_;
  std::unique_ptr<node> current_;  // a run of messages, partly handed out
  waiting* waits_ = nullptr;       // all that wait; each with a count; changed under waits_lock_
  waiting* suspended_ = nullptr;   // the one that has just begun to
  waiting* due_first_ = nullptr;   // answered, in order; each with a count, of the one who answered
  waiting* due_last_ = nullptr;
  std::unique_ptr<end_reason> gives_up_;
  std::unique_ptr<end_reason> last_reason_;  // of the life before, while it is down
};

}  // namespace troupe::actors
