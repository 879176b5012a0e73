#include <troupe/base/text.hpp>
#include <troupe/runtime/pool/pool_core.hpp>
#include <troupe/runtime/pool/pool_plan.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

/// For workers that are killed, and for threads of ours to end; never waited for unless something is wrong.
constexpr milliseconds to_clean_up{10'000};

job_failure failure_to_answer(const outcome& how) {
  job_failure why;
  why.kind = job_error::closed;
  why.cause = how.kind == outcome_kind::failed || how.kind == outcome_kind::output_failed
                  ? "the pool failed before the job was done: " + how.message
                  : "the pool was closed before the job was done";
  return why;
}

error error_of(const std::string& name, const outcome& how) {
  return {errc::peer_lost, "the pool of '" + name + "' failed: " + how.message, 0};
}

std::string listed(const std::vector<std::uint64_t>& ids) {
  constexpr std::size_t shown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, ids.size()); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(ids[i]);
  return ids.size() > shown ? text + ", …" : text;
}

}  // namespace

pool_core::pool_core(const pool_options& how) : jobs_(std::make_shared<job_intake>(how.queue, how.within)) {}

pool_core::~pool_core() {
  static_cast<void>(close(deadline::after(nanoseconds(0))));
}

result<std::unique_ptr<pool_core>> pool_core::open(const pool_program& of, pool_options how) {
  auto made = std::make_unique<pool_core>(how);
  if (auto started = made->start(of, std::move(how)); !started)
    return tl::unexpected(std::move(started.error()));
  return made;
}

result<> pool_core::start(const pool_program& of, pool_options how) {
  const auto* definition = of.stages.find(of.stage);
  if (definition == nullptr)
    return fail(errc::not_found, "open a pool of '" + of.stage + "': app.stage() has not registered it");
  auto planned = make_pool_plan(*definition, of.returns, how);
  if (!planned) return tl::unexpected(std::move(planned.error()));
  run_options options;
  options.argv0 = of.argv0;
  options.log = how.log;
  options.catch_signals = false;
  options.jobs = jobs_;
  options.on_ready = [this] {
    const std::lock_guard lock(mutex_);
    ready_ = true;
    changed_.notify_all();
  };
  options.on_end = [this](const outcome& ended_so) { ended(ended_so); };
  auto started = run::start(std::move(*planned), config::file{}, of.stages, std::move(options));
  if (!started) return fail(errc::exhausted, "open a pool of '" + of.stage + "': " + started.error().message);
  run_ = std::move(*started);
  return wait_ready(of.stage, how.worker.start_timeout);
}

result<> pool_core::wait_ready(const std::string& name, milliseconds patience) {
  std::unique_lock lock(mutex_);
  const bool heard = changed_.wait_for(lock, patience, [this] { return ready_ || outcome_; });
  if (outcome_) return fail(errc::peer_lost, "open a pool of '" + name + "': " + outcome_->message);
  if (!heard)
    return fail(errc::timed_out,
                "open a pool of '" + name + "': no worker was ready after " + format_duration(patience) +
                    "; main() must reach app.serve() in a worker before anything that takes long");
  return {};
}

void pool_core::ended(const outcome& how) {
  jobs_->abort(failure_to_answer(how));
  const std::lock_guard lock(mutex_);
  if (!outcome_) outcome_ = how;
  changed_.notify_all();
}

pool_status pool_core::status() const {
  if (!run_) return {};
  const auto& count = run_->counters();
  const auto get = [](const auto& value) { return value.load(std::memory_order_relaxed); };
  return {get(count.items_read), get(count.items_done),    get(count.redelivered),   get(count.quarantined),
          get(count.restarts),   get(count.workers_ready), get(count.workers_wanted)};
}

void pool_core::replace_workers() {
  if (run_) run_->renew_workers();
}

result<> pool_core::close(deadline until) {
  jobs_->close();
  if (!run_ || std::exchange(closed_, true)) return close_result_;
  close_result_ = close_run(until);
  return close_result_;
}

result<> pool_core::close_run(deadline until) {
  auto how = run_->wait(until);
  const bool in_time = how.has_value();
  if (!in_time) {
    run_->request_stop(0);
    run_->request_stop(0);
    how = run_->wait(deadline::after(to_clean_up));
  }
  static_cast<void>(run_->shut_down(to_clean_up));
  const auto dropped = jobs_->unfinished();
  const auto& name = run_->of().members.back().name;
  if (how && (how->kind == outcome_kind::failed || how->kind == outcome_kind::output_failed))
    return tl::unexpected(error_of(name, *how));
  if (!in_time && !dropped.empty())
    return fail(errc::timed_out, "close the pool of '" + name + "': " + std::to_string(dropped.size()) +
                                     " jobs were not finished: " + listed(dropped));
  return {};
}

}  // namespace troupe::runtime
