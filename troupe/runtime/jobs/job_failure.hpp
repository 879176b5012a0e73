// runtime/jobs/job_failure.hpp - why a job of a pool has no result.
// Threads: plain values.
// Source: docs/pools.md, "When a job fails".
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/delivery/failure_facts.hpp>
#include <troupe/runtime/node/packed_outputs.hpp>
#include <troupe/spawn/exit_status.hpp>

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

enum class job_error : std::uint8_t {
  crashed,          // it ended its worker, as often as it was tried
  timed_out,        // it ran longer than `timeout`, as often as it was tried
  threw,            // the function threw
  deadline_passed,  // it was not answered within its deadline, whatever it did
  cancelled,        // cancel() was called
  closed,           // the pool was closed, or failed, before the job was done
  full,             // `queue` jobs were waiting, and an actor does not wait for room
  refused,          // it was not taken: its input is too large, or get() or map() would have blocked an actor
  unreadable        // its result cannot be read as the stage's output
};
/// "crashed", "timed out" …
[[nodiscard]] std::string_view name_of(job_error kind) noexcept;

/// What is known of a job that failed. Printed: "killed by SIGSEGV, attempt 2 of 2; stderr: free(): invalid pointer".
struct job_failure {
  job_error kind = job_error::crashed;
  std::string cause;  // one sentence: "killed by SIGSEGV", "ran longer than its timeout of 2s and was killed"
  std::uint32_t attempts = 0;      // how often it was started; 0: never
  std::uint32_t max_attempts = 0;  // 0: attempts say nothing here
  bool running = false;  // deadline_passed: its last attempt had begun and not ended; else it waited
  // Of the worker that the last attempt ended; nothing when it lives.
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool core_dumped = false;
  spawn::out_of_memory oom = spawn::out_of_memory::no;
  spawn::usage usage;                    // of the worker in all its life
  std::vector<std::string> stderr_tail;  // its last lines, oldest first
  std::string thrown;                    // "std::runtime_error: no such file"

  [[nodiscard]] std::string message() const;
};
std::ostream& operator<<(std::ostream& out, const job_failure& failure);

/// What a job gave, or why it gave nothing.
template <class Out>
using job_result = tl::expected<Out, job_failure>;

namespace runtime {

/// A result as it comes from the worker: the outputs of its call, encoded.
using job_answer = job_result<packed_outputs>;

/// The failure of a job whose deadline, `within` its submission, has passed while it ran its attempt `attempts`, or waited for
/// the one after it.
[[nodiscard]] job_failure passed_deadline(milliseconds within, bool running, std::uint32_t attempts,
                                          std::uint32_t max_attempts);

/// The failure of an item that is given up after so many attempts.
[[nodiscard]] job_failure failure_of(const failure_facts& facts, std::string cause, std::uint32_t attempts,
                                     std::uint32_t max_attempts);

}  // namespace runtime
}  // namespace troupe
