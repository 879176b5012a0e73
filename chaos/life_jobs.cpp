// chaos/life_jobs.cpp - pools `work` and `seal` (fault_stages.hpp) in a plain main() whose workers come and go: what
// worker_life_jobs runs.
//
//     life_jobs FOLDER WORKERS MIN_WORKERS IDLE_MS MAX_JOBS
//
// Lines of stdin are submitted as they come, and leave to FOLDER/sealed.jsonl. SIGHUP replaces all workers. FOLDER/answers tells
// what was asked and what every future said (answer_judge.py).
#include "fault_answers.hpp"

#include <troupe/app.hpp>
#include <troupe/base/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

/// Where the handler writes; -1: nowhere.
volatile std::sig_atomic_t heard = -1;

/// Does something on a thread of its own at each SIGHUP, until it is destroyed.
class at_hangup {
 public:
  explicit at_hangup(const std::function<void()>& act) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    read_ = troupe::unique_fd(ends[0]);
    write_ = troupe::unique_fd(ends[1]);
    heard = write_.get();
    struct sigaction how {};
    how.sa_handler = [](int) { static_cast<void>(::write(static_cast<int>(heard), "", 1) == 1); };
    how.sa_flags = SA_RESTART;
    ::sigaction(SIGHUP, &how, nullptr);
    thread_ = std::jthread([this, act] {
      for (char each = 0; ::read(read_.get(), &each, 1) == 1 && each == '\0';) act();
    });
  }
  at_hangup(const at_hangup&) = delete;
  at_hangup& operator=(const at_hangup&) = delete;
  ~at_hangup() {
    ::signal(SIGHUP, SIG_IGN);
    static_cast<void>(::write(write_.get(), "x", 1) == 1);
  }

 private:
  troupe::unique_fd read_, write_;
  std::jthread thread_;  // ends before the pipe does
};

int run(troupe::app& app, const troupe::stage<troupe::line, std::vector<faults::step>>& working,
        const troupe::stage<faults::step, faults::answer>& sealing, const std::vector<std::string>& words) {
  const auto& folder = words.at(0);
  const auto number = [&](std::size_t at) { return std::stoull(words.at(at)); };
  const troupe::pool_options how{.workers = number(1),
                                 .min_workers = number(2),
                                 .idle = std::chrono::milliseconds(number(3)),
                                 .max_jobs = number(4),
                                 .quarantine = folder + "/quarantine"};
  const faults::answers told(folder + "/answers");
  faults::output to(folder + "/sealed.jsonl");
  auto work = app.open(working, how);
  if (!work) return app.fail(work.error());
  auto seal = app.open(sealing, how);
  if (!seal) return app.fail(seal.error());
  {
    const at_hangup replacing([&] {
      work->replace_workers();
      seal->replace_workers();
    });
    faults::second_half sealed(*seal, told, to);
    faults::collector<std::vector<faults::step>> worked(
        [&](std::uint64_t id, const troupe::job_result<std::vector<faults::step>>& got) {
          sealed.take(id, got);
        });
    std::uint64_t count = 0;
    for (std::string text; std::getline(std::cin, text);) {
      const auto id = faults::id_of(text);
      told.asked("work", id);
      worked.add(id, work->submit({text, "-", ++count}));
    }
  }
  if (auto closed = work->close(); !closed) return app.fail(closed.error());
  if (auto closed = seal->close(); !closed) return app.fail(closed.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto working = app.stage<faults::work>("work");
  const auto sealing = app.stage<faults::seal>("seal");
  if (app.is_worker()) return app.serve();
  if (argc != 6) {
    std::cerr << "usage: life_jobs FOLDER WORKERS MIN_WORKERS IDLE_MS MAX_JOBS\n";
    return 2;
  }
  try {
    return run(app, working, sealing, {argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << "life_jobs: " << problem.what() << '\n';
    return 1;
  }
}
