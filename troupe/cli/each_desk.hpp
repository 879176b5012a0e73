// cli/each_desk.hpp - the inputs that wait for their jobs, and the jobs that are to be run again.
// Threads: any.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/each/command_crew.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace troupe::cli {

class each_desk {
 public:
  using when_none = runtime::command_desk::when_none;
  struct numbered {
    std::uint64_t number = 0;  // from 1, in the order of the inputs
    std::string input;
    std::optional<runtime::command_job> again;  // instead of the input
  };

  /// Waits while a few inputs lie here already; false when nobody takes them any more.
  [[nodiscard]] bool put(std::string input);
  /// All at once, and there are no more.
  void put_all(std::vector<std::string> inputs);
  void no_more();
  /// Goes before all inputs.
  void put_again(runtime::command_job job);
  /// Inputs with a higher number are not given out yet.
  void allow(std::uint64_t number);
  /// Nobody takes anything any more.
  void close() noexcept;

  [[nodiscard]] std::optional<numbered> take(when_none what);
  /// How many inputs have been taken.
  [[nodiscard]] std::uint64_t taken() const;

 private:
  [[nodiscard]] bool has_input() const noexcept { return !inputs_.empty() && taken_ < allowed_; }
  [[nodiscard]] bool is_over() const noexcept {
    return closed_ || (no_more_ && inputs_.empty() && again_.empty());
  }

  mutable std::mutex mutex_;
  std::condition_variable come_;
  std::condition_variable room_;
  std::deque<std::string> inputs_;
  std::deque<runtime::command_job> again_;
  std::uint64_t taken_ = 0;
  std::uint64_t allowed_ = ~std::uint64_t{0};
  bool no_more_ = false;
  bool closed_ = false;
};

}  // namespace troupe::cli
