// chaos/fault_jobs.cpp - the same stages as fault_app's, each a library pool in a plain main(): what poison_jobs,
// mixed_faults_jobs and parent_death_jobs run.
//
//     fault_jobs FOLDER MAX_ATTEMPTS TIMEOUT_MS
//
// Lines of FOLDER/orders.txt go through pool `work` (map), what comes of them through pool `seal` (submit) to FOLDER/sealed.jsonl;
// lines of FOLDER/slow.txt through pool `slow` to FOLDER/slow.jsonl. The last line of each waits until all others are answered:
// whether the pools are alive then. FOLDER/answers tells what was asked and what every future said (answer_judge.py).
// FAULT_SABOTAGE="RULE ID": "forget-answer", "repeat-answer" and "close-early" break a rule here, the others in the stages.
#include "fault_answers.hpp"

#include <troupe/app.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

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

/// Pools `work` and `seal`, one behind the other.
class chain {
 public:
  chain(faults::work_pool& working, faults::seal_pool& sealing, const faults::answers& told,
        faults::output& to)
      : working_(working), sealing_(sealing), told_(told), to_(to) {}

  /// Returns when everything is answered.
  void run(const std::vector<troupe::line>& lines) {
    faults::second_half sealed(sealing_, told_, to_);
    for (const auto& each : lines) told_.asked("work", faults::id_of(each.text));
    for (auto&& [i, steps] : working_.map(lines)) sealed.take(faults::id_of(lines[i].text), steps);
  }
  void run_last(const troupe::line& last) {
    faults::second_half sealed(sealing_, told_, to_);
    const auto id = faults::id_of(last.text);
    if (sabotage_.rule_for(id) == "close-early") static_cast<void>(working_.close());
    told_.asked("work", id);
    sealed.take(id, working_.submit(last).get());
  }

 private:
  faults::work_pool& working_;
  faults::seal_pool& sealing_;
  const faults::answers& told_;
  faults::output& to_;
  faults::sabotage sabotage_;
};

/// Pool `slow`, beside them. Returns when everything is answered.
void run_slow(faults::slow_pool& pool, const std::vector<troupe::line>& lines, const faults::answers& told,
              faults::output& to) {
  faults::collector<faults::answer> answered(faults::note_answer("slow", told, to));
  for (const auto& each : lines) {
    const auto id = faults::id_of(each.text);
    told.asked("slow", id);
    answered.add(id, pool.submit(each));
  }
}

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
  const faults::answers told(folder + "/answers");
  faults::output sealed(folder + "/sealed.jsonl");
  auto work = app.open(working, how);
  if (!work) return app.fail(work.error());
  auto seal = app.open(sealing, how);
  if (!seal) return app.fail(seal.error());

  chain both(*work, *seal, told, sealed);
  if (slow_orders.last) {
    faults::output slowly(folder + "/slow.jsonl");
    auto slow_how = how;
    slow_how.workers = 1;
    slow_how.timeout = std::chrono::seconds(60);
    auto slow = app.open(taking_time, slow_how);
    if (!slow) return app.fail(slow.error());
    {
      const std::jthread beside([&] { run_slow(*slow, slow_orders.lines, told, slowly); });
      both.run(orders.lines);
    }
    run_slow(*slow, {*slow_orders.last}, told, slowly);
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
