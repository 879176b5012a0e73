// runtime/director/run_end.hpp - how a run comes to its end: who has asked for it, and what is said of it at last.
// Threads: any.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/director/outcome.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace troupe::runtime {

/// The outcome; what is said first counts.
class final_word {
 public:
  void say(outcome how);
  /// nullopt: the deadline passed first.
  [[nodiscard]] std::optional<outcome> wait(deadline until);

 private:
  std::mutex mutex_;
  std::condition_variable said_;
  std::optional<outcome> how_;
};

/// Signals, and what stands for one, also before there is anybody who could be stopped.
class stop_requests {
 public:
  enum class answer : std::uint8_t {
    later,  // nobody hears yet; the first one waits for somebody who does
    leave,  // nobody hears yet, and it is asked again
    first,  // pass it on
    again   // pass it on: end at once
  };
  [[nodiscard]] answer ask(int signal);
  /// From now on somebody hears. The signal that came before, to be passed on; 0: none.
  [[nodiscard]] int begin_to_hear();
  [[nodiscard]] bool hears() const;
  /// 0: none.
  [[nodiscard]] int last() const;

 private:
  mutable std::mutex mutex_;
  bool heard_ = false;
  int last_ = 0;
};

}  // namespace troupe::runtime
