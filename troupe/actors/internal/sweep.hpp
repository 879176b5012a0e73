// actors/internal/sweep.hpp - keeps a line free of those that have left it without a word.
// Threads: under the lock of what it serves.
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace troupe::actors {

/// Looks at a whole line whenever that has doubled since the last time: O(1) on the average for each that joins it, and
/// those that are over are never more than half of it, or a few.
class sweep {
 public:
  /// Call before one more joins. Takes those out for which `is_over(each)`, into `gone`: to be destroyed without the lock.
  template <class Line, class IsOver, class Gone>
  void operator()(Line& line, IsOver is_over, Gone& gone) {
    if (line.size() < next_) return;
    const auto over =
        std::stable_partition(line.begin(), line.end(), [&](const auto& each) { return !is_over(each); });
    std::move(over, line.end(), std::back_inserter(gone));
    line.erase(over, line.end());
    next_ = std::max(least, 2 * line.size());
  }

 private:
  static constexpr std::size_t least = 16;
  std::size_t next_ = least;
};

}  // namespace troupe::actors
