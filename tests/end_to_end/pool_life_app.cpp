// The program of pool_life_test: pools whose workers come, go, are limited, frozen, equipped, and jobs that run out of time. Its
// first word says what happens; what comes out goes to stdout, a line each. Workers do what their item says; files in the
// working folder tell the test, and are told by it.
#include <troupe/actors/actor_system.hpp>
#include <troupe/app.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace troupe::literals;

struct errand {
  std::string what;  // "ok", "hold", "hang", "wait", "segv", "throw", "freeze", "gorge", "env", "cwd"
  std::string more;
  std::int64_t number = 0;
};
struct outcome {
  std::string text;
  std::int64_t process = 0;
  std::uint32_t attempt = 0;
};
using working = troupe::pool<errand, outcome>;
using pending = troupe::job_future<outcome>;

void write_down(const std::string& name, const std::string& line) {
  const int file = ::open(name.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  const auto text = line + '\n';
  if (file < 0 || ::write(file, text.data(), text.size()) < 0) throw std::runtime_error(name);
  ::close(file);
}
void look_again_soon() {
  ::poll(nullptr, 0, 1);
}
std::size_t lines_in(const std::string& name) {
  std::ifstream file(name);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}
template <class F>
void wait_until(F so) {
  while (!so()) look_again_soon();
}

void crash() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGSEGV, SIG_DFL);  // sanitizers have theirs
  std::raise(SIGSEGV);
}

void gorge() {
  std::vector<std::unique_ptr<char[]>> all;
  constexpr std::size_t block = 8U << 20U;
  for (std::size_t total = 0; total < 2048_MiB; total += block) {
    all.push_back(std::make_unique<char[]>(block));
    for (std::size_t at = 0; at < block; at += 1024) all.back()[at] = 'x';
  }
}

outcome act(errand e, troupe::job const& about) {
  const bool first = about.attempt() == 1;
  if (e.what == "segv" && (first || e.more.empty())) crash();
  if (e.what == "throw" && (first || e.more.empty())) throw std::runtime_error("no");
  if (e.what == "freeze" && first) std::raise(SIGSTOP);
  if (e.what == "gorge") gorge();
  if (e.what == "hold") {
    write_down("holding", std::to_string(::getpid()));
    wait_until([] { return std::filesystem::exists("release"); });
  }
  if (e.what == "hang") {
    write_down("hanging", std::to_string(e.number));
    while (true) ::pause();
  }
  if (e.what == "wait") {
    write_down("waiting", std::to_string(e.number));
    wait_until([&] { return about.cancelled(); });
    write_down("told", std::to_string(e.number));
  }
  std::string text = e.what;
  if (e.what == "env") text = std::getenv(e.more.c_str()) == nullptr ? "none" : std::getenv(e.more.c_str());
  if (e.what == "cwd") text = std::filesystem::current_path().filename().string();
  return {text, ::getpid(), about.attempt()};
}

void print(const troupe::job_result<outcome>& got) {
  if (got)
    std::cout << got->text << " | attempt " << got->attempt << std::endl;
  else
    std::cout << name_of(got.error().kind) << " | " << got.error().message() << " | attempts "
              << got.error().attempts << " | running " << got.error().running << " | over memory "
              << (got.error().oom == troupe::spawn::out_of_memory::over_limit) << std::endl;
}

void print(const char* what, const troupe::result<>& closed) {
  std::cout << what << ": " << (closed ? "well" : closed.error().message()) << std::endl;
}

/// What the judge of the test looks at: how often somebody was sent again, given up, started again.
void print_faults(const working& pool) {
  wait_until([&] {  // a turn of the pool counts its answers at its end
    const auto now = pool.status();
    return now.submitted == now.answered;
  });
  const auto now = pool.status();
  std::cout << "redelivered " << now.redelivered << " given up " << now.given_up << " restarts "
            << now.restarts << std::endl;
}

/// Numbers, whose answers are all there, until `enough` of the processes that have given them; how many went wrong.
template <class F>
int work_until(working& pool, std::set<std::int64_t>& processes, F enough) {
  int wrong = 0;
  while (!enough()) {
    const auto batch = std::views::iota(0, 200) | std::views::transform([](int n) {
                         return errand{"ok", "", n};
                       });
    std::size_t seen = 0;
    for (auto&& [i, out] : pool.map(batch)) {
      ++seen;
      if (out && out->attempt == 1)
        processes.insert(out->process);
      else
        ++wrong;
    }
    wrong += seen == 200 ? 0 : 1;
  }
  return wrong;
}

int scaling(working& pool) {
  wait_until([&] { return pool.status().workers_ready == 1; });
  std::cout << "wanted " << pool.status().workers_wanted << std::endl;
  std::vector<pending> all;
  for (int n = 0; n < 20; ++n) all.push_back(pool.submit({"hold", "", n}));
  wait_until([] { return lines_in("holding") == 4; });
  std::cout << "grown to " << pool.status().workers_ready << std::endl;
  std::ofstream("release") << "now";
  int good = 0;
  for (auto& each : all) good += each.get() ? 1 : 0;
  wait_until([&] { return pool.status().workers_ready == 1; });
  std::cout << "good " << good << ", shrunk" << std::endl;
  print(pool.submit({"ok", "", 1}).get());
  print_faults(pool);
  return 0;
}

int recycling(working& pool) {
  std::set<std::int64_t> processes;
  const int wrong = work_until(pool, processes, [&] { return processes.size() > 8; });
  std::cout << "wrong " << wrong << std::endl;
  print_faults(pool);
  return 0;
}

int replacing(working& pool) {
  wait_until([&] { return pool.status().workers_ready == 3; });
  std::set<std::int64_t> before, after;
  int wrong = work_until(pool, before, [&] { return before.size() == 3; });
  pool.replace_workers();
  wrong += work_until(pool, after, [&] {
    std::size_t fresh = 0;
    for (const auto process : after) fresh += before.contains(process) ? 0 : 1;
    return fresh == 3;
  });
  wait_until([&] { return pool.status().workers_ready == 3; });
  after.clear();
  wrong += work_until(pool, after, [&] { return !after.empty(); });
  for (const auto process : after) wrong += before.contains(process) ? 1 : 0;
  std::cout << "wrong " << wrong << std::endl;
  print_faults(pool);
  return 0;
}

int one_by_one(working& pool, const std::vector<errand>& all) {
  for (const auto& each : all) print(pool.submit(each).get());
  print_faults(pool);
  return 0;
}

struct ask_pool {
  using reply = std::string;
};
class impatient {
 public:
  using receives = troupe::receives<ask_pool>;
  explicit impatient(working& pool) : pool_(pool) {}
  troupe::task<std::string> operator()(ask_pool) {
    auto answer = pool_.submit({"ok", "", 1}, {.within = 50ms});
    auto got = co_await answer;
    co_return got ? "got" : std::string(name_of(got.error().kind));
  }

 private:
  working& pool_;
};

/// Both workers hang, so that nothing else gets its turn.
int running_late(working& pool) {
  wait_until([&] { return pool.status().workers_ready == 2; });
  auto told = pool.submit({"wait", "", 1}, {.within = 1min});
  wait_until([] { return lines_in("waiting") == 1; });
  auto deaf = pool.submit({"hang", "", 2}, {.within = 2s});
  wait_until([] { return lines_in("hanging") == 1; });
  auto behind = pool.submit({"ok", "", 3});  // the pool's own deadline
  print(behind.get());
  print(deaf.get());
  for (auto&& [i, out] : pool.map(std::vector<errand>(2, {"ok", "", 4}), {.within = 50ms})) print(out);
  auto system = troupe::actor_system::start();
  std::cout << (*system)->spawn<impatient>({}, pool).ask(ask_pool{}, 60s).get().value() << std::endl;
  told.cancel();
  wait_until([] { return lines_in("told") == 1; });
  print(pool.submit({"ok", "", 5}, {.within = 1min}).get());
  print("close", pool.close(troupe::deadline::after(50ms)));
  return 0;
}

/// The running job sees that its deadline has passed.
int being_told(working& pool) {
  print(pool.submit({"wait", "", 1}, {.within = 2s}).get());
  wait_until([] { return lines_in("told") == 1; });
  print(pool.submit({"ok", "", 2}, {.within = 1min}).get());
  print("close", pool.close());
  return 0;
}

/// Workers hang, the queue is full, and somebody waits for room.
int closing_full(working& pool) {
  std::vector<pending> all;
  for (int n = 0; n < 8; ++n) all.push_back(pool.submit({"hang", "", n}));
  wait_until([] { return lines_in("hanging") == 2; });
  std::cout << "room " << pool.try_submit({"ok", "", 8}).has_value() << std::endl;
  std::atomic<bool> begun = false;
  std::thread waits([&] {
    begun = true;
    print(pool.submit({"ok", "", 9}).get());
  });
  wait_until([&] { return begun.load(); });
  const auto closed_so = pool.close(troupe::deadline::after(100ms));
  waits.join();
  print("close", closed_so);
  print("again", pool.close());
  std::size_t closed = 0;
  for (auto& each : all) closed += each.get().error().kind == troupe::job_error::closed ? 1 : 0;
  std::cout << "closed " << closed << std::endl;
  return 0;
}

int closing_twice(working& pool) {
  auto last = pool.submit({"ok", "", 1});
  print("close", pool.close());
  print(last.get());
  print("again", pool.close());
  print(pool.submit({"ok", "", 2}).get());
  return 0;
}

/// The folder of the workers goes away: no further one can be started, and the one that is there has all the work.
int losing_the_folder(working& pool) {
  print(pool.submit({"cwd", "", 0}).get());
  std::filesystem::rename("work", "elsewhere");
  std::vector<pending> all;
  for (int n = 0; n < 20; ++n) all.push_back(pool.submit({"wait", "", n}));
  wait_until([] { return lines_in("elsewhere/waiting") == 1; });
  wait_until(
      [] { return std::filesystem::exists("seen"); });  // the test has read that one could not be started
  std::filesystem::rename("elsewhere", "work");
  wait_until([&] { return pool.status().workers_ready == 2; });
  std::cout << "both are there" << std::endl;
  for (auto& each : all) each.cancel();
  print(pool.submit({"cwd", "", 0}).get());
  print_faults(pool);
  return 0;
}

troupe::pool_options options_of(const std::string& what) {
  troupe::pool_options how{.workers = 2, .max_attempts = 2};
  how.worker.start_timeout = 60s;
  if (what == "scale") how.workers = 4, how.min_workers = 1, how.idle = 1s;
  if (what == "recycle") how.max_jobs = 100;
  if (what == "replace") how.workers = 3;
  if (what == "retry-errors") how.retry = {.crash = false, .timeout = false, .error = true};
  if (what == "memory") how.workers = 1, how.limits.memory_max = 100_MiB;
  if (what == "addresses") how.workers = 1, how.limits.address_space = 600_MiB;
  if (what == "freeze") how.workers = 1, how.worker.heartbeat_timeout = 1s;
  if (what == "equip") {
    how.worker.env = {{"POOL_GREETING", "hello"}, {"HOME", "here"}};
    how.worker.cwd = "work";
  }
  if (what == "late") how.within = 100ms;
  if (what == "told") how.workers = 1;
  if (what == "full") how.queue = 8;
  if (what == "folder") {
    how.min_workers = 1;
    how.worker.cwd = "work";
    how.restart.burst = 0;
    how.restart.max_delay = 200ms;
    how.restart.delay = 100ms;
  }
  if (what == "nice") how.worker.nice = 20;
  if (what == "processes") how.limits.processes = 1000;
  return how;
}

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto acting = app.stage("act", act);
  if (app.is_worker()) return app.serve();
  const std::string what = argc > 1 ? argv[1] : "";
  auto pool = app.open(acting, options_of(what));
  if (!pool) return app.fail(pool.error());
  if (what == "scale") return scaling(*pool);
  if (what == "recycle") return recycling(*pool);
  if (what == "replace") return replacing(*pool);
  if (what == "retry-errors")
    return one_by_one(*pool, {{"throw", "once", 1}, {"throw", "", 2}, {"segv", "once", 3}});
  if (what == "retry-crashes")
    return one_by_one(*pool, {{"throw", "once", 1}, {"segv", "once", 2}, {"segv", "", 3}});
  if (what == "memory" || what == "addresses") return one_by_one(*pool, {{"gorge", "", 1}, {"ok", "", 2}});
  if (what == "freeze") return one_by_one(*pool, {{"freeze", "", 1}});
  if (what == "equip") return one_by_one(*pool, {{"env", "POOL_GREETING"}, {"env", "HOME"}, {"cwd"}});
  if (what == "late") return running_late(*pool);
  if (what == "told") return being_told(*pool);
  if (what == "full") return closing_full(*pool);
  if (what == "twice") return closing_twice(*pool);
  if (what == "folder") return losing_the_folder(*pool);
  return what == "processes" ? 0 : 2;
}
