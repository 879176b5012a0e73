// runtime/jobs/job_deadlines.hpp - which jobs have to be answered by when, the next one first.
// Threads: a value of one owner.
#pragma once
#include <troupe/base/clock.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// A heap, with no timer for each: in the usual order, each deadline after the last, adding one moves nothing. Those of jobs
/// that have been answered stay until they are due or outnumber the others.
class job_deadlines {
 public:
  struct entry {
    steady::time_point until;
    std::uint64_t id = 0;
    milliseconds within{0};  // what was asked for
  };

  void add(const entry& one) {
    heap_.push_back(one);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  /// Perhaps of a job that has been answered.
  [[nodiscard]] std::optional<steady::time_point> next() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.front().until);
  }
  /// Takes the earliest that has come at `now`.
  [[nodiscard]] std::optional<entry> take_due(steady::time_point now) {
    if (heap_.empty() || heap_.front().until > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const auto due = heap_.back();
    heap_.pop_back();
    return due;
  }
  /// Once more than half of them are of jobs that are answered; `open` jobs are not.
  template <class IsOpen>
  void tidy(std::size_t open, IsOpen is_open) {
    if (heap_.size() <= few || heap_.size() / 2 <= open) return;
    std::erase_if(heap_, [&](const entry& each) { return !is_open(each.id); });
    std::make_heap(heap_.begin(), heap_.end(), later);
  }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

 private:
  static constexpr std::size_t few = 1024;
  static bool later(const entry& a, const entry& b) noexcept {
    return std::pair(a.until, a.id) > std::pair(b.until, b.id);
  }
  std::vector<entry> heap_;
};

}  // namespace troupe::runtime
