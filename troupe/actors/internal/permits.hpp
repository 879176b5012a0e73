// actors/internal/permits.hpp - a number of permits and the line of those that wait for some.
// Threads: any.
#pragma once
#include <troupe/actors/internal/sweep.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace troupe::actors {

/// Waits for permits.
class claimant {
 public:
  explicit claimant(std::size_t count) noexcept : wants(count) {}
  claimant(const claimant&) = delete;
  claimant& operator=(const claimant&) = delete;
  virtual ~claimant() = default;
  /// Nobody waits any more: it gives up its place.
  [[nodiscard]] virtual bool gave_up() const noexcept = 0;
  /// They are its own now: whoever does not want them any more gives them back.
  virtual void granted() noexcept = 0;

  const std::size_t wants;
};

/// Whether the calling thread destroys a coroutine that will not go on: what it held may be half-written.
[[nodiscard]] bool is_abandoning() noexcept;

/// First come, first served: one who wants many is not overtaken by those who want few.
class permits {
 public:
  explicit permits(std::size_t count) noexcept : free_(count) {}
  permits(const permits&) = delete;
  permits& operator=(const permits&) = delete;
  ~permits() = default;

  /// False: they are not there, or others wait.
  [[nodiscard]] bool try_take(std::size_t count) noexcept;
  void claim(std::unique_ptr<claimant> who);
  void give(std::size_t count) noexcept;
  [[nodiscard]] std::size_t free() const noexcept;

 private:
  using line = std::deque<std::unique_ptr<claimant>>;
  void settle(std::unique_lock<std::mutex>& lock) noexcept;
  line serve() noexcept;

  mutable std::mutex mutex_;
  bool telling_ =
      false;  // a thread tells those that have been served, and goes on with those that come meanwhile
  std::size_t free_;
  line line_;
  sweep forgets_;
};

}  // namespace troupe::actors
