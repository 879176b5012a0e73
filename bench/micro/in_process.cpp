// bench/micro/in_process.cpp - messages between the actors of one process, our side: wall seconds of one workload.
// Usage: in_process many_to_one MESSAGES CAPACITY   from 4 actors to one whose mailbox holds CAPACITY; 0: any number
//        in_process ping_pong|ask|spawn COUNT       round trips, questions, actors that end after one message
//        in_process idle COUNT                      actors at rest; prints the resident bytes of each, not seconds
// Prints "seconds check". bench/peers/caf_in_process.cpp does the same with CAF's actors.

#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/task.hpp>

#include <bench/workload.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using bench::clock_type;
using bench::outcome;
using std::uint64_t;

constexpr uint64_t producers = 4;
/// Messages that a producer sends before it lets others have its thread. It ends a burst with a message to itself,
/// so that a full mailbox can hold it up: a message that found no room stands in line, and until it is in, its
/// sender takes no other.
constexpr uint64_t burst = 256;

class adder {
 public:
  using receives = troupe::receives<uint64_t>;
  adder(uint64_t messages, outcome& result) : left_(messages), result_(result) {}
  void operator()(uint64_t value) {
    sum_ += value;
    if (--left_ == 0) result_.set(sum_);
  }

 private:
  uint64_t left_, sum_ = 0;
  outcome& result_;
};

struct more {};

class producer {
 public:
  using receives = troupe::receives<more>;
  producer(troupe::context& self, troupe::address<uint64_t> to, uint64_t first, uint64_t end)
      : self_(self), to_(std::move(to)), next_(first), end_(end) {}
  void operator()(more) {
    for (uint64_t i = 0; i < burst && next_ != end_; ++i) to_.send(next_++);
    if (next_ != end_) self_.address<producer>().send(more{});
  }

 private:
  troupe::context& self_;
  troupe::address<uint64_t> to_;
  uint64_t next_, end_;
};

int many_to_one(troupe::actor_system& system, uint64_t messages, std::size_t capacity) {
  outcome sum;
  const auto to = system.spawn<adder>({.name = {}, .mailbox = {.capacity = capacity}}, messages, sum);
  std::vector<troupe::address<more>> from;
  from.reserve(producers);
  for (uint64_t i = 0; i < producers; ++i)
    from.push_back(system.spawn<producer>({}, to, messages * i / producers, messages * (i + 1) / producers));
  const auto began = clock_type::now();
  for (const auto& each : from) each.send(more{});
  return bench::say_since(began, sum.wait());
}

class pong {
 public:
  using receives = troupe::receives<uint64_t>;
  explicit pong(troupe::address<uint64_t> back) : back_(std::move(back)) {}
  void operator()(uint64_t left) { back_.send(left - 1); }

 private:
  troupe::address<uint64_t> back_;
};

class ping {
 public:
  using receives = troupe::receives<uint64_t>;
  ping(troupe::context& self, outcome& result)
      : other_(self.system().spawn<pong>({}, self.address<ping>())), result_(result) {}
  void operator()(uint64_t left) {
    if (left == 0) return result_.set(sent_);
    ++sent_;
    other_.send(left);
  }

 private:
  troupe::address<uint64_t> other_;
  uint64_t sent_ = 0;
  outcome& result_;
};

int ping_pong(troupe::actor_system& system, uint64_t round_trips) {
  outcome trips;
  const auto first = system.spawn<ping>({}, trips);
  const auto began = clock_type::now();
  first.send(round_trips);
  return bench::say_since(began, trips.wait());
}

struct twice {
  uint64_t value = 0;
  using reply = uint64_t;
};

class doubler {
 public:
  using receives = troupe::receives<twice>;
  uint64_t operator()(twice question) { return 2 * question.value; }
};

class asker {
 public:
  using receives = troupe::receives<uint64_t>;
  asker(troupe::address<twice> whom, outcome& result) : whom_(std::move(whom)), result_(result) {}
  troupe::task<> operator()(uint64_t questions) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < questions; ++i) {
      auto answer = whom_.ask(twice{i});
      const auto got = co_await answer;
      if (got) sum += *got;
    }
    result_.set(sum);
  }

 private:
  troupe::address<twice> whom_;
  outcome& result_;
};

int ask(troupe::actor_system& system, uint64_t questions) {
  outcome sum;
  const auto first = system.spawn<asker>({}, system.spawn<doubler>(), sum);
  const auto began = clock_type::now();
  first.send(questions);
  return bench::say_since(began, sum.wait());
}

/// Adds its one message to a sum and ends.
class one_shot {
 public:
  using receives = troupe::receives<uint64_t>;
  one_shot(troupe::context& self, std::atomic<uint64_t>& sum) : self_(self), sum_(sum) {}
  void operator()(uint64_t value) {
    sum_.fetch_add(value, std::memory_order_relaxed);
    self_.stop();
  }

 private:
  troupe::context& self_;
  std::atomic<uint64_t>& sum_;
};

int spawn(troupe::actor_system& system, uint64_t actors) {
  std::atomic<uint64_t> sum = 0;
  const auto began = clock_type::now();
  for (uint64_t i = 0; i < actors; ++i) system.spawn<one_shot>({}, sum).send(i);
  if (const auto ended = system.wait_ended(troupe::deadline::after(bench::watchdog)); !ended)
    return std::fprintf(stderr, "%s\n", ended.error().message().c_str()), 1;
  return bench::say_since(began, sum);
}

int idle(troupe::actor_system& system, uint64_t actors) {
  std::atomic<uint64_t> sum = 0;
  std::vector<troupe::address<uint64_t>> all(
      actors);  // resident before we look, as it is no part of an actor
  const double before = bench::resident_bytes();
  for (auto& each : all) each = system.spawn<one_shot>({}, sum);
  const double after = bench::resident_bytes();
  return bench::say((after - before) / static_cast<double>(actors), system.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view workload = argc < 3 ? "" : argv[1];
  const uint64_t count = argc < 3 ? 0 : bench::count_in(argv[2]);
  if (count == 0) return std::fputs("usage: see the source\n", stderr), 2;
  const auto system = troupe::actor_system::start();
  if (!system) return std::fprintf(stderr, "%s\n", system.error().message().c_str()), 1;
  if (workload == "many_to_one") return many_to_one(**system, count, argc > 3 ? bench::count_in(argv[3]) : 0);
  if (workload == "ping_pong") return ping_pong(**system, count);
  if (workload == "ask") return ask(**system, count);
  if (workload == "spawn") return spawn(**system, count);
  if (workload == "idle") return idle(**system, count);
  return std::fprintf(stderr, "there is no workload '%s'\n", argv[1]), 2;
}
