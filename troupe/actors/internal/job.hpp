// actors/internal/job.hpp - a coroutine handler that has been started or is about to be.
// Threads: belongs to the turn of one cell.
#pragma once
#include <coroutine>
#include <exception>
#include <string>
#include <utility>

namespace troupe::actors {

/// The text of the exception that is being handled: what(), or "unknown exception".
[[nodiscard]] std::string current_exception_text();

/// What every task's promise has: how the handler failed, if it did.
struct promise_base {
  std::exception_ptr failure;
};

/// Owns a coroutine without knowing what it answers. Destroying it destroys the frame, finished or not.
class job {
 public:
  job() noexcept = default;
  job(std::coroutine_handle<> frame, promise_base& promise) noexcept : frame_(frame), promise_(&promise) {}
  job(job&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)), promise_(std::exchange(other.promise_, nullptr)) {}
  job& operator=(job&& other) noexcept {
    if (this != &other) {
      reset();
      frame_ = std::exchange(other.frame_, nullptr);
      promise_ = std::exchange(other.promise_, nullptr);
    }
    return *this;
  }
  job(const job&) = delete;
  job& operator=(const job&) = delete;
  ~job() { reset(); }

  explicit operator bool() const noexcept { return static_cast<bool>(frame_); }
  [[nodiscard]] std::coroutine_handle<> frame() const noexcept { return frame_; }
  [[nodiscard]] bool done() const noexcept { return frame_.done(); }
  /// Null when it ended well; only meaningful when done.
  [[nodiscard]] const std::exception_ptr& failure() const noexcept { return promise_->failure; }
  void reset() noexcept {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

 private:
  std::coroutine_handle<> frame_;
  promise_base* promise_ = nullptr;
};

}  // namespace troupe::actors
