// runtime/jobs/job_intake.hpp - where jobs wait for the member that sends them to workers, and how many there may be.
// Threads: every function from any thread unless it says otherwise.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/runtime/jobs/job_failure.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace troupe::runtime {

/// Whoever waits for results. Each job is answered exactly once.
class job_receiver {
 public:
  job_receiver() = default;
  job_receiver(const job_receiver&) = delete;
  job_receiver& operator=(const job_receiver&) = delete;
  virtual ~job_receiver() = default;
  /// On the pool's thread, or on the one that submits when the pool does not take the job. Must not block.
  virtual void answered(std::uint64_t tag, job_answer answer) noexcept = 0;
};

/// A job as it is handed in; `tag` is the receiver's own name for it.
struct new_job {
  bytes input;
  std::shared_ptr<job_receiver> to;
  std::uint64_t tag = 0;
  std::optional<milliseconds> within =
      {};  // of its submission it is answered, whatever it does; the intake's unless said
  steady::time_point until = steady::time_point::max();  // what follows from that; the intake sets it
};

class job_intake {
 public:
  /// So many jobs may be unanswered; 0: any number. `within` is for jobs that do not say.
  explicit job_intake(std::size_t limit, std::optional<milliseconds> within = {})
      : limit_(limit), within_(within) {}

  /// What a full intake does with one more.
  enum class when_full : std::uint8_t { wait, give_back, refuse };
  /// The id of the job, from 1 in the order of submission. 0: not taken, and answered if it was refused, or if its deadline
  /// passed before there was room.
  /// give_back leaves `job` as it was.
  [[nodiscard]] std::uint64_t submit(new_job&& job, when_full what);
  /// All at once; waits for room for all that fit together. The id of the first; the others follow it. 0: the pool is closed,
  /// and all are answered. Nothing: the first deadline of them has passed before there was room, and all are answered so.
  [[nodiscard]] std::optional<std::uint64_t> submit(std::vector<new_job>&& jobs);
  /// So many at once leave room for others.
  [[nodiscard]] std::size_t fair_batch() const noexcept {
    return limit_ == 0 ? limit_ - 1 : std::max<std::size_t>(limit_ / 4, 1);
  }
  /// Nobody waits any more for what the job gives. It is answered nevertheless.
  void withdraw(std::uint64_t id);
  /// Takes no more jobs.
  void close();
  /// Takes no more, and all that are not answered get this.
  void abort(const job_failure& why);
  /// Ids that an abort has answered, as far as it has.
  [[nodiscard]] std::vector<std::uint64_t> unfinished() const;

  // --- for the member

  /// Before any job is submitted: called when there is work, under the intake's lock. Empty: no longer.
  void on_work(std::function<void()> wake);
  struct work {
    std::uint64_t first_id = 0;  // of jobs
    std::vector<new_job> jobs;
    std::vector<std::uint64_t> withdrawn;
    bool closed = false;
    std::optional<job_failure> aborted;
  };
  /// What has come since the last call.
  [[nodiscard]] work take();
  /// So many have been answered.
  void answered(std::size_t count);
  /// Answered by an abort.
  void note_unfinished(std::uint64_t id);

 private:
  [[nodiscard]] bool has_room(std::size_t count) const noexcept {
    return limit_ == 0 || pending_ == 0 || pending_ + count <= limit_;
  }
  void set_deadline(new_job& job) const;
  [[nodiscard]] job_failure refusal() const;  // under mutex_
  /// False: `until` has come before.
  [[nodiscard]] bool wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t count,
                                   steady::time_point until);
  void wake_member();  // under mutex_

  const std::size_t limit_;
  const std::optional<milliseconds> within_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::vector<new_job> jobs_;
  std::vector<std::uint64_t> withdrawn_;
  std::vector<std::uint64_t> unfinished_;
  std::uint64_t next_id_ = 1;
  std::size_t pending_ = 0;  // submitted and not answered
  std::size_t waiting_ = 0;  // threads, for room
  bool woken_ = false;       // the member knows that there is work
  bool closed_ = false;
  std::optional<job_failure> aborted_;
};

}  // namespace troupe::runtime
