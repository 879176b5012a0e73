// supervised_program - runs a command and starts it again when it fails: each line that it prints gets its
// name and stream, each end is explained, Ctrl-C ends it in an orderly way. Usage: supervised_program COMMAND
// [ARGUMENTS...] Exit status: the command's own when it ended well or was stopped, 1 when it failed too
// often, 2 wrong use.
#include <troupe/base/restart_policy.hpp>
#include <troupe/spawn/signals.hpp>
#include <troupe/spawn/spawner.hpp>

#include <csignal>
#include <future>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::restart_verdict;
using troupe::spawn::command;
using troupe::spawn::exit_report;
using troupe::spawn::spawner;
using troupe::spawn::supervised_child;

/// Everything on the spawner's thread, but for outcome().
class supervisor {
 public:
  supervisor(spawner& crew, std::vector<std::string> words) : crew_(crew), words_(std::move(words)) {}

  void start() {
    command what(words_.front());
    what.args({words_.begin() + 1, words_.end()}).stdin_from(troupe::spawn::stdio::null());
    auto made = crew_.launch(std::move(what),
                             {.on_exit = [this](const exit_report& report) { on_exit(report); },
                              .on_stdout_line = [this](std::string_view line) { say("out", line); },
                              .on_stderr_line = [this](std::string_view line) { say("err", line); }});
    if (made) {
      running_ = std::move(*made);
      return;
    }
    std::cerr << made.error().message() << '\n';
    outcome_.set_value(1);
  }
  /// SIGTERM now; whoever is still there after two seconds is killed, with its group.
  void stop() {
    is_stopping_ = true;
    if (running_) running_->stop(SIGTERM, 2s);
  }
  /// Any thread.
  int outcome() { return outcome_.get_future().get(); }

 private:
  void say(const char* stream, std::string_view line) {
    std::cout << words_.front() << ' ' << stream << ": " << line << std::endl;
  }
  void on_exit(const exit_report& report) {
    running_.reset();
    std::cout << words_.front() << ' ' << report.status.describe() << std::endl;
    const bool failed = !report.status.success();
    auto next = troupe::decide_restart(options_, std::move(history_),
                                       {.now = troupe::steady::now(), .failed = failed, .random = random()});
    history_ = std::move(next.history);
    if (is_stopping_ || next.verdict == restart_verdict::stay_down)
      return outcome_.set_value(report.status.code().value_or(is_stopping_ ? 0 : 1));
    if (next.verdict == restart_verdict::give_up) {
      std::cout << words_.front() << " failed too often" << std::endl;
      return outcome_.set_value(1);
    }
    crew_.events().after(next.after, [this] { is_stopping_ ? outcome_.set_value(0) : start(); });
  }
  double random() { return std::uniform_real_distribution<double>(0, 1)(engine_); }

  spawner& crew_;
  const std::vector<std::string> words_;
  const troupe::restart_options options_{.burst = 3, .delay = 50ms};
  troupe::restart_history history_;
  std::mt19937 engine_{std::random_device{}()};
  std::optional<supervised_child> running_;
  bool is_stopping_ = false;
  std::promise<int> outcome_;
};

int fail(const troupe::error& why) {
  std::cerr << why.message() << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: supervised_program COMMAND [ARGUMENTS...]\n";
    return 2;
  }
  // Before any thread starts, so that the loop alone receives them.
  if (auto blocked = troupe::spawn::block_signals({SIGINT, SIGTERM}); !blocked) return fail(blocked.error());
  auto crew = spawner::start();
  if (!crew) return fail(crew.error());
  supervisor one(**crew, {argv + 1, argv + argc});
  (*crew)->events().post([&] {
    const auto watched = (*crew)->events().watch_signals({SIGINT, SIGTERM}, [&one](int) { one.stop(); });
    if (!watched) std::cerr << watched.error().message() << '\n';
    one.start();
  });
  const int status = one.outcome();
  crew->reset();
  return status;
}
