// runtime/job.hpp - what a stage's function may ask about the item that it works on.
// Threads: cancelled() from any; valid during the call that got it.
#pragma once
#include <atomic>
#include <cstdint>

namespace troupe {

/// A function or operator() of a stage may take it as a second parameter: `resized shrink(resize r, troupe::job const& j)`.
class job {
 public:
  /// `called_off` may be null and must outlive the job.
  job(std::uint64_t id, std::uint32_t attempt, const std::atomic<bool>* called_off) noexcept
      : id_(id), attempt_(attempt), called_off_(called_off) {}
  job(const job&) = delete;
  job& operator=(const job&) = delete;

  /// Of a pool's job: its place in the order of submission, from 1. Of a pipeline's item: the place in its source of what it
  /// was made from, from 1; of a batch, that of its first item.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// 1, and one more for each execution that a crash, a timeout or a kill has cut short. What the function returns must not
  /// depend on it.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }
  /// Nobody waits for the result any more; whatever is returned is dropped. Ask now and then in long work. Always false for
  /// items of a pipeline.
  [[nodiscard]] bool cancelled() const noexcept {
    return called_off_ != nullptr && called_off_->load(std::memory_order_relaxed);
  }

 private:
  const std::uint64_t id_;
  const std::uint32_t attempt_;
  const std::atomic<bool>* const called_off_;
};

}  // namespace troupe
