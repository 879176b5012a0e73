// tests/spawn/rough_host.cpp - a program that is a bad home for children: signals arrive all the time, or its
// own handler of SIGCHLD reaps whatever ends.
// Threads: one, a spawner's, a poster's. Prints what it got nevertheless.
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/lifeline.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/spawner.hpp>

#include <sys/time.h>
#include <sys/wait.h>
#include <tests/spawn/wardens.hpp>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using namespace troupe::spawn;
using troupe::as_bytes_view;
using troupe::deadline;
using troupe::milliseconds;

/// "wait: 3 × exited with code 3"
void say_how_often(const char* what, int rounds, const std::function<std::string()>& once) {
  std::map<std::string, int> seen;
  for (int i = 0; i < rounds; ++i) ++seen[once()];
  for (const auto& [how, times] : seen) std::cout << what << ": " << times << " x " << how << std::endl;
}

command exits_with_three() {
  command what(REPORT_CHILD);
  what.args({"exit", "3"});
  return what;
}

std::string wait_for_one() {
  auto made = exits_with_three().spawn();
  return made ? made->wait().status.describe() : made.error().message();
}

std::string wait_for_one_until() {
  auto made = exits_with_three().spawn();
  if (!made) return made.error().message();
  const auto report = made->wait_until(deadline::never());
  return report ? report->status.describe() : "nothing";
}

/// The child does not end by itself: the deadline does pass, however often the wait is interrupted.
std::string give_up_waiting() {
  auto made = command(REPORT_CHILD).arg("wait").stdout_to(stdio::null()).spawn();
  if (!made) return made.error().message();
  if (made->wait_until(deadline::after(milliseconds(20)))) return "ended by itself";
  return made->stop(SIGTERM, std::chrono::seconds(60)).status.describe();
}

std::string fail_to_start() {
  const auto made = command("/nowhere/program").cwd("/").spawn();
  return made ? "started" : made.error().message();
}

std::string say_something() {
  const auto made = command(REPORT_CHILD).args({"say", "out", "err"}).output();
  if (!made) return made.error().message();
  return made->report.status.describe() + ", " + std::string(made->out.text()) +
         std::string(made->err.text());
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 131 >> 5);
  return text;
}

std::string feed(std::size_t size) {
  const std::string input = pattern(size);
  const auto made = command(REPORT_CHILD).arg("cat-twice").output({.input = input});
  if (!made) return made.error().message();
  return made->report.status.describe() + (made->out.text() == input ? ", same" : ", other output") +
         (made->err.text() == input ? ", same" : ", other errors");
}

/// Its status, and how many lines of its stderr were captured.
std::string supervise(command what) {
  std::promise<exit_report> ended;
  std::size_t lines = 0;
  auto crew = spawner::start();
  if (!crew) return crew.error().message();
  auto one = (*crew)->launch(std::move(what),
                             {.on_exit = [&](const exit_report& report) { ended.set_value(report); },
                              .on_stderr_line = [&](std::string_view line) { lines += line.size() == 99; }});
  if (!one) return one.error().message();
  const exit_report report = ended.get_future().get();
  return report.status.describe() + ", lines: " + std::to_string(lines);
}

std::string supervise_a_flood() {
  command what(REPORT_CHILD);
  return supervise(std::move(what.args({"flood", "50"})));
}

/// Beats of a timer, functions posted by another thread and bytes through a pipe.
std::string turn_a_loop() {
  auto events = std::move(*loop::create());
  auto ends = std::move(*make_pipe());
  int beats = 0, posts = 0;
  std::size_t bytes = 0;
  const auto stop_when_done = [&] {
    if (beats >= 10 && posts == 500 && bytes == 5000) events->stop();
  };
  events->every(milliseconds(1), [&] { ++beats, stop_when_done(); });
  const auto watched = events->watch_readable(ends.read_end.get(), [&] {
    std::byte chunk[512];
    const auto got = read_some(ends.read_end.get(), chunk);
    if (got && *got) bytes += **got;
    stop_when_done();
  });
  if (!watched) return watched.error().message();
  bool has_written = false;
  std::thread poster([&] {
    for (int i = 0; i < 500; ++i) events->post([&] { ++posts, stop_when_done(); });
    has_written = write_all(ends.write_end.get(), as_bytes_view(pattern(5000))).has_value();
  });
  events->run();
  poster.join();
  return "posts " + std::to_string(posts) + ", bytes " + std::to_string(bytes) +
         (has_written ? "" : ", not all");
}

/// Frames to a worker and back.
std::string exchange_frames(std::size_t size) {
  auto down = std::move(*make_pipe()), up = std::move(*make_pipe());
  command what(SPAWNING_CHILD);
  what.arg("echo").pass_fd(std::move(down.read_end), 3).pass_fd(std::move(up.write_end), 4);
  auto crew = std::move(*spawner::start());
  auto one = crew->launch(std::move(what));
  if (!one) return one.error().message();
  std::promise<void> all;
  const std::string sent = pattern(size);
  int right = 0;
  auto line = lifeline::open(crew->events(), std::move(up.read_end), std::move(down.write_end),
                             {.on_frame = [&](troupe::byte_view frame) {
                               right += std::string_view(reinterpret_cast<const char*>(frame.data()),
                                                         frame.size()) == sent;
                               if (right == 10) all.set_value();
                             }});
  for (int i = 0; i < 10; ++i)
    if (!line->send(as_bytes_view(sent))) return "not sent";
  all.get_future().get();
  return "ten frames came back";
}

/// Everything, as often as told, with inputs of `size` bytes.
int print_results(int rounds, std::size_t size) {
  say_how_often("wait", rounds, wait_for_one);
  say_how_often("wait_until", rounds, wait_for_one_until);
  say_how_often("deadline", 2, give_up_waiting);
  say_how_often("failure", rounds, fail_to_start);
  say_how_often("output", rounds, say_something);
  say_how_often("input", 1, [size] { return feed(size); });
  say_how_often("spawner", rounds / 5 + 1, supervise_a_flood);
  say_how_often("loop", 2, turn_a_loop);
  say_how_often("lifeline", 1, [size] { return exchange_frames(size / 10); });
  return 0;
}

std::atomic<int> alarms{0};  // any thread may be the one that is interrupted

/// Without SA_RESTART: every call that waits is interrupted.
void begin_storm(suseconds_t period_us) {
  struct sigaction count {};
  count.sa_handler = [](int) { ++alarms; };
  sigaction(SIGALRM, &count, nullptr);
  const itimerval beat{{0, period_us}, {0, period_us}};
  setitimer(ITIMER_REAL, &beat, nullptr);
}

int print_results_in_a_storm(int rounds, std::size_t size, suseconds_t period_us) {
  begin_storm(period_us);
  const int result = print_results(rounds, size);
  const itimerval none{};
  setitimer(ITIMER_REAL, &none, nullptr);
  std::cerr << alarms << " alarms\n";
  return alarms > 10 ? result : 1;
}

std::atomic<int> reaped{0};

/// As some hosts do for children of their own.
void reap_everything(int) {
  const int before = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) ++reaped;
  errno = before;
}

/// Waits until the spawner has another warden in place of the one we killed and reaped.
std::string kill_a_warden() {
  auto crew = spawner::start();
  if (!crew) return crew.error().message();
  const auto first = troupe::spawn::test::own_wardens_at_work();
  if (first.size() != 1 || ::kill(first[0], SIGKILL) != 0) return "no warden";
  for (;;) {
    const auto now = troupe::spawn::test::own_wardens();
    if (now.size() == 1 && now != first) return "replaced";
  }
}

int host_that_reaps(int rounds) {
  struct sigaction reap {};
  reap.sa_handler = reap_everything;
  sigaction(SIGCHLD, &reap, nullptr);
  say_how_often("wait", rounds, wait_for_one);
  say_how_often("wait_until", rounds, wait_for_one_until);
  say_how_often("deadline", 2, give_up_waiting);
  say_how_often("failure", rounds, fail_to_start);
  say_how_often("output", rounds, say_something);
  say_how_often("spawner", rounds, supervise_a_flood);
  say_how_often("warden", 1, kill_a_warden);
  std::cerr << reaped << " reaped\n";
  return reaped > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 2 ? argv[1] : "";
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 0;
  const std::size_t size = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 0;
  if (task == "results") return print_results(rounds, size);
  if (task == "storm" && argc > 4) return print_results_in_a_storm(rounds, size, std::atoi(argv[4]));
  if (task == "reaps") return host_that_reaps(rounds);
  std::cerr << "rough_host: unknown task '" << task << "'\n";
  return 99;
}
