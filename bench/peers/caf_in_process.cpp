// bench/peers/caf_in_process.cpp - bench/micro/in_process.cpp with CAF's own actors: the same structure, the same
// threads. Usage: caf_in_process sharing|stealing many_to_one|ping_pong|ask|spawn|idle COUNT [SECONDS]
// SECONDS: how long ask waits for an answer; 0 and by default for ever. Prints "seconds check".
// Where CAF offers two ways, the faster of those that were measured is used; a comment says so.

#include <bench/workload.hpp>
#include <caf/all.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/policy/work_stealing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using bench::clock_type;
using bench::outcome;
using std::uint64_t;

constexpr uint64_t producers = 4;
constexpr uint64_t burst = 256;

/// Reads neither files nor arguments; as many threads as there are processors, as on our side.
class configuration : public caf::actor_system_config {
 public:
  explicit configuration(std::string_view policy) {
    // An atom: a string would leave "stealing" in force.
    set("scheduler.policy", policy == "sharing" ? caf::atom("sharing") : caf::atom("stealing"));
    set("scheduler.max-threads", static_cast<std::size_t>(std::thread::hardware_concurrency()));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

template <class Policy>
bool runs_on(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::coordinator<Policy>*>(&system.scheduler()) != nullptr;
}
bool obeys(caf::actor_system& system, std::string_view policy) {
  if (policy == "sharing") return runs_on<caf::policy::work_sharing>(system);
  return policy == "stealing" && runs_on<caf::policy::work_stealing>(system);
}

class adder : public caf::event_based_actor {
 public:
  adder(caf::actor_config& config, uint64_t messages, outcome& result)
      : event_based_actor(config), left_(messages), result_(result) {}
  caf::behavior make_behavior() override {
    return {[this](uint64_t value) {
      sum_ += value;
      if (--left_ == 0) result_.set(sum_);
    }};
  }

 private:
  uint64_t left_, sum_ = 0;
  outcome& result_;
};

using more = caf::atom_constant<caf::atom("more")>;

class producer : public caf::event_based_actor {
 public:
  producer(caf::actor_config& config, caf::actor to, uint64_t first, uint64_t end)
      : event_based_actor(config), to_(std::move(to)), next_(first), end_(end) {}
  caf::behavior make_behavior() override {
    return {[this](more) {
      // send() was faster than anon_send() with the better policy.
      for (uint64_t i = 0; i < burst && next_ != end_; ++i) send(to_, next_++);
      if (next_ != end_) send(this, more::value);
    }};
  }

 private:
  caf::actor to_;
  uint64_t next_, end_;
};

int many_to_one(caf::actor_system& system, uint64_t messages) {
  outcome sum;
  const auto to = system.spawn<adder>(messages, std::ref(sum));
  std::vector<caf::actor> from;
  from.reserve(producers);
  for (uint64_t i = 0; i < producers; ++i)
    from.push_back(system.spawn<producer>(to, messages * i / producers, messages * (i + 1) / producers));
  const auto began = clock_type::now();
  for (const auto& each : from) caf::anon_send(each, more::value);
  return bench::say_since(began, sum.wait());
}

/// Anonymous: it was faster than send(), and than to answer by what the handler returns.
class pong : public caf::event_based_actor {
 public:
  pong(caf::actor_config& config, caf::actor back) : event_based_actor(config), back_(std::move(back)) {}
  caf::behavior make_behavior() override {
    return {[this](uint64_t left) { caf::anon_send(back_, left - 1); }};
  }

 private:
  caf::actor back_;
};

class ping : public caf::event_based_actor {
 public:
  ping(caf::actor_config& config, outcome& result) : event_based_actor(config), result_(result) {}
  caf::behavior make_behavior() override {
    other_ = spawn<pong>(caf::actor(this));
    return {[this](uint64_t left) {
      if (left == 0) return end();
      ++sent_;
      caf::anon_send(other_, left);
    }};
  }

 private:
  /// They hold each other, so neither would go by itself.
  void end() {
    send_exit(other_, caf::exit_reason::user_shutdown);
    quit();
    result_.set(sent_);
  }

  caf::actor other_;
  uint64_t sent_ = 0;
  outcome& result_;
};

int ping_pong(caf::actor_system& system, uint64_t round_trips) {
  outcome trips;
  const auto first = system.spawn<ping>(std::ref(trips));
  const auto began = clock_type::now();
  caf::anon_send(first, round_trips);
  return bench::say_since(began, trips.wait());
}

class doubler : public caf::event_based_actor {
 public:
  using event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[](uint64_t value) { return 2 * value; }};
  }
};

class asker : public caf::event_based_actor {
 public:
  asker(caf::actor_config& config, caf::actor whom, caf::duration patience, outcome& result)
      : event_based_actor(config), whom_(std::move(whom)), patience_(patience), result_(result) {}
  caf::behavior make_behavior() override {
    return {[this](uint64_t questions) {
      questions_ = questions;
      ask_next();
    }};
  }

 private:
  void ask_next() {
    if (asked_ == questions_) {
      quit();  // otherwise the deadlines of questions that were answered long ago keep it alive
      return result_.set(sum_);
    }
    request(whom_, patience_, asked_++).then([this](uint64_t got) {
      sum_ += got;
      ask_next();
    });
  }

  caf::actor whom_;
  caf::duration patience_;
  uint64_t questions_ = 0, asked_ = 0, sum_ = 0;
  outcome& result_;
};

int ask(caf::actor_system& system, uint64_t questions, uint64_t seconds) {
  outcome sum;
  const caf::duration patience =
      seconds == 0 ? caf::duration(caf::infinite) : caf::duration(std::chrono::seconds(seconds));
  const auto whom = system.spawn<doubler>();
  const auto first = system.spawn<asker>(whom, patience, std::ref(sum));
  const auto began = clock_type::now();
  caf::anon_send(first, questions);
  return bench::say_since(began, sum.wait());
}

class one_shot : public caf::event_based_actor {
 public:
  one_shot(caf::actor_config& config, std::atomic<uint64_t>& sum, std::atomic<uint64_t>& born)
      : event_based_actor(config), sum_(sum), born_(born) {}
  caf::behavior make_behavior() override {
    born_.fetch_add(1, std::memory_order_relaxed);
    return {[this](uint64_t value) {
      sum_.fetch_add(value, std::memory_order_relaxed);
      quit();
    }};
  }

 private:
  std::atomic<uint64_t>& sum_;
  std::atomic<uint64_t>& born_;
};

/// Without lazy_init, which was slower.
int spawn(caf::actor_system& system, uint64_t actors) {
  std::atomic<uint64_t> sum = 0, born = 0;
  const auto began = clock_type::now();
  for (uint64_t i = 0; i < actors; ++i)
    caf::anon_send(system.spawn<one_shot>(std::ref(sum), std::ref(born)), i);
  system.await_all_actors_done();
  return bench::say_since(began, sum);
}

int idle(caf::actor_system& system, uint64_t actors) {
  std::atomic<uint64_t> sum = 0, born = 0;
  std::vector<caf::actor> all(actors);  // resident before we look, as it is no part of an actor
  const double before = bench::resident_bytes();
  for (auto& each : all) each = system.spawn<one_shot>(std::ref(sum), std::ref(born));
  while (born != actors) std::this_thread::yield();  // CAF makes the behaviour in the actor's first turn
  const double after = bench::resident_bytes();
  const int status = bench::say((after - before) / static_cast<double>(actors), born);
  all.clear();
  system.await_all_actors_done();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t count = argc < 4 ? 0 : bench::count_in(argv[3]);
  if (count == 0) return std::fputs("usage: see the source\n", stderr), 2;
  const std::string_view policy = argv[1], workload = argv[2];
  configuration config(policy);
  caf::actor_system system(config);
  if (!obeys(system, policy))
    return std::fprintf(stderr, "CAF does not run by the policy '%s'\n", argv[1]), 2;
  if (workload == "many_to_one") return many_to_one(system, count);
  if (workload == "ping_pong") return ping_pong(system, count);
  if (workload == "ask") return ask(system, count, argc > 4 ? bench::count_in(argv[4]) : 0);
  if (workload == "spawn") return spawn(system, count);
  if (workload == "idle") return idle(system, count);
  return std::fprintf(stderr, "there is no workload '%s'\n", argv[2]), 2;
}
