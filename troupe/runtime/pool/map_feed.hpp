// runtime/pool/map_feed.hpp - results of a map() on their way to whoever iterates, and how far it may look ahead.
// Threads: answered() by any; the others by whoever iterates.
#pragma once
#include <troupe/runtime/jobs/job_intake.hpp>
#include <troupe/runtime/pool/pool_options.hpp>

#include <condition_variable>
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

  /// True when more inputs should be added: half of what may be out has come back.
  [[nodiscard]] bool hungry() const noexcept;
  /// True when one more may be added.
  [[nodiscard]] bool has_room() const noexcept;
  /// Takes the next input; it leaves with submit(). One that is too large to travel is answered at once.
  void add(bytes input, const std::shared_ptr<map_feed>& self);
  void submit();
  /// The next result and which input it is of, in the order asked for; waits for it. Only when something is out.
  [[nodiscard]] std::pair<std::uint64_t, job_answer> next();
  [[nodiscard]] bool is_empty() const noexcept { return added_ == taken_; }
  /// Nobody takes the rest.
  void withdraw();

 private:
  struct taken_input {
    std::uint64_t size = 0;  // 0: its result has been taken
    std::uint64_t id = 0;    // 0: the pool does not have it
  };
  void wait();
  void forget(std::uint64_t index);

  const std::shared_ptr<job_intake> to_;
  const map_options how_;
  std::vector<new_job> fresh_;
  std::uint64_t added_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::deque<taken_input> inputs_;  // from index first_ on
  std::uint64_t first_ = 0;
  std::deque<std::pair<std::uint64_t, job_answer>> here_;  // taken from come_
  std::map<std::uint64_t, job_answer> held_;               // ordered: results before whose turn others come

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::uint64_t, job_answer>> come_;  // under mutex_
  bool waits_ = false;                                     // under mutex_
};

}  // namespace troupe::runtime
