// actors/internal/caf_executor.cpp - runs actors on CAF's scheduler. The only file that includes CAF.
// Threads: CAF's workers run the turns.
// Source: CAF 0.17, caf::resumable and caf::scheduler.
#include <troupe/actors/internal/executor.hpp>
#include <troupe/actors/own_turn.hpp>
#include <troupe/base/threads.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <thread>

namespace troupe::actors {
namespace {

constexpr std::size_t most_threads = 1024;
/// CAF's clock and its printer, and our timers.
constexpr std::size_t threads_beside = 3;

/// How CAF sees a runnable. It lives in the runnable's slot and shares its count, so it is never destroyed.
class caf_job final : public caf::resumable {
 public:
  explicit caf_job(runnable& target) noexcept : target_(target) {}
  subtype_t subtype() const override { return function_object; }
  resume_result resume(caf::execution_unit*, size_t) override {
    return target_.run(usual_quota) ? resume_later : awaiting_message;
  }
  void intrusive_ptr_add_ref_impl() override { target_.retain(); }
  void intrusive_ptr_release_impl() override { target_.release(); }

 private:
  runnable& target_;
};
static_assert(sizeof(caf_job) <= sizeof(runnable::slot_bytes) && alignof(caf_job) <= alignof(void*));

caf_job& job_in(runnable& what) noexcept {
  return *std::launder(reinterpret_cast<caf_job*>(what.slot().data()));
}

/// A configuration that reads neither files nor arguments.
class quiet_config : public caf::actor_system_config {
 public:
  explicit quiet_config(std::size_t threads) {
    // "stealing" sleeps up to 10 ms before it sees work; a string instead of an atom would leave it in force.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// CAF, started and stopped with this object.
class caf_threads {
 public:
  explicit caf_threads(std::size_t count)
      : config_(count), system_(config_), scheduler_(system_.scheduler()) {}
  [[nodiscard]] caf::scheduler::abstract_coordinator& scheduler() noexcept { return scheduler_; }

 private:
  quiet_config config_;
  caf::actor_system system_;
  caf::scheduler::abstract_coordinator& scheduler_;
};

class caf_executor final : public executor {
 public:
  explicit caf_executor(std::size_t threads) : threads_(std::make_unique<caf_threads>(threads)) {}

  [[nodiscard]] bool shares_work() const noexcept {
    using sharing = caf::scheduler::coordinator<caf::policy::work_sharing>;
    return dynamic_cast<sharing*>(&threads_->scheduler()) != nullptr;
  }

  void attach(runnable& what) noexcept override { ::new (what.slot().data()) caf_job(what); }
  void schedule(runnable& what) noexcept override {
    what.retain();
    if (own_turn::take(what, *this)) return;
    threads_->scheduler().enqueue(&job_in(what));
  }
  void stop() noexcept override { threads_.reset(); }
  [[nodiscard]] steady::time_point now() const noexcept override { return steady::now(); }
  [[nodiscard]] bool is_stepped() const noexcept override { return false; }
  bool help(steady::time_point) noexcept override { return false; }

 private:
  std::unique_ptr<caf_threads> threads_;
};

}  // namespace

result<std::unique_ptr<executor>> start_caf_executor(std::size_t threads) {
  if (threads > most_threads)
    return fail(errc::invalid_argument, "start an actor system with " + std::to_string(threads) +
                                            " threads: at most " + std::to_string(most_threads) +
                                            " are allowed");
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  const auto doing = "start an actor system with " + std::to_string(threads) + " threads";
  // CAF waits for ever, or ends the process, when it cannot start one.
  if (auto enough = can_start_threads(threads + threads_beside); !enough)
    return tl::unexpected(within(doing, enough.error()));
  try {
    auto made = std::make_unique<caf_executor>(threads);
    if (!made->shares_work())
      return fail(errc::unsupported, "start an actor system: this version of CAF has no 'sharing' scheduler");
    return made;
  } catch (const std::exception& problem) {
    return fail(errc::exhausted, doing + ": " + problem.what());
  }
}

}  // namespace troupe::actors
