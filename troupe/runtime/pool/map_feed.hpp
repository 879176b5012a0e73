// runtime/pool/map_feed.hpp - results of a map() on their way to whoever iterates, and how far it may look ahead.
// Threads: answered() by any; the others by whoever iterates.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/jobs/job_intake.hpp>
#include <troupe/runtime/jobs/number_map.hpp>
#include <troupe/runtime/pool/pool_options.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// What a job gets whose input cannot travel.
[[nodiscard]] job_failure too_large_input(std::size_t size);

class map_feed final : public job_receiver {
 public:
  map_feed(std::shared_ptr<job_intake> to, const map_options& how);

  void answered(std::uint64_t tag, job_answer answer) noexcept override;

  /// True when more inputs should be added: half of what may be out has come back. Begins a time of adding.
  [[nodiscard]] bool hungry() noexcept;
  /// True when one more may be added. False as well when this takes long and there is a result to hand out, or when the pool
  /// takes no more.
  [[nodiscard]] bool has_room();
  /// Takes the next input; it leaves with submit(), or with as many others as make a batch. One that is too large to travel
  /// is answered at once.
  void add(bytes input, const std::shared_ptr<map_feed>& self);
  void submit();
  /// The next result and which input it is of, in the order asked for; waits for it. Only when something is out.
  [[nodiscard]] std::pair<std::uint64_t, job_answer> next();
  [[nodiscard]] bool is_empty() const noexcept { return added_ == taken_; }
  /// Nobody takes the rest.
  void withdraw();

 private:
  struct taken_input {
    std::uint64_t size = 0;
    std::uint64_t id = 0;  // 0: the pool does not have it
  };
  void wait();
  void forget(std::uint64_t index, const job_answer& answer);

  const std::shared_ptr<job_intake> to_;
  const map_options how_;
  std::vector<new_job> fresh_;
  std::uint64_t added_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t bytes_out_ = 0;
  number_map<taken_input> inputs_;  // by index
  std::size_t batch_ = 1;           // that leaves by itself; it grows, so that the first jobs start at once
  steady::time_point began_adding_{};
  bool closed_ = false;                                    // the pool takes no more
  std::atomic<std::uint64_t> result_bytes_{0};             // that nobody has taken
  std::deque<std::pair<std::uint64_t, job_answer>> here_;  // taken from come_
  std::map<std::uint64_t, job_answer> held_;               // ordered: results before whose turn others come

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::uint64_t, job_answer>> come_;  // under mutex_
  bool waits_ = false;                                     // under mutex_
};

}  // namespace troupe::runtime
