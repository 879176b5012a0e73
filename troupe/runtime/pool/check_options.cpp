#include <troupe/base/allowed.hpp>
#include <troupe/base/text.hpp>
#include <troupe/runtime/pool/check_options.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::string_view nul("\0", 1);

std::string in_words(std::int64_t value) {
  return std::to_string(value);
}
std::string in_words(milliseconds value) {
  constexpr auto longest = std::chrono::duration_cast<milliseconds>(nanoseconds::max());
  if (value > longest || value < -longest) return std::to_string(value.count()) + "ms";
  return value >= 2 * allowed::day && value % allowed::day == milliseconds(0)
             ? std::to_string(value / allowed::day) + " days"
             : format_duration(value);
}
std::string in_words(std::size_t value) {
  return format_bytes(value);
}

/// Keeps the first complaint.
class options_check {
 public:
  std::optional<std::string> make(const pool_options& how) {
    if (how.workers != 0) expect_count("workers", how.workers, allowed::workers);
    expect_count("min_workers", how.min_workers, allowed::min_workers);
    if (how.workers != 0 && how.min_workers > how.workers)
      complain("min_workers is " + std::to_string(how.min_workers) + ", and workers, the most, is " +
               std::to_string(how.workers));
    expect("idle", how.idle, allowed::idle);
    if (how.timeout) expect("timeout", *how.timeout, allowed::timeout);
    if (how.within) expect("within", *how.within, allowed::timeout);
    expect("max_attempts", std::int64_t{how.max_attempts}, allowed::max_attempts);
    if (how.max_jobs != 0) expect_count("max_jobs", how.max_jobs, allowed::max_jobs);
    expect_count("max_in_flight", how.max_in_flight, allowed::max_in_flight);
    if (how.quarantine.find(nul) != std::string::npos) complain("quarantine holds NUL, which no path can");
    look_at(how.limits);
    look_at(how.restart);
    look_at(how.worker);
    return std::move(wrong_);
  }

 private:
  void complain(std::string what) {
    if (!wrong_) wrong_ = std::move(what);
  }
  template <class T>
  void expect(const char* option, T value, const range_of<T>& range) {
    if (range.has(value)) return;
    complain(std::string(option) + " is " + in_words(value) + "; " + in_words(range.low) + " to " +
             in_words(range.high));
  }
  void expect_count(const char* option, std::uint64_t value, const allowed::whole& range) {
    if (std::cmp_less_equal(range.low, value) && std::cmp_less_equal(value, range.high)) return;
    complain(std::string(option) + " is " + std::to_string(value) + "; " + in_words(range.low) + " to " +
             in_words(range.high));
  }

  void look_at(const resource_limits& limits) {
    if (limits.memory_max) expect("limits.memory_max", *limits.memory_max, allowed::memory);
    if (limits.address_space) expect("limits.address_space", *limits.address_space, allowed::memory);
    if (limits.open_files) expect_count("limits.open_files", *limits.open_files, allowed::open_files);
    // In seconds: as many of them as there can be are more milliseconds than can be counted.
    using std::chrono::seconds;  // compared as such: the largest of them are too many milliseconds
    const range_of<seconds> cpu_time{std::chrono::duration_cast<seconds>(allowed::cpu_time.low),
                                     std::chrono::duration_cast<seconds>(allowed::cpu_time.high)};
    if (limits.cpu_time && !cpu_time.has(*limits.cpu_time))
      complain("limits.cpu_time is " + std::to_string(limits.cpu_time->count()) + "s; " +
               in_words(allowed::cpu_time.low) + " to " + in_words(allowed::cpu_time.high));
    if (limits.processes) expect_count("limits.processes", *limits.processes, allowed::processes);
    if (limits.tasks_max) expect_count("limits.tasks_max", *limits.tasks_max, allowed::tasks_max);
    if (limits.stack) expect("limits.stack", *limits.stack, allowed::stack);
  }

  void look_at(const restart_options& restart) {
    expect("restart.burst", std::int64_t{restart.burst}, allowed::restart_burst);
    expect("restart.window", restart.window, allowed::restart_window);
    expect("restart.delay", restart.delay, allowed::restart_delay);
    expect("restart.max_delay", restart.max_delay, allowed::restart_delay);
    if (restart.delay > restart.max_delay)
      complain("restart.delay is " + in_words(restart.delay) + ", longer than restart.max_delay, " +
               in_words(restart.max_delay));
  }

  void look_at(const worker_settings& worker) {
    if (worker.limits != resource_limits{})
      complain("worker.limits is set; the limits of a pool's workers are its option `limits`");
    if (worker.max_jobs != 0) complain("worker.max_jobs is set; of a pool it is its option `max_jobs`");
    if (worker.nice) expect("worker.nice", std::int64_t{*worker.nice}, allowed::nice);
    for (const auto cpu : worker.cpus) expect("worker.cpus", std::int64_t{cpu}, allowed::cpu);
    if (worker.env.size() > allowed::most_variables)
      complain("worker.env has " + std::to_string(worker.env.size()) + " variables; 0 to " +
               std::to_string(allowed::most_variables));
    for (const auto& each : worker.env) {
      if (!allowed::is_variable(each.name))
        complain("worker.env: '" + each.name.substr(0, each.name.find('\0')) +
                 "' is no name of a variable: it is empty, or holds '=' or NUL");
      if (each.value.find(nul) != std::string::npos)
        complain("worker.env: the value of '" + each.name + "' holds NUL, which no variable can");
    }
    if (worker.cwd.find(nul) != std::string::npos) complain("worker.cwd holds NUL, which no path can");
    look_at(worker.stop);
    expect("worker.start_timeout", worker.start_timeout, allowed::start_timeout);
    expect("worker.heartbeat_timeout", worker.heartbeat_timeout, allowed::heartbeat_timeout);
  }

  void look_at(const stop_options& stop) {
    const auto is_it = [&](const auto& each) { return each.second == stop.signal; };
    if (stop.signal != 0 && std::ranges::none_of(allowed::stop_signals, is_it)) {
      std::string names;
      for (const auto& [name, number] : allowed::stop_signals) names += ", " + std::string(name);
      complain("worker.stop.signal is " + std::to_string(stop.signal) + "; 0, which is none" + names);
    }
    expect("worker.stop.timeout", stop.timeout, allowed::stop_timeout);
  }

  std::optional<std::string> wrong_;
};

}  // namespace

std::optional<std::string> wrong_option(const pool_options& how) {
  return options_check().make(how);
}

}  // namespace troupe::runtime
