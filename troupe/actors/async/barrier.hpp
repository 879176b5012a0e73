// actors/async/barrier.hpp - a point that coroutines pass together.
// Threads: a value that shares one barrier; any thread may use it. Plain threads wait with .get().
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/blocking.hpp>
#include <troupe/base/error.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace troupe {

/// Lets `parties` pass together, then the next so many. One that gives up (its patience ends, it is called off or its
/// future dropped) has not arrived. Copies are the same barrier. It must not be waited for when its system is gone.
class async_barrier {
 public:
  /// A barrier of 0 or 1 parties holds up nobody.
  async_barrier(actor_system& system, std::size_t parties)
      : core_(&actors::system_access::core_of(system)),
        parties_(parties),
        state_(std::make_shared<state>()) {}

  /// `auto wait = line.arrive(); auto passed = co_await wait;` True for the one that came last. Errors: timed_out,
  /// invalid_argument (a negative patience).
  [[nodiscard]] future<bool> arrive(nanoseconds patience = actors::default_patience) const {
    auto mine = actors::wait_for<bool>(*core_, "at a barrier", patience);
    if (mine->is_claimed()) return future<bool>(std::move(mine));
    std::vector<answer> passing;
    {
      const std::lock_guard lock(state_->mutex);
      std::erase_if(state_->arrived,
                    [](const answer& each) { return each->is_claimed() || each.use_count() == 1; });
      if (state_->arrived.size() + 1 < parties_)
        state_->arrived.push_back(mine);
      else
        passing.swap(state_->arrived);
      if (!passing.empty() || parties_ <= 1) passing.push_back(mine);
    }
    for (const answer& each : passing) each->set(each == mine);
    return future<bool>(std::move(mine));
  }

 private:
  using answer = std::shared_ptr<actors::answer_of<bool>>;
  struct state {
    std::mutex mutex;
    std::vector<answer> arrived;
  };

  actors::core* core_;
  std::size_t parties_;
  std::shared_ptr<state> state_;
};

}  // namespace troupe
