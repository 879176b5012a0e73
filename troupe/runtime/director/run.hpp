// runtime/director/run.hpp - one run of a plan in this process: everything it needs, from start to end.
// Threads: start, wait and destruction by one thread; request_stop, counters from any.
#pragma once
#include <troupe/actors/message.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>
#include <troupe/config/schema.hpp>
#include <troupe/runtime/director/outcome.hpp>
#include <troupe/runtime/director/own_program.hpp>
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/registry.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troupe::runtime {

class job_intake;

struct run_options {
  std::string argv0;                      // the name that workers show in ps
  std::string program = running_image();  // started again for each worker
  logger log;
  /// What the first stop may take until the rest is dropped; unset: no end.
  std::optional<milliseconds> stop_timeout = {};
  /// SIGINT, SIGTERM: the first drains, the second ends at once. SIGHUP replaces all workers, one of a stage after the other,
  /// or stands for SIGTERM when our terminal has gone (and nohup did not start us). See block_signals().
  bool catch_signals = true;
  std::shared_ptr<job_intake> jobs = {};  // of a plan with a member that takes jobs
  // Called on threads of the run; may not block. Whenever a worker is ready; when the outcome is there.
  std::function<void()> on_ready = [] {};
  std::function<void(const outcome&)> on_end = [](const outcome&) {};
};

/// Why a run could not even begin; nothing was read and nothing written but what `message` says.
struct start_failure {
  outcome_kind kind = outcome_kind::failed;
  std::string message;
};

class run {
 public:
  /// For main(), before any thread starts and before start() with catch_signals: blocks SIGINT, SIGTERM and SIGHUP in
  /// this thread and all that come from it, so that the run alone receives them.
  [[nodiscard]] static result<> block_signals();
  /// Opens the sinks, starts the actors and the workers and begins to read. `of` was made from `file`, which is needed
  /// until it returns; `program` must outlive the run. Without stages the run ends when all actors have ended for good,
  /// or when a stop is requested: then each finishes its mailbox.
  [[nodiscard]] static tl::expected<std::unique_ptr<run>, start_failure> start(plan of,
                                                                               const config::file& file,
                                                                               const registry& program,
                                                                               run_options options);
  /// Ends what is left of it at once.
  ~run();
  run(const run&) = delete;
  run& operator=(const run&) = delete;

  /// nullopt: the deadline passed first.
  [[nodiscard]] std::optional<outcome> wait(deadline until);
  [[nodiscard]] const run_counters& counters() const noexcept;
  [[nodiscard]] const plan& of() const noexcept;
  /// Messages of actors that nobody handled, until shut_down().
  [[nodiscard]] dead_letter_counts dead_letters() const noexcept;
  /// As the signal would: the first call drains, the second ends at once.
  void request_stop(int signal);
  /// As SIGHUP would.
  void renew_workers();
  /// After the outcome: lets go of everything. False when user code still runs in this process after
  /// `patience`; then only std::_Exit() ends it.
  [[nodiscard]] bool shut_down(nanoseconds patience);

 private:
  class parts;
  explicit run(std::unique_ptr<parts> all);
  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::runtime
