// spawn/loop.hpp - one epoll loop: descriptors, child exits, signals, timers and functions posted from
// elsewhere.
// Threads: run() belongs to one thread; post(), stop() and on_loop_thread() may be called from any; all else
// from the loop's thread, or by anybody while the loop does not run.
// Source: epoll(7), eventfd(2), signalfd(2).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/signals.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::spawn {

enum class watch_id : std::uint64_t {};
enum class timer_id : std::uint64_t {};

/// Wakes a loop from where nothing else may be done: from any thread, and from a signal handler. Copies name
/// the same one; all stay safe to use after the loop's end.
class waker {
 public:
  /// Async-signal-safe: one write(2); errno is kept. Several that come before the loop has looked count as
  /// one.
  void wake() const noexcept;

 private:
  friend class loop;
  explicit waker(std::shared_ptr<const unique_fd> event) noexcept : event_(std::move(event)) {}
  std::shared_ptr<const unique_fd> event_;
};

/// Calls back on the thread in run(). Callbacks must not throw and should not block: all others wait
/// meanwhile. A callback may unwatch, cancel and destroy anything, itself included: what has been unwatched
/// is not called again, not even when its event had already been fetched. Watching is level-triggered.
class loop {
 public:
  using callback = std::function<void()>;

  /// Errors: exhausted (descriptors).
  [[nodiscard]] static result<std::unique_ptr<loop>> create();
  /// Must not run any more. Callbacks that were not called are dropped.
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Called whenever `fd` can be read without waiting, end of file and errors included. One reader and one
  /// writer per descriptor. The descriptor must stay open until unwatched. Errors: already_exists (watched
  /// already), unsupported (a regular file or directory is always ready), exhausted, invalid_argument (not
  /// open).
  [[nodiscard]] result<watch_id> watch_readable(int fd, callback on_ready);
  /// Called whenever `fd` can be written without waiting, or its reader has gone. Errors as above.
  [[nodiscard]] result<watch_id> watch_writable(int fd, callback on_ready);
  /// Called once, when the process behind `pidfd` has ended; it has not been reaped by that. Errors as above.
  [[nodiscard]] result<watch_id> watch_exit(int pidfd, callback on_exit);
  /// Called with the number of each signal that arrives. The signals must be blocked in every thread: see
  /// block_signals. Several of one number that arrive together count as one; every watch of one loop that
  /// names it is called, in their order, but of two loops only one. Errors: invalid_argument, exhausted.
  [[nodiscard]] result<watch_id> watch_signals(std::initializer_list<int> signals,
                                               std::function<void(int)> on_signal);
  /// Called after each wake(), at least once for all that came since the last call. The waker outlives
  /// unwatch(), and then does nothing. Errors: exhausted (descriptors).
  [[nodiscard]] result<std::pair<watch_id, waker>> watch_wakes(callback on_wake);
  /// No effect when it is gone already.
  void unwatch(watch_id what);

  /// Once, `delay` from now or as soon as the loop comes to it; resolution 1 ms, never early.
  timer_id after(nanoseconds delay, callback on_time);
  /// Every `period` (at least 1 ms); beats that were missed are skipped, not made up for.
  timer_id every(nanoseconds period, callback on_time);
  /// No effect when it is gone already.
  void cancel(timer_id what);

  /// Any thread, but not in a signal handler (see watch_wakes): `what` is called on the loop's thread, in
  /// order of posting. Dropped when the loop ends first.
  void post(callback what);
  /// Runs until stop(); returns at once when stop() was called before. May be called again afterwards.
  void run();
  /// Any thread: run() returns after the callback that is running now.
  void stop();
  [[nodiscard]] bool on_loop_thread() const noexcept;

 private:
  enum class direction : std::uint8_t { read, write };
  using shared_callback = std::shared_ptr<const callback>;
  struct watched_fd {
    std::uint64_t id = 0;  // what epoll hands back: never reused, unlike the number
    shared_callback on_read, on_write;
  };
  struct timer {
    shared_callback on_time;
    nanoseconds period{0};  // 0: once
  };

  explicit loop(unique_fd epoll, unique_fd wake) noexcept;
  result<watch_id> watch(int fd, direction way, callback on_ready);
  int update(int fd, const watched_fd& state, int operation) noexcept;
  timer_id add_timer(nanoseconds delay, nanoseconds period, callback on_time);
  int patience_ms();
  void dispatch(std::uint64_t id, std::uint32_t events);
  void unwatch_signals(watch_id what);
  result<> watch_signal_numbers();
  void on_signals();
  void run_posted();
  void run_due();
  void wake() noexcept;
  void drain_wake() noexcept;
  void assert_may_change() const noexcept;

  unique_fd epoll_, wake_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<int, watched_fd> watched_;
  std::unordered_map<std::uint64_t, int> fd_of_event_;  // watched_fd::id → descriptor
  std::unordered_map<std::uint64_t, std::pair<int, direction>> by_watch_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const unique_fd>> owned_fds_;  // by watch
  struct signal_watch {
    std::uint64_t id = 0;
    std::set<int> numbers;
    std::shared_ptr<const std::function<void(int)>> on_signal;
  };
  std::vector<signal_watch> signal_watches_;  // in their order
  unique_fd signals_;  // one signalfd for all of them: of two only one would get a signal
  std::optional<watch_id> signals_watch_;
  std::map<std::pair<steady::time_point, std::uint64_t>, timer> timers_;
  std::unordered_map<std::uint64_t, steady::time_point> due_of_;  // timer → its key above

  std::mutex posted_mutex_;
  std::vector<callback> posted_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::thread::id> runner_{};
};

}  // namespace troupe::spawn
