// runtime/pool/pool_core.hpp - a pool without its types: a run whose one source is submit() and whose sink answers.
// Threads: open(), close() and destruction by one; the others from any.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/director/run.hpp>
#include <troupe/runtime/jobs/job_intake.hpp>
#include <troupe/runtime/pool/pool_options.hpp>
#include <troupe/runtime/registry.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::runtime {

/// The stage of a pool, and what its workers are.
struct pool_program {
  const registry& stages;  // outlives the pool
  std::string stage;
  std::string returns;  // shape of what comes back
  std::string argv0;    // the name that workers show in ps
};

class pool_core {
 public:
  /// Returns when the first worker is ready. Errors: invalid_argument (an option outside its range, a stage with state),
  /// not_found (no such stage), timed_out and peer_lost (workers do not become ready; the text says what they said),
  /// exhausted (the run cannot begin: a limit that this machine cannot enforce, a folder that cannot be written, no sockets,
  /// processes or threads).
  [[nodiscard]] static result<std::unique_ptr<pool_core>> open(const pool_program& of, pool_options how);
  explicit pool_core(const pool_options& how);
  /// Drops what is left, at once.
  ~pool_core();
  pool_core(const pool_core&) = delete;
  pool_core& operator=(const pool_core&) = delete;

  [[nodiscard]] const std::shared_ptr<job_intake>& jobs() const noexcept { return jobs_; }
  [[nodiscard]] pool_status status() const;
  void replace_workers();
  /// Takes no more jobs, finishes those that it has, ends the workers. Idempotent. Errors: timed_out, naming jobs that were
  /// dropped when `until` had passed; peer_lost when the pool had failed.
  [[nodiscard]] result<> close(deadline until);

 private:
  result<> start(const pool_program& of, pool_options how);
  result<> wait_ready(const std::string& name, milliseconds patience);
  void ended(const outcome& how);
  result<> close_run(deadline until);

  const std::shared_ptr<job_intake> jobs_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;              // under mutex_: a worker has been
  std::optional<outcome> outcome_;  // under mutex_
  std::unique_ptr<run> run_;
  bool closed_ = false;
  result<> close_result_;
};

}  // namespace troupe::runtime
