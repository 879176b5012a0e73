// actors/internal/permits.hpp - a number of permits and the line of those that wait for some.
// Threads: any.
#pragma once
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
  std::deque<std::unique_ptr<claimant>> serve() noexcept;

  mutable std::mutex mutex_;
  std::size_t free_;
  std::deque<std::unique_ptr<claimant>> line_;
};

}  // namespace troupe::actors
