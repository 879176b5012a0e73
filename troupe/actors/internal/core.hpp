// actors/internal/core.hpp - what all actors of one system share: executor, timers, the register of the
// living.
// Threads: any. Its cells keep it alive; its threads end with the actor_system.
#pragma once
#include <troupe/actors/actor_info.hpp>
#include <troupe/actors/internal/blocking_pool.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/executor.hpp>
#include <troupe/actors/internal/names.hpp>
#include <troupe/actors/internal/own_thread.hpp>
#include <troupe/actors/internal/timer_queue.hpp>
#include <troupe/actors/internal/topics.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/spawn_options.hpp>
#include <troupe/base/log.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {
class actor_system;
}

namespace troupe::actors {

class mailbox;

using lost = dead_letter_cause;

/// Sees what every actor does; for test_system.
class observer {
 public:
  virtual void took(const cell& who, std::string_view what) = 0;

 protected:
  ~observer() = default;
};

class core {
 public:
  core(std::unique_ptr<executor> runs, std::size_t blocking_threads, logger log = {});
  core(const core&) = delete;
  core& operator=(const core&) = delete;
  ~core();

  [[nodiscard]] executor& runs() noexcept { return *runs_; }
  [[nodiscard]] timer_queue& timers() noexcept { return *timers_; }
  [[nodiscard]] std::weak_ptr<timer_queue> timers_for_handles() const noexcept { return timers_; }
  [[nodiscard]] steady::time_point after(nanoseconds delay) const noexcept;
  [[nodiscard]] names& known() noexcept { return names_; }
  [[nodiscard]] topics& published() noexcept { return topics_; }
  [[nodiscard]] thread_register& threads() noexcept { return threads_; }
  /// For an actor that wants one of its own; null for others. Errors: exhausted.
  [[nodiscard]] result<std::unique_ptr<own_thread>> thread_for(const spawn_options& options);
  [[nodiscard]] blocking_pool& blocking() noexcept { return blocking_; }
  [[nodiscard]] const logger& log() const noexcept { return log_; }
  /// Set before the first actor is spawned.
  observer* sees = nullptr;
  actor_system* facade = nullptr;

  void count(lost how, std::size_t messages) noexcept;
  [[nodiscard]] dead_letter_counts dead_letters() const noexcept;

  [[nodiscard]] actor_id next_id() noexcept { return {last_id_.fetch_add(1, std::memory_order_relaxed) + 1}; }
  /// Into the register of the living. False: the system is closing.
  [[nodiscard]] bool enter(cell& who);
  /// Out of it; makes its end known: to monitors, and to those that wait. Its names are free.
  void leave(cell& who, const end_reason& why);
  void monitor(cell& watcher, cell& watched);
  /// Whoever of the two is killed or fails takes the other with it; at once when one has ended like that.
  void link(cell& one, cell& other);
  void unlink(cell& one, cell& other) noexcept;
  /// This life is over: so are its links; linked actors are killed unless it ended well.
  void break_links(cell& who, const end_reason& why);
  /// Why a kill came: from a linked actor, or from somebody.
  [[nodiscard]] end_reason why_killed(cell& who);

  void subscribe(const message_type& topic, cell& who);
  void unsubscribe(const message_type& topic, cell& who);
  void leave_topics(cell& who);
  [[nodiscard]] result<> name(std::string name, cell& who);

  /// A message of `sender` is about to stand in line before the full mailbox of `receiver`. True: the sender waits
  /// until it is in (end_parking). False: it must not wait, because the receiver waits for room with the sender,
  /// directly or through others, and all of them would wait for ever.
  [[nodiscard]] bool begin_parking(cell& sender, cell& receiver);
  void end_parking(cell& sender, const mailbox& into) noexcept;

  [[nodiscard]] std::vector<actor_info> all() const;
  [[nodiscard]] std::size_t living() const noexcept { return living_.load(std::memory_order_acquire); }

  /// Blocks (or steps) until `is_so`, which is looked at under the lock. False: the deadline passed.
  bool wait_until(deadline until, const std::function<bool()>& is_so);
  [[nodiscard]] bool has_reason(const cell& who) const noexcept;
  [[nodiscard]] end_reason reason_of(const cell& who) const;

  /// "actor 'a', actor #7 and 3 more": some that are living.
  [[nodiscard]] std::string some_names() const;

  result<> shut_down(nanoseconds patience);
  /// Ends the threads; only when nobody is living.
  void close() noexcept;

 private:
  enum class command : std::uint8_t { stop, kill };
  void tell_all(command what);
  void let_go(cell& who, const cell& stand_in, std::vector<cell_ref>& held);
  [[nodiscard]] std::vector<cell_ref> living_cells() const;

  const logger log_;
  std::unique_ptr<executor> runs_;
  std::shared_ptr<timer_queue> timers_ = std::make_shared<timer_queue>();
  names names_;
  topics topics_;
  thread_register threads_;
  blocking_pool blocking_;
  std::array<std::atomic<std::uint64_t>, 6> lost_{};
  std::atomic<std::uint64_t> last_id_ = 0;
  std::atomic<std::size_t> living_ = 0;

  mutable std::mutex mutex_;  // the register, and the relations of every cell
  std::condition_variable someone_ended_;
  std::size_t waiting_ = 0;
  bool closing_ = false;
  cell* first_ = nullptr;
};

}  // namespace troupe::actors
