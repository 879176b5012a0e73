// The program of pool_test: pools in a plain main(). Its first word says what happens; what comes out goes to stdout, a line
// each. Stages do what their item says.
// Environment: POOL_SKIP_SERVE makes main() forget app.serve(); POOL_SLOW_START makes workers hang before they serve.
#include <troupe/actors/actor_system.hpp>
#include <troupe/app.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace troupe::literals;

struct task {
  std::string what;  // "ok", "segv", "throw", "exit", "hang", "once", "wait", "pid", "large"
  std::string more;
  std::int64_t number = 0;
};
struct done {
  std::string what;
  std::int64_t number = 0;
  std::int64_t process = 0;
  std::uint32_t attempt = 0;
  std::uint64_t id = 0;
};

void write_down(const std::string& name, const std::string& line) {
  const int file = ::open(name.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  const auto text = line + '\n';
  if (file < 0 || ::write(file, text.data(), text.size()) < 0) throw std::runtime_error(name);
  ::close(file);
}

void look_again_soon() {
  ::poll(nullptr, 0, 1);
}

void crash() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGSEGV, SIG_DFL);  // sanitizers have theirs
  std::raise(SIGSEGV);
}

done perform(task t, troupe::job const& about) {
  if (t.what == "segv" || (t.what == "once" && about.attempt() == 1)) {
    std::cerr << "last words of " << t.what << ' ' << t.number << std::endl;
    crash();
  }
  if (t.what == "throw") throw std::invalid_argument("no such thing as " + t.more);
  if (t.what == "exit") std::_Exit(static_cast<int>(t.number));
  if (t.what == "hang") {
    write_down("hanging", std::to_string(t.number));
    while (true) ::pause();
  }
  if (t.what == "wait") {  // until nobody waits for it
    write_down("waiting", std::to_string(t.number));
    while (!about.cancelled()) look_again_soon();
    write_down("told", std::to_string(t.number));
  }
  if (t.what == "note") write_down("noted", std::to_string(t.number));
  if (t.what == "large") return {std::string(static_cast<std::size_t>(t.number), 'x'), t.number, 0, 0, 0};
  return {t.what, 2 * t.number, ::getpid(), about.attempt(), about.id()};
}

std::optional<std::int64_t> only_even(std::int64_t n) {
  if (n % 2 != 0) return std::nullopt;
  return n;
}
std::vector<std::string> letters(std::string word) {
  std::vector<std::string> all;
  for (const char c : word) all.emplace_back(1, c);
  return all;
}
void in_vain(std::int64_t n) {
  if (n < 0) throw std::runtime_error("below 0");
}

using troupe::job_error;
using working = troupe::pool<task, done>;

void print(const troupe::job_failure& why) {
  std::cout << name_of(why.kind) << " | " << why.cause << " | attempts " << why.attempts << " of "
            << why.max_attempts << " | exit " << why.exit_code.value_or(-1) << " | signal "
            << why.signal.value_or(-1) << " | thrown " << why.thrown << " | stderr "
            << (why.stderr_tail.empty() ? "" : why.stderr_tail.back()) << std::endl;
}

/// Tasks from stdin: "what number more".
std::vector<task> read_tasks() {
  std::vector<task> all;
  for (task next; std::cin >> next.what >> next.number;) {
    std::getline(std::cin >> std::ws, next.more);
    all.push_back(next);
  }
  return all;
}

int faults(working& pool, bool ordered) {
  for (auto&& [i, out] : pool.map(read_tasks(), {.ordered = ordered, .look_ahead = 16})) {
    std::cout << i << ": ";
    if (out)
      std::cout << out->what << ' ' << out->number << " attempt " << out->attempt << " id " << out->id
                << std::endl;
    else
      print(out.error());
  }
  return 0;
}

/// Numbers from a storm of kills: every one comes once, with its answer.
int storm(working& pool, int count) {
  std::cout << "begun" << std::endl;
  std::int64_t sum = 0, seen = 0, failed = 0, again = 0;
  const auto tasks = std::views::iota(0, count) | std::views::transform([](int n) {
                       return task{"ok", "", n};
                     });
  for (auto&& [i, out] : pool.map(tasks)) {
    ++seen;
    if (!out)
      ++failed;
    else if (out->number != 2 * static_cast<std::int64_t>(i))
      ++failed;
    else
      sum += out->number, again += out->attempt > 1 ? 1 : 0;
  }
  std::cout << "seen " << seen << " failed " << failed << " sum " << sum << " restarts "
            << (pool.status().restarts > 0 ? "some" : "none") << std::endl;
  return 0;
}

void wait_for_file(const std::string& name, std::size_t lines) {
  while (true) {
    std::ifstream file(name);
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) ++count;
    if (count >= lines) return;
    look_again_soon();
  }
}

int cancelling(working& pool) {
  auto running = pool.submit({"wait", "", 1});
  wait_for_file("waiting", 1);
  std::vector<troupe::job_future<done>> behind;
  for (int n = 2; n < 6; ++n) behind.push_back(pool.submit({"note", "", n}));
  std::cout << behind[1].cancel() << running.cancel() << running.cancel() << std::endl;
  print(running.get().error());
  print(behind[1].get().error());
  wait_for_file("told", 1);
  for (const std::size_t i : {0U, 2U, 3U}) std::cout << behind[i].get()->number << std::endl;
  return 0;
}

struct begin {};
struct sum_up {
  using reply = std::int64_t;
};
/// An actor that gives jobs to a pool and waits for them without a thread.
class boss {
 public:
  using receives = troupe::receives<begin, sum_up>;
  explicit boss(working& pool) : pool_(pool) {}
  troupe::task<> operator()(begin) {
    auto good = pool_.submit({"ok", "", 20});
    auto bad = pool_.submit({"throw", "fun", 1});
    auto got = co_await good;
    auto failed = co_await bad;
    total_ = (got ? got->number : 0) + (failed ? 0 : 2);
    auto in_vain_waited = pool_.submit({"ok", "", 1});
    const auto refused = in_vain_waited.get();
    total_ += !refused && refused.error().kind == job_error::refused ? 100 : 0;
    auto again = co_await in_vain_waited;
    total_ += again ? 1000 : 0;
    for (auto&& [i, out] : pool_.map(std::vector<task>{{"ok", "", 1}})) total_ += out ? 0 : 10'000;
  }
  std::int64_t operator()(sum_up) { return total_; }

 private:
  working& pool_;
  std::int64_t total_ = 0;
};

int with_actors(working& pool) {
  auto system = troupe::actor_system::start();
  const auto one = (*system)->spawn<boss>({}, pool);
  one.send(begin{});
  std::cout << *one.ask(sum_up{}, 60s).get() << std::endl;
  return 0;
}

int closing(working& pool, bool by_hand) {
  std::vector<troupe::job_future<done>> all;
  for (int n = 0; n < 4; ++n) all.push_back(pool.submit({"hang", "", n}));
  all.push_back(pool.submit({"ok", "", 1}));
  wait_for_file("hanging", 2);
  if (by_hand) {
    const auto closed = pool.close(troupe::deadline::after(50ms));
    std::cout << (closed ? "closed" : closed.error().message()) << std::endl;
    print(pool.submit({"ok", "", 1}).get().error());
  } else {
    const working gone = std::move(pool);
  }
  for (auto& each : all) print(each.get().error());
  return 0;
}

int crowding(troupe::app& app, const troupe::stage<task, done>& performing) {
  auto pool = app.open(performing, {.workers = 1, .queue = 3});
  if (!pool) return app.fail(pool.error());
  auto blocked = pool->submit({"wait", "", 1});
  auto second = pool->submit({"ok", "", 2});
  auto third = pool->try_submit({"ok", "", 3});
  std::cout << third.has_value() << pool->try_submit({"ok", "", 4}).has_value() << std::endl;
  wait_for_file("waiting", 1);
  std::thread later([&] { blocked.cancel(); });
  std::cout << pool->submit({"ok", "", 5}).get()->number
            << std::endl;  // there is room when the first is done
  later.join();
  std::cout << second.get()->number << third->get()->number << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto performing = app.stage("perform", perform);
  const auto evening = app.stage("only_even", only_even);
  const auto spelling = app.stage("letters", letters);
  const auto wasting = app.stage("in_vain", in_vain);
  if (std::getenv("POOL_SLOW_START") != nullptr && app.is_worker())
    while (true) ::pause();
  if (std::getenv("POOL_SKIP_SERVE") == nullptr && app.is_worker()) return app.serve();

  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "kinds") {
    auto even = app.open(evening, {.workers = 1});
    auto spell = app.open(spelling, {.workers = 1});
    auto waste = app.open(wasting, {.workers = 1});
    if (!even || !spell || !waste)
      return app.fail(!even ? even.error() : !spell ? spell.error() : waste.error());
    std::cout << even->submit(4).get()->value_or(-1) << even->submit(5).get()->value_or(-1) << std::endl;
    const auto spelt = spell->submit("abc").get();
    for (const auto& each : *spelt) std::cout << each << ' ';
    std::cout << spell->submit("").get()->size() << std::endl;
    std::cout << waste->submit(1).get().has_value() << std::endl;
    print(waste->submit(-1).get().error());
    print(spell->submit(std::string(121U << 20U, 'x')).get().error());
    return 0;
  }
  if (what == "crowd") return crowding(app, performing);
  auto pool =
      app.open(performing,
               {.workers = 2,
                .timeout = what == "faults" || what == "ordered" ? std::optional(300ms) : std::nullopt,
                .max_attempts = 2,
                .quarantine = what == "faults" ? "quarantine" : "",
                .worker = {.start_timeout = std::getenv("POOL_SLOW_START") != nullptr ? 300ms : 60'000ms}});
  if (!pool) return app.fail(pool.error());
  if (what == "faults" || what == "ordered") return faults(*pool, what == "ordered");
  if (what == "storm") return storm(*pool, std::atoi(argv[2]));
  if (what == "cancel") return cancelling(*pool);
  if (what == "actors") return with_actors(*pool);
  if (what == "close" || what == "drop") return closing(*pool, what == "close");
  return 2;
}
