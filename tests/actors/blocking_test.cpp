// Threads of their own, and calls that block.
#include "probe.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace blocking_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::errc;

struct where {
  using reply = std::size_t;
};

class local {
 public:
  using receives = troupe::receives<where, probe::hold, number, probe::boom>;
  explicit local(probe::gate& gate) : gate_(gate) {}
  std::size_t operator()(where) { return std::hash<std::thread::id>()(std::this_thread::get_id()); }
  void operator()(probe::hold) { gate_.wait(); }
  void operator()(number) {}
  void operator()(probe::boom) { throw std::runtime_error("boom"); }

 private:
  probe::gate& gate_;
};

TEST(own_thread, runs_all_turns_of_its_actor_and_nobody_elses) {
  probe::gate gate;
  auto system = probe::started(1);
  const auto a = system->spawn<local>({.thread = troupe::runs_on::own_thread}, gate),
             b = system->spawn<local>({.thread = troupe::runs_on::own_thread}, gate),
             c = system->spawn<local>({}, gate);
  std::set<std::size_t> seen;
  for (int round = 0; round < 20; ++round)
    for (const auto& each : {a, b, c}) seen.insert(each.ask(where{}, 60s).get().value_or(0));
  EXPECT_EQ(seen.size(), 3U);
}

TEST(own_thread, may_block_without_holding_up_the_others) {
  probe::gate gate;
  auto system = probe::started(1);
  const auto stuck = system->spawn<local>({.thread = troupe::runs_on::own_thread}, gate);
  const auto other = system->spawn<local>({}, gate);
  stuck.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  EXPECT_TRUE(other.ask(where{}, 60s).get());
  gate.open();
}

TEST(own_thread, ends_with_its_actor_however_that_ends) {
  probe::gate gate;
  auto system = probe::started(1);
  for (int i = 0; i < 200; ++i) {
    auto to = system->spawn<local>({.mailbox = {.capacity = 2}, .thread = troupe::runs_on::own_thread}, gate);
    for (int n = 0; n < 5; ++n) to.send(number{n}, 60s);
    if (i % 4 == 0) to.stop();
    if (i % 4 == 1) to.kill();
    if (i % 4 == 2) to.send(probe::boom{});
    if (i % 4 == 3) to = {};
  }
  EXPECT_TRUE(system->wait_ended(probe::watchdog()));
}

TEST(own_thread, is_stepped_like_all_others_in_a_test_system) {
  probe::gate gate;
  troupe::test_system stage;
  const auto to = stage.spawn<local>({.thread = troupe::runs_on::own_thread}, gate);
  EXPECT_EQ(to.ask(where{}).get(), std::hash<std::thread::id>()(std::this_thread::get_id()));
}

struct fetch {
  using reply = std::string;
};

/// Lets others block.
class fetcher {
 public:
  using receives = troupe::receives<fetch, number>;
  fetcher(troupe::context& self, probe::gate& gate, probe::journal& journal)
      : self_(self), gate_(gate), journal_(journal) {}
  troupe::task<std::string> operator()(fetch) {
    auto call = self_.call_blocking(
        [&gate = gate_, text = std::make_unique<std::string>("from afar")] {
          gate.wait();
          return *text;
        },
        60s);
    auto got = co_await call;
    co_return got;
  }
  void operator()(number n) { journal_.add(std::to_string(n.value)); }

 private:
  troupe::context& self_;
  probe::gate& gate_;
  probe::journal& journal_;
};

TEST(call_blocking, blocks_a_thread_of_the_pool_and_none_that_runs_actors) {
  probe::gate gate;
  probe::journal journal;
  auto system = probe::started(1);
  const auto one = system->spawn<fetcher>({}, gate, journal),
             other = system->spawn<fetcher>({}, gate, journal);
  auto answer = one.ask(fetch{}, 60s);
  ASSERT_TRUE(gate.wait_for_visitor());
  other.send(number{1});
  EXPECT_TRUE(journal.wait_for(1));
  gate.open();
  EXPECT_EQ(answer.get(), "from afar");
}

TEST(call_blocking, answers_with_what_the_call_returns_or_throws) {
  auto system = probe::started(1);
  EXPECT_EQ(system->call_blocking([] { return 42; }).get(), 42);
  EXPECT_TRUE(system->call_blocking([] {}).get());
  EXPECT_EQ(system->call_blocking([]() -> troupe::result<int> { return troupe::fail(errc::busy, "read"); })
                .get()
                .error()
                .code,
            errc::busy);
  const auto thrown = system->call_blocking([]() -> int { throw std::runtime_error("disk on fire"); }).get();
  EXPECT_EQ(thrown.error().code, errc::handler_failed);
  EXPECT_EQ(thrown.error().context, "run a blocking call: disk on fire");
}

TEST(call_blocking, that_takes_too_long_is_answered_by_the_deadline_and_skipped_when_it_has_not_begun) {
  auto started = troupe::actor_system::start({.threads = 1, .blocking_threads = 1});
  ASSERT_TRUE(started);
  const auto& system = *started;
  probe::gate gate;
  std::atomic<int> runs = 0;
  auto first = system->call_blocking([&] { gate.wait(), ++runs; }, 1ms);
  ASSERT_TRUE(gate.wait_for_visitor());
  auto second = system->call_blocking([&] { ++runs; }, 1ms);
  const auto late = first.get();
  EXPECT_EQ(late.error().code, errc::timed_out);
  EXPECT_EQ(late.error().context, "wait for a blocking call");
  EXPECT_EQ(second.get().error().code, errc::timed_out);
  gate.open();
  EXPECT_TRUE(system->call_blocking([] {}, 60s).get());
  EXPECT_EQ(runs, 1);
}

TEST(call_blocking, many_at_once_are_all_answered) {
  auto started = troupe::actor_system::start({.threads = 1, .blocking_threads = 3});
  ASSERT_TRUE(started);
  std::vector<troupe::future<int>> all;
  for (int i = 0; i < 1000; ++i) all.push_back((*started)->call_blocking([i] { return i; }, 60s));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), i);
}

TEST(call_blocking, that_has_not_begun_when_the_system_ends_is_answered_with_closed) {
  probe::gate gate;
  troupe::future<void> running, waiting;
  {
    auto started = troupe::actor_system::start({.threads = 1, .blocking_threads = 1});
    ASSERT_TRUE(started);
    running = (*started)->call_blocking([&] { gate.wait(); }, 1h);
    ASSERT_TRUE(gate.wait_for_visitor());
    waiting = (*started)->call_blocking([] {}, 1h);
    std::thread([&] { gate.open(); }).join();
  }
  EXPECT_TRUE(running.get());
  EXPECT_TRUE(waiting.ready());
}

TEST(call_blocking, runs_at_once_in_a_test_system) {
  troupe::test_system stage;
  EXPECT_EQ(stage.system().call_blocking([] { return 7; }).get(), 7);
}

TEST(call_blocking, needs_a_sensible_number_of_threads) {
  for (const std::size_t wrong : {std::size_t{0}, std::size_t{5000}}) {
    const auto started = troupe::actor_system::start({.blocking_threads = wrong});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, errc::invalid_argument);
  }
}

// Rings of full mailboxes.

struct spread {
  int left = 0;
};
struct meet {
  troupe::address<spread> whom;
};

/// Sends on twice what it gets.
class ring_member {
 public:
  using receives = troupe::receives<spread, meet>;
  void operator()(meet m) { next_ = std::move(m.whom); }
  void operator()(spread s) {
    ++handled;
    if (s.left == 0) return;
    for (int i = 0; i < 2; ++i) next_.send(spread{s.left - 1});
  }
  static inline std::atomic<int> handled = 0;

 private:
  troupe::address<spread> next_;
};

TEST(full_mailboxes, in_a_ring_that_waits_do_not_wait_for_each_other_for_ever) {
  for (const int size : {2, 3, 7})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      ring_member::handled = 0;
      troupe::test_system stage(seed);
      std::vector<troupe::address_of<ring_member>> ring;
      for (int i = 0; i < size; ++i) ring.push_back(stage.spawn<ring_member>({.mailbox = {.capacity = 1}}));
      for (std::size_t i = 0; i < ring.size(); ++i) ring[i].send(meet{ring[(i + 1) % ring.size()]});
      stage.run_until_idle();
      for (const auto& each : ring) each.send(spread{6});
      stage.run_until_idle();
      ASSERT_EQ(ring_member::handled, size * 127) << "size " << size << ", seed " << seed;
    }
}

struct acquaint {
  troupe::address<number> whom;
};
struct pour {
  int count = 0;
};
struct poke {};

/// Pours numbers into its partner.
class partner {
 public:
  using receives = troupe::receives<number, acquaint, pour, poke>;
  partner(troupe::context& self, probe::journal& journal) : self_(self), journal_(journal) {}
  void operator()(number n) { journal_.add(std::to_string(n.value)); }
  void operator()(acquaint a) { other_ = std::move(a.whom); }
  void operator()(pour p) {
    for (int i = 0; i < p.count; ++i) other_.send(number{i});
  }
  void operator()(poke) { journal_.add(std::string(self_.name()) + " poked"); }

 private:
  troupe::context& self_;
  probe::journal& journal_;
  troupe::address<number> other_;
};

TEST(full_mailboxes, of_one_that_waited_once_hold_up_its_partner_later) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    probe::journal journal;
    troupe::test_system stage(seed);
    const auto a = stage.spawn<partner>({.name = "a", .mailbox = {.capacity = 2}}, journal),
               b = stage.spawn<partner>({.name = "b", .mailbox = {.capacity = 2}}, journal);
    a.send(acquaint{b});
    b.send(acquaint{a});
    stage.run_until_idle();
    a.send(pour{10});
    stage.run_until_idle();
    b.send(pour{10});
    b.send(poke{});
    stage.run_until_idle();
    const auto lines = journal.lines();
    ASSERT_EQ(lines.size(), 21U) << "seed " << seed;
    // 2 of the second 10 fit into the mailbox, 8 stand in line until they are in.
    ASSERT_GE(std::ranges::find(lines, "b poked") - lines.begin(), 10 + 8) << "seed " << seed;
  }
}

TEST(full_mailboxes, in_a_ring_on_real_threads_handle_everything) {
  for (int round = 0; round < 10; ++round) {
    ring_member::handled = 0;
    auto system = probe::started(3);
    std::vector<troupe::address_of<ring_member>> ring;
    for (int i = 0; i < 4; ++i) ring.push_back(system->spawn<ring_member>({.mailbox = {.capacity = 2}}));
    for (std::size_t i = 0; i < ring.size(); ++i) ring[i].send(meet{ring[(i + 1) % ring.size()]});
    for (const auto& each : ring) each.send(spread{9}, 60s);
    const auto limit = probe::watchdog();
    while (ring_member::handled < 4 * 1023 && !limit.passed()) std::this_thread::yield();
    ASSERT_EQ(ring_member::handled, 4 * 1023);
    EXPECT_EQ(system->dead_letters().total(), 0U);
  }
}

}  // namespace
}  // namespace blocking_test
