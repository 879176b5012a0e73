#include <troupe/base/literals.hpp>
#include <troupe/runtime/pool/check_options.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime::check_options_test {
namespace {

using namespace troupe::literals;
using std::chrono::hours;
using std::chrono::seconds;

pool_options with(worker_settings worker) {
  pool_options how;
  how.worker = std::move(worker);
  return how;
}
pool_options with(resource_limits limits) {
  pool_options how;
  how.limits = limits;
  return how;
}
pool_options with(restart_options restart) {
  pool_options how;
  how.restart = restart;
  return how;
}

TEST(wrong_option, is_none_of_the_defaults) {
  EXPECT_EQ(wrong_option({}), std::nullopt);
}

TEST(wrong_option, is_none_at_the_first_and_the_last_of_each_range) {
  const std::vector<pool_options> good = {
      {.workers = 1},
      {.workers = 1024},
      {.workers = 4, .min_workers = 4},
      {.min_workers = 1024},
      {.idle = seconds(1)},
      {.idle = hours(24)},
      {.timeout = milliseconds(1)},
      {.timeout = hours(720)},
      {.within = milliseconds(1)},
      {.within = hours(720)},
      {.max_attempts = 1000},
      {.max_jobs = 1},
      {.max_jobs = 1'000'000'000'000},
      {.max_in_flight = 1'000'000},
      with({.memory_max = 1_MiB}),
      with({.memory_max = std::size_t{1} << 50}),
      with({.address_space = 1_MiB}),
      with({.open_files = 64}),
      with({.open_files = 1'048'576}),
      with({.core_size = 0}),
      with({.cpu_time = seconds(1)}),
      with({.cpu_time = hours(720)}),
      with({.processes = 16}),
      with({.tasks_max = 16}),
      with({.file_size = 0}),
      with({.stack = 128_KiB}),
      with(restart_options{.burst = 0}),
      with(restart_options{.burst = 1000}),
      with(restart_options{.window = milliseconds(1)}),
      with(restart_options{.delay = milliseconds(0), .max_delay = milliseconds(0)}),
      with(restart_options{.delay = hours(1), .max_delay = hours(1)}),
      with(worker_settings{.nice = -20}),
      with(worker_settings{.nice = 19}),
      with(worker_settings{.cpus = {0, 8191}}),
      with(worker_settings{.env = {{"A", ""}}}),
      with(worker_settings{.stop = {.signal = SIGTERM, .timeout = milliseconds(0)}}),
      with(worker_settings{.stop = {.timeout = hours(1)}}),
      with(worker_settings{.start_timeout = milliseconds(100)}),
      with(worker_settings{.start_timeout = hours(24)}),
      with(worker_settings{.heartbeat_timeout = seconds(1)}),
      with(worker_settings{.heartbeat_timeout = hours(24)})};
  for (const auto& how : good) EXPECT_EQ(wrong_option(how), std::nullopt);
}

TEST(wrong_option, is_named_with_its_value_and_its_range) {
  const std::string nul(1, '\0');
  const std::vector<std::pair<pool_options, std::string>> bad = {
      {{.workers = 1025}, "workers is 1025; 1 to 1024"},
      {{.min_workers = 1025}, "min_workers is 1025; 0 to 1024"},
      {{.workers = 2, .min_workers = 3}, "min_workers is 3, and workers, the most, is 2"},
      {{.idle = milliseconds(999)}, "idle is 999ms; 1s to 24h"},
      {{.idle = hours(25)}, "idle is 25h; 1s to 24h"},
      {{.timeout = milliseconds(0)}, "timeout is 0s; 1ms to 30 days"},
      {{.timeout = milliseconds::max()}, "timeout is 9223372036854775807ms; 1ms to 30 days"},
      {{.within = milliseconds(0)}, "within is 0s; 1ms to 30 days"},
      {{.within = hours(24 * 31)}, "within is 31 days; 1ms to 30 days"},
      {{.max_attempts = 0}, "max_attempts is 0; 1 to 1000"},
      {{.max_jobs = 1'000'000'000'001}, "max_jobs is 1000000000001; 1 to 1000000000000"},
      {{.max_jobs = ~std::uint64_t{0}}, "max_jobs is 18446744073709551615; 1 to 1000000000000"},
      {{.max_in_flight = 0}, "max_in_flight is 0; 1 to 1000000"},
      {{.quarantine = "a" + nul}, "quarantine holds NUL, which no path can"},
      {with({.memory_max = 1023_KiB}), "limits.memory_max is 1023 KiB; 1 MiB to 1 PiB"},
      {with({.address_space = 1}), "limits.address_space is 1 B; 1 MiB to 1 PiB"},
      {with({.open_files = 63}), "limits.open_files is 63; 64 to 1048576"},
      {with({.cpu_time = seconds(0)}), "limits.cpu_time is 0s; 1s to 30 days"},
      {with({.cpu_time = seconds::max()}), "limits.cpu_time is 9223372036854775807s; 1s to 30 days"},
      {with({.processes = 15}), "limits.processes is 15; 16 to 4194304"},
      {with({.tasks_max = 15}), "limits.tasks_max is 15; 16 to 1048576"},
      {with({.stack = 1}), "limits.stack is 1 B; 128 KiB to 1 PiB"},
      {with(restart_options{.burst = 1001}), "restart.burst is 1001; 0 to 1000"},
      {with(restart_options{.window = milliseconds(0)}), "restart.window is 0s; 1ms to 24h"},
      {with(restart_options{.delay = milliseconds(-1)}), "restart.delay is -1ms; 0s to 1h"},
      {with(restart_options{.max_delay = hours(2)}), "restart.max_delay is 2h; 0s to 1h"},
      {with(restart_options{.delay = seconds(2), .max_delay = seconds(1)}),
       "restart.delay is 2s, longer than restart.max_delay, 1s"},
      {with(worker_settings{.limits = {.tasks_max = 99}}),
       "worker.limits is set; the limits of a pool's workers are its option `limits`"},
      {with(worker_settings{.nice = 20}), "worker.nice is 20; -20 to 19"},
      {with(worker_settings{.nice = -21}), "worker.nice is -21; -20 to 19"},
      {with(worker_settings{.cpus = {0, 8192}}), "worker.cpus is 8192; 0 to 8191"},
      {with(worker_settings{.env = std::vector<env_setting>(1001, {"A", "1"})}),
       "worker.env has 1001 variables; 0 to 1000"},
      {with(worker_settings{.env = {{"", "1"}}}),
       "worker.env: '' is no name of a variable: it is empty, or holds '=' or NUL"},
      {with(worker_settings{.env = {{"A=B", "1"}}}),
       "worker.env: 'A=B' is no name of a variable: it is empty, or holds '=' or NUL"},
      {with(worker_settings{.env = {{"A", "1" + nul}}}),
       "worker.env: the value of 'A' holds NUL, which no variable can"},
      {with(worker_settings{.cwd = "/" + nul}), "worker.cwd holds NUL, which no path can"},
      {with(worker_settings{.stop = {.signal = SIGKILL}}),
       "worker.stop.signal is 9; 0, which is none, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2"},
      {with(worker_settings{.stop = {.timeout = milliseconds(-1)}}), "worker.stop.timeout is -1ms; 0s to 1h"},
      {with(worker_settings{.start_timeout = milliseconds(99)}),
       "worker.start_timeout is 99ms; 100ms to 24h"},
      {with(worker_settings{.heartbeat_timeout = hours(25)}), "worker.heartbeat_timeout is 25h; 1s to 24h"},
      {with(worker_settings{.max_jobs = 5}),
       "worker.max_jobs is set; of a pool it is its option `max_jobs`"}};
  for (const auto& [how, text] : bad) EXPECT_EQ(wrong_option(how), text);
}

}  // namespace
}  // namespace troupe::runtime::check_options_test
