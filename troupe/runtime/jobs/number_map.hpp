// runtime/jobs/number_map.hpp - values by numbers that rise: most go soon and nearly in order, a few stay for long.
// Threads: a value of one owner.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace troupe::runtime {

/// A window over the newest numbers, without an allocation for each, and a map for those that have been left behind: one that
/// stays for ever costs its own place, not that of all that came after it.
template <class T>
class number_map {
 public:
  /// `number` is one above the last.
  void push(std::uint64_t number, T value) {
    if (window_.empty()) first_ = number;
    window_.emplace_back(std::move(value));
    ++size_;
    if (window_.size() > most_sparse && window_.size() > 4 * in_window_) leave_behind();
    ++in_window_;
  }
  /// Null when it is not there.
  [[nodiscard]] T* find(std::uint64_t number) { return const_cast<T*>(std::as_const(*this).find(number)); }
  [[nodiscard]] const T* find(std::uint64_t number) const {
    if (number >= first_ && number - first_ < window_.size()) {
      const auto& place = window_[number - first_];
      return place ? &*place : nullptr;
    }
    const auto left = behind_.find(number);
    return left == behind_.end() ? nullptr : &left->second;
  }
  void erase(std::uint64_t number) {
    if (number >= first_ && number - first_ < window_.size()) {
      auto& place = window_[number - first_];
      if (!place) return;
      place.reset();
      --in_window_;
      --size_;
      trim();
    } else {
      size_ -= behind_.erase(number);
    }
  }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Of those that are there. Nothing: none is.
  [[nodiscard]] std::optional<std::uint64_t> lowest() const {
    if (!behind_.empty()) return behind_.begin()->first;
    if (window_.empty()) return std::nullopt;
    return first_;
  }
  template <class F>
  void for_each(F&& f) const {
    for (const auto& [number, value] : behind_) f(number, value);
    for (std::size_t at = 0; at < window_.size(); ++at)
      if (window_[at]) f(first_ + at, *window_[at]);
  }

 private:
  static constexpr std::size_t most_sparse = 4096;

  /// The front of a window is always there.
  void trim() {
    while (!window_.empty() && !window_.front()) {
      window_.pop_front();
      ++first_;
    }
  }
  /// The older half: who is left in it has outlived most.
  void leave_behind() {
    for (auto n = window_.size() / 2; n > 0; --n) {
      if (auto& oldest = window_.front()) {
        behind_.emplace(first_, std::move(*oldest));
        --in_window_;
      }
      window_.pop_front();
      ++first_;
    }
    trim();
  }

  std::deque<std::optional<T>> window_;
  std::uint64_t first_ = 0;  // of the window
  std::map<std::uint64_t, T> behind_;
  std::size_t in_window_ = 0;
  std::size_t size_ = 0;
};

}  // namespace troupe::runtime
