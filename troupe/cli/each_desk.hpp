// cli/each_desk.hpp - where new inputs and ended jobs come together, for the one thread that deals with both.
// Threads: put(), no_more() and answered() by any, take() by one.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/jobs/job_intake.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troupe::cli {

class each_desk final : public runtime::job_receiver {
 public:
  struct news {
    std::vector<std::string> inputs;
    std::vector<std::pair<std::uint64_t, runtime::job_answer>> answers;  // with the tag of their job
    bool no_more_inputs = false;
    result<> input = {};  // what went wrong with it
  };

  /// Waits while a few inputs lie here already; false when nobody takes them any more.
  [[nodiscard]] bool put(std::string input);
  /// With why there are no more, if something went wrong.
  void no_more(result<> how = {});
  void answered(std::uint64_t tag, runtime::job_answer answer) noexcept override;

  /// What there is, at most `inputs` of those; waits for something until `until`.
  [[nodiscard]] news take(std::size_t inputs, deadline until);
  /// Nobody takes inputs any more.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> inputs_;
  std::vector<std::pair<std::uint64_t, runtime::job_answer>> answers_;
  bool no_more_ = false;
  result<> input_;
  bool closed_ = false;
};

}  // namespace troupe::cli
