// actors/own_turn.hpp - the turn of an actor that this thread has woken, to be run by this thread: whoever brings a message from
// afar saves the way to another thread.
// Threads: one at a time.
#pragma once
#include <troupe/actors/internal/executor.hpp>

#include <utility>

namespace troupe {

/// Keeps the first turn that is scheduled while somebody watches; the others go to the threads of their actor system.
class own_turn {
 public:
  own_turn() = default;
  ~own_turn() { hand_on(); }
  own_turn(const own_turn&) = delete;
  own_turn& operator=(const own_turn&) = delete;
  /// This one must not wait.
  own_turn& operator=(own_turn&& other) noexcept {
    what_ = std::exchange(other.what_, nullptr);
    by_ = other.by_;
    return *this;
  }

  /// While it lives, what this thread schedules goes there. Not two at once on one thread.
  class watch {
   public:
    explicit watch(own_turn& to) noexcept { watching = &to; }
    ~watch() { watching = nullptr; }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
  };

  [[nodiscard]] bool waits() const noexcept { return what_ != nullptr; }
  /// Handles messages here; what is left then is handled by the threads of the actor system. Handlers may take long.
  void run() noexcept;
  /// Leaves it to the threads of the actor system.
  void hand_on() noexcept;

  /// For executors, which hold a count of `what`: true when somebody watches and has taken that over.
  [[nodiscard]] static bool take(actors::runnable& what, actors::executor& by) noexcept;

 private:
  static thread_local own_turn* watching;

  actors::runnable* what_ = nullptr;
  actors::executor* by_ = nullptr;
};

}  // namespace troupe
