// actors/internal/executor.hpp - the seam between actors and whatever runs them: CAF's scheduler or a test's
// steps.
// Threads: schedule() and now() from any thread.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <array>
#include <cstddef>
#include <memory>

namespace troupe::actors {

/// Something that can be given a turn on a thread. Whoever holds one for later holds a count of it.
class runnable {
 public:
  /// Room in which the executor keeps what it needs to queue this object, so that scheduling allocates
  /// nothing here. Filled by executor::attach, trivially destructible.
  using slot_bytes = std::array<std::byte, 2 * sizeof(void*)>;

  runnable() = default;
  runnable(const runnable&) = delete;
  runnable& operator=(const runnable&) = delete;

  virtual void retain() noexcept = 0;
  virtual void release() noexcept = 0;
  /// Handles up to `quota` messages. True: it has more to do and wants another turn. False: somebody will
  /// schedule it when it has. Never runs on two threads at once, as schedule() is called once per turn.
  [[nodiscard]] virtual bool run(std::size_t quota) noexcept = 0;

  [[nodiscard]] slot_bytes& slot() noexcept { return slot_; }

 protected:
  ~runnable() = default;

 private:
  alignas(void*) slot_bytes slot_{};
};

/// Messages per turn: enough to forget what a turn costs, few enough that others get theirs soon.
inline constexpr std::size_t usual_quota = 256;

class executor {
 public:
  executor() = default;
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;
  virtual ~executor() = default;

  /// Once for each runnable, before it is first scheduled.
  virtual void attach(runnable& what) noexcept = 0;
  /// Gives `what` a turn soon; holds a count of it until then.
  virtual void schedule(runnable& what) noexcept = 0;
  /// Ends its threads, when nothing will be scheduled any more; what remains is the clock.
  virtual void stop() noexcept = 0;
  /// The time that timers and deadlines go by.
  [[nodiscard]] virtual steady::time_point now() const noexcept = 0;
  /// True for an executor that has no thread of its own: a caller that waits must help().
  [[nodiscard]] virtual bool is_stepped() const noexcept = 0;
  /// Runs one turn on the calling thread, or lets time pass to the next timer up to `until`. False: there is
  /// neither.
  virtual bool help(steady::time_point until) noexcept = 0;
};

/// Runs actors on `threads` threads of CAF's scheduler (0: one per processor). Errors: exhausted,
/// invalid_argument.
[[nodiscard]] result<std::unique_ptr<executor>> start_caf_executor(std::size_t threads);

}  // namespace troupe::actors
