// bench/micro/pool.cpp - jobs of a pool of worker processes: wall seconds from the first job to the last result.
// Usage: pool map|futures JOBS WORKERS      JOBS x int -> int, by map() or by a future each
//        pool idle WORKERS SECONDS          the director beside idle workers: its CPU seconds and its resident bytes
// Prints "seconds check", or "cpu_seconds resident_bytes".
#include <troupe/app.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using numbers = troupe::pool<std::int64_t, std::int64_t>;

std::int64_t twice(std::int64_t n) {
  return 2 * n;
}

std::int64_t by_map(numbers& pool, std::int64_t jobs) {
  std::int64_t sum = 0;
  for (auto&& [i, out] : pool.map(std::views::iota(std::int64_t{0}, jobs))) sum += out.value();
  return sum;
}

std::int64_t by_futures(numbers& pool, std::int64_t jobs) {
  std::vector<troupe::job_future<std::int64_t>> all;
  all.reserve(static_cast<std::size_t>(jobs));
  for (std::int64_t n = 0; n < jobs; ++n) all.push_back(pool.submit(n));
  std::int64_t sum = 0;
  for (auto& each : all) sum += each.get().value();
  return sum;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

int beside_idle_workers(const numbers& pool, std::size_t workers, int seconds) {
  while (pool.status().workers_ready < workers) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  std::printf("%.6f %zu\n", cpu_seconds() - before, resident_bytes());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto doubling = app.stage("twice", twice);
  if (app.is_worker()) return app.serve();
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 3) {
    std::fputs("usage: pool map|futures JOBS WORKERS | pool idle WORKERS SECONDS\n", stderr);
    return 2;
  }
  const bool idle = words[0] == "idle";
  const auto workers = static_cast<std::size_t>(std::atoi(words[idle ? 1 : 2].c_str()));
  auto pool = app.open(doubling, {.workers = workers});
  if (!pool) return app.fail(pool.error());
  if (idle) return beside_idle_workers(*pool, workers, std::atoi(words[2].c_str()));

  for (std::size_t n = 0; n < 100 * workers; ++n)
    static_cast<void>(pool->submit(1).get());  // everybody is warm
  const auto jobs = std::atoll(words[1].c_str());
  const auto began = clock_type::now();
  const auto sum = words[0] == "map" ? by_map(*pool, jobs) : by_futures(*pool, jobs);
  std::printf("%.6f %lld\n", std::chrono::duration<double>(clock_type::now() - began).count(),
              static_cast<long long>(sum));
  return 0;
}
