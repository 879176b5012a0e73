// runtime/director/staffing.hpp - who of a stage's workers is replaced when, and how many there are: values and one pure
// class.
// Threads: a value of the director. Time is what its owner says has passed.
// Source: docs/delivery.md, "Workers come and go".
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::runtime {

/// Whether a process has stopped giving signs of life, by a counter that it raises.
class pulse_watch {
 public:
  /// `passed` is how long the looker itself has lived since its last look: a pause of the whole machine counts for nothing.
  [[nodiscard]] bool is_frozen(std::uint64_t beats, nanoseconds passed, nanoseconds patience) noexcept {
    silent_ = beats == last_ ? silent_ + passed : nanoseconds(0);
    last_ = beats;
    return silent_ >= patience;
  }

 private:
  std::uint64_t last_ = 0;
  nanoseconds silent_{0};
};

/// One life of a stage's workers that has not come to its end.
struct staff_member {
  enum class state : std::uint8_t {
    coming,     // is being started, or will be after a pause
    successor,  // the same, to take the place of one that works
    working,
    leaving  // takes nothing more
  } now = state::working;
  std::uint32_t slot = 0;
  bool busy = false;           // it has done, does or has to do something since the last look
  bool worn = false;           // has executed its max_jobs
  bool outdated = false;       // is to be replaced because somebody asked for it
  bool has_successor = false;  // one that is not there yet
};

struct staff_step {
  enum class kind : std::uint8_t {
    start,    // one more, in a free slot
    replace,  // start a successor of the one in `slot`
    retire    // the one in `slot`
  } what = kind::start;
  std::uint32_t slot = 0;
  friend bool operator==(const staff_step&, const staff_step&) = default;
};

/// Of one stage.
class staffing {
 public:
  /// So long there must have been more to do than room for it (over the time in which there was not) until one more is
  /// started. Without any worker: at once.
  static constexpr milliseconds pressed_enough{500};

  explicit staffing(const member_plan& stage)
      : min_(stage.min_workers), max_(stage.workers), slots_(stage.most_workers()), idle_(stage.idle) {}

  /// What is to be done now. `pressed`: more waits than the present workers get done soon. `passed`: since the last look.
  /// Replacements: of outdated ones one at a time, from start to end, so that a stage never has more than one worker too
  /// many; of worn ones as many as there are spare slots. A step may turn out to be impossible; it is asked for again.
  [[nodiscard]] std::vector<staff_step> look(std::span<const staff_member> staff, bool pressed,
                                             nanoseconds passed);

  /// A successor could not be started: the one that it was to replace works on. Nobody is replaced for so long.
  void pause_replacing(nanoseconds how_long) noexcept { pause_ = how_long; }

 private:
  void replace(std::span<const staff_member> staff, std::vector<staff_step>& steps) const;
  void grow(std::uint32_t present, bool anybody_coming, std::size_t living, std::vector<staff_step>& steps);
  void shrink(std::span<const staff_member> staff, std::uint32_t present, std::vector<staff_step>& steps);
  void begin_counting_idle() noexcept;

  std::uint32_t min_, max_, slots_;
  nanoseconds idle_;
  nanoseconds pause_{0};
  nanoseconds pressed_for_{0};
  nanoseconds idle_for_{0};  // `fewest_idle_` of them at every look
  std::uint32_t fewest_idle_ = ~0U;
};

}  // namespace troupe::runtime
