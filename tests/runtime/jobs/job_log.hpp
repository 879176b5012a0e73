// tests/runtime/jobs/job_log.hpp - somebody who waits for the results of jobs, and how to read at a glance what came.
// Threads: any.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/runtime/jobs/job_intake.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

inline constexpr auto job_watchdog = std::chrono::minutes(1);

[[nodiscard]] inline bytes encoded_number(std::int64_t value) {
  byte_buffer out;
  encode(out, value);
  return out.take();
}

/// "42", "[]", "[1 2]" for outputs; "crashed" for a failure.
[[nodiscard]] inline std::string to_text(const job_answer& answer) {
  if (!answer) return std::string(name_of(answer.error().kind));
  std::string text;
  for (const auto& output : unpack(*answer)) {
    const auto value = decode<std::int64_t>(output);
    text += (text.empty() ? "" : " ") + (value ? std::to_string(*value) : "?");
  }
  return answer->count == 1 ? text : "[" + text + "]";
}

/// Writes down what it is told.
class job_log final : public job_receiver {
 public:
  void answered(std::uint64_t tag, job_answer answer) noexcept override {
    const std::lock_guard lock(mutex_);
    come_.emplace_back(tag, std::move(answer));
    changed_.notify_all();
  }
  /// "1:42 2:cancelled", in the order in which it was told, by tags.
  [[nodiscard]] std::string told() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [tag, answer] : come_)
      text += (text.empty() ? "" : " ") + std::to_string(tag) + ':' + to_text(answer);
    return text;
  }
  /// Of the one that came last; nothing special when it was a result, or none came.
  [[nodiscard]] job_failure last_failure() const {
    const std::lock_guard lock(mutex_);
    return come_.empty() || come_.back().second ? job_failure{} : come_.back().second.error();
  }
  /// False: the watchdog bit first.
  [[nodiscard]] bool wait_for(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, job_watchdog, [&] { return come_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::pair<std::uint64_t, job_answer>> come_;
};

}  // namespace troupe::runtime
