// chaos/fault_jobs.cpp - the same stages as fault_app's, each a library pool in a plain main(): what poison_jobs,
// mixed_faults_jobs and parent_death_jobs run.
//
//     fault_jobs FOLDER MAX_ATTEMPTS TIMEOUT_MS
//
// Lines of FOLDER/orders.txt go through pool `work` (map), what comes of them through pool `seal` (submit) to FOLDER/sealed.jsonl;
// lines of FOLDER/slow.txt through pool `slow` to FOLDER/slow.jsonl. The last line of each waits until all others are answered:
// whether the pools are alive then. FOLDER/answers tells what was asked and what every future said (answer_judge.py).
// FAULT_SABOTAGE="RULE ID": "forget-answer", "repeat-answer" and "close-early" break a rule here, the others in the stages.
#include "fault_stages.hpp"

#include <troupe/app.hpp>
#include <troupe/base/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using work_pool = troupe::pool<troupe::line, std::vector<faults::step>>;
using seal_pool = troupe::pool<faults::step, faults::answer>;
using slow_pool = troupe::pool<troupe::line, faults::answer>;

std::uint64_t id_of(const std::string& order) {
  return faults::read_order(order).id;
}

/// FOLDER/answers, one write for each line, for any thread:
///   asked STAGE ID
///   result STAGE ID ID_GIVEN             "-" where the job gives no item
///   failed STAGE ID KIND ATTEMPTS CAUSE
/// with tabs between them.
class answers {
 public:
  explicit answers(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0600)) {
    if (!file_) throw std::runtime_error("cannot open " + path);
  }

  void asked(std::string_view stage, std::uint64_t id) const { write(begin("asked", stage, id)); }
  void gave(std::string_view stage, std::uint64_t id, std::optional<std::uint64_t> given) const {
    answered(id, begin("result", stage, id) + '\t' + (given ? std::to_string(*given) : "-"));
  }
  void failed(std::string_view stage, std::uint64_t id, const troupe::job_failure& why) const {
    auto cause = why.cause;
    for (auto& c : cause)
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    answered(id, begin("failed", stage, id) + '\t' + std::string(name_of(why.kind)) + '\t' +
                     std::to_string(why.attempts) + '\t' + cause);
  }

 private:
  static std::string begin(std::string_view what, std::string_view stage, std::uint64_t id) {
    return std::string(what) + '\t' + std::string(stage) + '\t' + std::to_string(id);
  }
  void answered(std::uint64_t id, const std::string& line) const {
    const auto& rule = sabotage_.rule_for(id);
    if (rule == "forget-answer") return;
    write(line);
    if (rule == "repeat-answer") write(line);
  }
  void write(std::string line) const {
    line += '\n';
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("cannot write down an answer");
  }

  troupe::unique_fd file_;
  faults::sabotage sabotage_;
};

/// Lines of a file but for the last one, which waits.
struct input {
  std::vector<troupe::line> lines;
  std::optional<troupe::line> last;
};

input read_input(const std::string& path) {
  std::ifstream from(path);
  if (!from) throw std::runtime_error("cannot read " + path);
  input all;
  for (std::string text; std::getline(from, text);) all.lines.push_back({text, path, all.lines.size() + 1});
  if (!all.lines.empty()) {
    all.last = std::move(all.lines.back());
    all.lines.pop_back();
  }
  return all;
}

/// A file of answers, written by one thread at a time.
class output {
 public:
  explicit output(const std::string& path) : to_(path) {
    if (!to_) throw std::runtime_error("cannot write " + path);
  }
  void add(const faults::answer& what) {
    to_ << "{\"id\":" << what.id << ",\"value\":" << what.value << "}\n" << std::flush;
    if (!to_) throw std::runtime_error("cannot write an output");
  }

 private:
  std::ofstream to_;
};

/// What the futures of one pool say, in the order of their jobs.
class collector {
 public:
  collector(std::string stage, const answers& told, output& to)
      : stage_(std::move(stage)), told_(told), to_(to), thread_([this] { collect(); }) {}
  collector(const collector&) = delete;
  collector& operator=(const collector&) = delete;
  ~collector() { finish(); }

  void add(std::uint64_t id, troupe::job_future<faults::answer> pending) {
    const std::scoped_lock lock(mutex_);
    waiting_.emplace_back(id, std::move(pending));
    more_.notify_one();
  }
  /// Returns when all futures have been answered.
  void finish() {
    {
      const std::scoped_lock lock(mutex_);
      is_all_ = true;
      more_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void collect() {
    std::unique_lock lock(mutex_);
    while (true) {
      more_.wait(lock, [this] { return is_all_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      auto [id, pending] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      if (auto got = pending.get()) {
        to_.add(*got);
        told_.gave(stage_, id, got->id);
      } else {
        told_.failed(stage_, id, got.error());
      }
      lock.lock();
    }
  }

  std::string stage_;
  const answers& told_;
  output& to_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::pair<std::uint64_t, troupe::job_future<faults::answer>>> waiting_;
  bool is_all_ = false;
  std::thread thread_;
};

/// Pools `work` and `seal`, one behind the other.
class chain {
 public:
  chain(work_pool& working, seal_pool& sealing, const answers& told, output& to)
      : working_(working), sealing_(sealing), told_(told), to_(to) {}

  /// Returns when everything is answered.
  void run(const std::vector<troupe::line>& lines) {
    collector sealed("seal", told_, to_);
    for (const auto& each : lines) told_.asked("work", id_of(each.text));
    for (auto&& [i, steps] : working_.map(lines)) follow(id_of(lines[i].text), steps, sealed);
  }
  void run_last(const troupe::line& last) {
    collector sealed("seal", told_, to_);
    const auto id = id_of(last.text);
    if (sabotage_.rule_for(id) == "close-early") static_cast<void>(working_.close());
    told_.asked("work", id);
    const auto steps = working_.submit(last).get();
    follow(id, steps, sealed);
  }

 private:
  void follow(std::uint64_t id, const troupe::job_result<std::vector<faults::step>>& steps,
              collector& sealed) {
    if (!steps) return told_.failed("work", id, steps.error());
    told_.gave("work", id, steps->empty() ? std::nullopt : std::optional(id_of(steps->front().order)));
    for (const auto& each : *steps) {
      told_.asked("seal", id);
      sealed.add(id, sealing_.submit(each));
    }
  }

  work_pool& working_;
  seal_pool& sealing_;
  const answers& told_;
  output& to_;
  faults::sabotage sabotage_;
};

class slow_side {
 public:
  slow_side(slow_pool& pool, const answers& told, output& to)
      : pool_(pool), told_(told), answered_("slow", told, to) {}
  void ask(const troupe::line& each) {
    const auto id = id_of(each.text);
    told_.asked("slow", id);
    answered_.add(id, pool_.submit(each));
  }
  void finish() { answered_.finish(); }

 private:
  slow_pool& pool_;
  const answers& told_;
  collector answered_;
};

troupe::pool_options options_of(const std::string& folder, unsigned attempts,
                                std::chrono::milliseconds timeout) {
  using std::chrono::milliseconds;
  return {.workers = 2,
          .timeout = timeout,
          .max_attempts = attempts,
          .quarantine = folder + "/quarantine",
          // As in fault.toml: whoever talks garbage at once may try again.
          .restart = {.burst = 1000,
                      .window = std::chrono::seconds(1),
                      .delay = milliseconds(1),
                      .max_delay = milliseconds(1)}};
}

int run(troupe::app& app, const troupe::stage<troupe::line, std::vector<faults::step>>& working,
        const troupe::stage<faults::step, faults::answer>& sealing,
        const troupe::stage<troupe::line, faults::answer>& taking_time,
        const std::vector<std::string>& words) {
  const auto& folder = words.at(0);
  const auto how = options_of(folder, static_cast<unsigned>(std::stoul(words.at(1))),
                              std::chrono::milliseconds(std::stoul(words.at(2))));
  const auto orders = read_input(folder + "/orders.txt");
  const auto slow_orders = read_input(folder + "/slow.txt");
  const answers told(folder + "/answers");
  output sealed(folder + "/sealed.jsonl");
  auto work = app.open(working, how);
  if (!work) return app.fail(work.error());
  auto seal = app.open(sealing, how);
  if (!seal) return app.fail(seal.error());

  chain both(*work, *seal, told, sealed);
  if (slow_orders.last) {
    output slowly(folder + "/slow.jsonl");
    auto slow_how = how;
    slow_how.workers = 1;
    slow_how.timeout = std::chrono::seconds(60);
    auto slow = app.open(taking_time, slow_how);
    if (!slow) return app.fail(slow.error());
    {
      slow_side side(*slow, told, slowly);
      for (const auto& each : slow_orders.lines) side.ask(each);
      both.run(orders.lines);
      side.finish();
    }
    slow_side last(*slow, told, slowly);
    last.ask(*slow_orders.last);
    last.finish();
    if (auto closed = slow->close(); !closed) return app.fail(closed.error());
  } else {
    both.run(orders.lines);
  }
  if (orders.last) both.run_last(*orders.last);
  if (auto closed = work->close(); !closed) return app.fail(closed.error());
  if (auto closed = seal->close(); !closed) return app.fail(closed.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto working = app.stage<faults::work>("work");
  const auto sealing = app.stage<faults::seal>("seal");
  const auto taking_time = app.stage<faults::slow>("slow");
  if (app.is_worker()) return app.serve();
  if (argc != 4) {
    std::cerr << "usage: fault_jobs FOLDER MAX_ATTEMPTS TIMEOUT_MS\n";
    return 2;
  }
  try {
    return run(app, working, sealing, taking_time, {argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << "fault_jobs: " << problem.what() << '\n';
    return 1;
  }
}
