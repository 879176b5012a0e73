// chaos/storm_app.cpp - the program that kill_storm runs: two stages of worker processes that leave their own evidence, or
// both as one job of a library pool.
// Source: storm.toml wires the stages; judge.py knows every answer. STORM_LEDGER names the ledger.
// STORM_SABOTAGE="RULE ID" makes stage `work` break a rule for that item, to prove that the judge sees it;
// the product itself reads neither.
#include <troupe/app.hpp>
#include <troupe/base/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What an item is after either stage.
struct step {
  std::uint64_t id = 0;
  std::uint64_t value = 0;
};

/// `rounds` multiplications modulo a prime: a known amount of work whose result the judge finds in one.
std::uint64_t spin(std::uint64_t value, std::uint64_t factor, std::uint64_t rounds) {
  constexpr std::uint64_t prime = 4'294'967'291;  // below 2^32, so that products fit
  for (std::uint64_t i = 0; i < rounds; ++i) value = value * factor % prime;
  return value;
}

/// The file to which every execution is written before it does anything else.
class ledger {
 public:
  ledger() {
    const char* path = std::getenv("STORM_LEDGER");
    if (path == nullptr)
      throw std::runtime_error("STORM_LEDGER is not set: chaos/run.py starts this program");
    file_ = troupe::unique_fd(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file_) throw std::runtime_error(std::string("cannot open the ledger ") + path);
  }

  /// One line, one write: a line of a killed process is there as a whole or not at all.
  void add(std::string_view stage, std::uint64_t id) {
    const std::string line =
        std::string(stage) + ' ' + std::to_string(id) + ' ' + std::to_string(::getpid()) + '\n';
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      throw std::runtime_error("cannot write to the ledger");
    }
  }

 private:
  troupe::unique_fd file_;
};

/// Takes "ID ROUNDS".
class work {
 public:
  work() {
    if (const char* order = std::getenv("STORM_SABOTAGE")) std::istringstream(order) >> rule_ >> victim_;
  }

  std::vector<step> operator()(troupe::line item) {
    std::uint64_t id = 0, rounds = 0;
    if (!(std::istringstream(item.text) >> id >> rounds))
      throw std::runtime_error("not 'ID ROUNDS': " + item.text);
    ledger_.add("work", id);
    const step done{id, spin(id, 48'271, rounds)};
    if (rule_.empty() || id != victim_) return {done};
    if (rule_ == "drop-ack") {
      while (true) ::pause();  // taken, never answered: its acknowledgement never comes
    }
    if (rule_ == "drop-item") return {};
    if (rule_ == "duplicate") return {done, done};
    throw std::runtime_error("STORM_SABOTAGE: no rule is called " + rule_);
  }

 private:
  ledger ledger_;
  std::string rule_;
  std::uint64_t victim_ = 0;
};

/// A second hop, from worker to worker.
class seal {
 public:
  step operator()(step item) {
    ledger_.add("seal", item.id);
    return {item.id, spin(item.value, 69'621, 100)};
  }

 private:
  ledger ledger_;
};

/// Both in one call: a job of the pool.
class work_and_seal {
 public:
  std::vector<step> operator()(troupe::line item) {
    auto all = work_(std::move(item));
    for (auto& each : all) each = seal_(each);
    return all;
  }

 private:
  work work_;
  seal seal_;
};

/// `storm_app jobs ITEMS OUTPUT`: the lines of one file through a pool, results into the other as they come.
int run_jobs(troupe::app& app, const troupe::stage<troupe::line, std::vector<step>>& both, const char* items,
             const char* output) {
  auto pool = app.open(both, {.workers = 3,
                              .max_attempts = 1000,
                              .restart = {.burst = 1000,
                                          .window = std::chrono::seconds(1),
                                          .delay = std::chrono::milliseconds(1),
                                          .max_delay = std::chrono::milliseconds(1)},
                              .log = troupe::logger()});
  if (!pool) return app.fail(pool.error());
  std::ifstream from(items);
  std::ofstream to(output);
  std::string text;
  const auto lines =
      std::views::iota(0) |
      std::views::take_while([&](int) { return static_cast<bool>(std::getline(from, text)); }) |
      std::views::transform([&](int) {
        return troupe::line{text, "", 0};
      });
  int failed = 0;
  for (auto&& [i, steps] : pool->map(lines)) {
    if (!steps) {
      std::cerr << i << ": " << steps.error() << '\n';
      ++failed;
      continue;
    }
    for (const auto& each : *steps) to << "{\"id\":" << each.id << ",\"value\":" << each.value << "}\n";
  }
  if (auto closed = pool->close(); !closed) return app.fail(closed.error());
  return failed == 0 && to.flush() ? 0 : 1;
}

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage<work>("work");
  app.stage<seal>("seal");
  const auto both = app.stage<work_and_seal>("both");
  if (argc == 4 && std::string_view(argv[1]) == "jobs" && !app.is_worker())
    return run_jobs(app, both, argv[2], argv[3]);
  return app.run();
}
