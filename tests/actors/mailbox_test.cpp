#include "run_node.hpp"

#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/mailbox.hpp>

#include <algorithm>
#include <thread>

namespace mailbox_test {
namespace {

using namespace std::chrono_literals;
using probe::number;
using probe::run_node;
using troupe::errc;
using troupe::overflow;
using address = troupe::address<number, probe::hold, probe::double_it>;

struct flood {
  int count = 0;
};
struct poke {};

/// Sends `count` numbers in one handler, then says so; says when it is poked.
class flooder {
 public:
  using receives = troupe::receives<flood, poke>;
  flooder(troupe::context& self, address to, probe::journal& journal)
      : self_(self), to_(std::move(to)), journal_(journal) {}
  void operator()(flood f) {
    for (int i = 0; i < f.count; ++i) EXPECT_TRUE(to_.send(number{i}));
    journal_.add(std::string(self_.name()) + " sent");
  }
  void operator()(poke) { journal_.add(std::string(self_.name()) + " poked"); }

 private:
  troupe::context& self_;
  address to_;
  probe::journal& journal_;
};

struct scene {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;

  address recorder(std::size_t capacity, overflow policy) {
    return stage.spawn<probe::recorder>(
        {.name = "recorder", .mailbox = {.capacity = capacity, .overflow = policy}}, journal, gate);
  }
  [[nodiscard]] troupe::dead_letter_counts dead() { return stage.system().dead_letters(); }
};

TEST(mailbox, that_rejects_refuses_what_is_over_its_capacity) {
  scene s;
  auto to = s.recorder(2, overflow::reject);
  EXPECT_TRUE(to.send(number{0}));
  EXPECT_TRUE(to.send(number{1}));
  EXPECT_EQ(to.send(number{9}).error().code, errc::full);
  EXPECT_EQ(to.ask(probe::double_it{1}).get().error().code, errc::full);
  EXPECT_EQ(s.dead().full, 2U);
  s.stage.run_until_idle();
  EXPECT_TRUE(to.send(number{2}));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), probe::numbers(3));
}

TEST(mailbox, that_rejects_has_room_again_after_each_turn) {
  scene s;
  auto to = s.recorder(1000, overflow::reject);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(to.send(number{i}));
  for (int i = 1000; i < 1010; ++i) {
    ASSERT_FALSE(to.send(number{i}));
    ASSERT_TRUE(s.stage.step());
    ASSERT_TRUE(to.send(number{i}));
  }
}

TEST(mailbox, that_drops_the_oldest_keeps_the_newest) {
  scene s;
  auto to = s.recorder(3, overflow::drop_oldest);
  auto question = to.ask(probe::double_it{1});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(to.send(number{i}));
  EXPECT_EQ(question.get().error().code, errc::full);
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"7", "8", "9"}));
  EXPECT_EQ(s.dead().dropped, 8U);
}

TEST(mailbox, that_drops_the_oldest_stays_bounded_while_its_actor_is_busy) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({.mailbox = {.capacity = 4, .overflow = overflow::drop_oldest}},
                                           journal, gate);
  to.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(to.send(number{i}));
  EXPECT_EQ(system->dead_letters().dropped, 996U);
  gate.open();
  to.stop();
  ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  EXPECT_EQ(journal.lines(), (std::vector<std::string>{"996", "997", "998", "999"}));
}

TEST(mailbox, without_capacity_takes_everything) {
  scene s;
  auto to = s.recorder(0, overflow::reject);
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(to.send(number{i}));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), probe::numbers(20'000));
}

TEST(mailbox, holds_no_more_than_its_capacity_however_many_send) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({.mailbox = {.capacity = 100, .overflow = overflow::reject}},
                                           journal, gate);
  to.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) accepted += to.send(number{i}) ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(accepted.load(), 100);
  EXPECT_EQ(system->dead_letters().full, 700U);
  gate.open();
}

TEST(mailbox, that_waits_lets_a_plain_thread_in_when_there_is_room) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({.mailbox = {.capacity = 2}}, journal, gate);
  to.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  std::thread sender([&] {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(to.send(number{i}, 60s));
  });
  gate.open();
  sender.join();
  to.stop();
  ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  EXPECT_EQ(journal.lines(), probe::numbers(50));
}

TEST(mailbox, that_waits_ends_a_plain_threads_patience_with_an_error) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({.name = "slow", .mailbox = {.capacity = 1}}, journal, gate);
  to.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  EXPECT_TRUE(to.send(number{0}));
  const auto late = to.send(number{1}, 2ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::timed_out);
  EXPECT_NE(late.error().message().find("'slow'"), std::string::npos);
  EXPECT_EQ(system->dead_letters().timed_out, 1U);
  gate.open();
  to.stop();
  ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  EXPECT_EQ(journal.lines(), probe::numbers(1));
}

TEST(mailbox, that_waits_frees_a_waiting_thread_when_its_actor_is_killed) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({.mailbox = {.capacity = 1}}, journal, gate);
  to.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  to.send(number{0});
  std::thread sender([&] { static_cast<void>(to.send(number{1}, 600s)); });
  to.kill();
  gate.open();
  sender.join();
  ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  EXPECT_EQ(journal.lines(), probe::numbers(0));
  EXPECT_EQ(system->dead_letters().total(), 2U);
}

TEST(mailbox, that_waits_parks_an_actors_messages_and_the_actor_takes_none_until_they_are_in) {
  scene s;
  auto slow = s.recorder(4, overflow::wait);
  auto fast = s.stage.spawn<flooder>({.name = "flooder"}, slow, s.journal);
  fast.send(flood{10});
  fast.send(poke{});
  while (s.journal.lines().empty()) ASSERT_TRUE(s.stage.step());
  s.stage.run_until_idle();
  auto lines = s.journal.lines();
  EXPECT_EQ(lines.front(), "flooder sent");
  // 4 in the mailbox and 6 in line: the poke comes after the last of them is in, and 4 at most are left then.
  const auto poked = std::find(lines.begin(), lines.end(), "flooder poked");
  ASSERT_NE(poked, lines.end());
  EXPECT_GE(poked - lines.begin(), 1 + 6);
  lines.erase(poked);
  lines.erase(lines.begin());
  EXPECT_EQ(lines, probe::numbers(10));
  EXPECT_EQ(s.dead().total(), 0U);
}

TEST(mailbox, counts_what_stands_in_line_and_what_is_left_when_it_is_closed) {
  scene s;
  const auto to = s.recorder(4, overflow::wait);
  const auto from = s.stage.spawn<flooder>({}, to, s.journal);
  const auto queued = [&] {
    const auto all = s.stage.system().look();
    return std::ranges::find(all, "recorder", &troupe::actor_info::name)->queued;
  };
  from.send(flood{10});
  while (s.journal.lines().empty()) ASSERT_TRUE(s.stage.step());
  EXPECT_EQ(queued(), 10U);
  to.stop();
  for (std::size_t most = queued(); s.stage.step() && !s.stage.system().ended(to); most = queued())
    ASSERT_LE(queued(), most);
  EXPECT_EQ(s.journal.lines().size(), 11U);
}

TEST(mailbox, that_waits_delivers_what_is_parked_although_its_sender_was_killed) {
  scene s;
  auto slow = s.recorder(2, overflow::wait);
  auto fast = s.stage.spawn<flooder>({.name = "flooder"}, slow, s.journal);
  fast.send(flood{20});
  while (s.journal.lines().empty()) ASSERT_TRUE(s.stage.step());
  fast.kill();
  s.stage.run_until_idle();
  EXPECT_TRUE(s.stage.system().ended(fast));
  EXPECT_EQ(s.journal.lines().size(), 21U);
}

TEST(mailbox, that_waits_takes_what_stands_in_line_before_its_actor_stops) {
  scene s;
  auto slow = s.recorder(2, overflow::wait);
  auto fast = s.stage.spawn<flooder>({.name = "flooder"}, slow, s.journal);
  fast.send(flood{20});
  while (s.journal.lines().empty()) ASSERT_TRUE(s.stage.step());
  slow.stop();
  s.stage.run_until_idle();
  EXPECT_TRUE(s.stage.system().ended(slow));
  EXPECT_EQ(s.journal.lines().size(), 21U);
}

TEST(mailbox, that_waits_serves_many_waiting_actors) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  address slow = system->spawn<probe::recorder>({.mailbox = {.capacity = 1}}, journal, gate);
  for (int i = 0; i < 50; ++i) {
    auto each = system->spawn<flooder>({.name = "f"}, slow, journal);
    each.send(flood{20});
    each.send(poke{});
  }
  EXPECT_TRUE(journal.wait_for(50 * 22));
  EXPECT_EQ(system->dead_letters().total(), 0U);
}

class self_filler {
 public:
  using receives = troupe::receives<flood, number>;
  self_filler(troupe::context& self, probe::journal& journal) : self_(self), journal_(journal) {}
  void operator()(flood f) {
    for (int i = 0; i < f.count; ++i) EXPECT_TRUE(self_.address<self_filler>().send(number{i}));
  }
  void operator()(number n) { journal_.add(std::to_string(n.value)); }

 private:
  troupe::context& self_;
  probe::journal& journal_;
};

TEST(mailbox, does_not_make_an_actor_wait_for_itself) {
  scene s;
  auto to = s.stage.spawn<self_filler>({.mailbox = {.capacity = 1}}, s.journal);
  to.send(flood{5});
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), probe::numbers(5));
}

/// Takes numbers and the ends of others.
class mourner {
 public:
  using receives = troupe::receives<number, troupe::down>;
  explicit mourner(probe::journal& journal) : journal_(journal) {}
  void operator()(number n) { journal_.add(std::to_string(n.value)); }
  void operator()(const troupe::down& d) { journal_.add("down " + d.name); }

 private:
  probe::journal& journal_;
};

TEST(mailbox, news_of_the_system_take_no_room_and_keep_their_place) {
  scene s;
  const auto to =
      s.stage.spawn<mourner>({.mailbox = {.capacity = 2, .overflow = overflow::reject}}, s.journal);
  const auto& cell = troupe::actors::address_access::cell(to);
  const auto tell = [&](const char* name) {
    cell.get()->post(std::make_unique<troupe::actors::notice_node<troupe::down>>(troupe::down{{}, name, {}}));
  };
  for (const char* name : {"a", "b", "c"}) tell(name);
  EXPECT_EQ(s.stage.system().look().front().queued, 0U);
  EXPECT_TRUE(to.send(number{1}));
  tell("d");
  EXPECT_TRUE(to.send(number{2}));
  EXPECT_EQ(to.send(number{3}).error().code, errc::full);
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"down a", "down b", "down c", "1", "down d", "2"}));
  EXPECT_TRUE(to.send(number{4}));
  EXPECT_TRUE(to.send(number{5}));
  EXPECT_FALSE(to.send(number{6}));
}

TEST(mailbox, that_is_nearly_full_lets_in_whoever_has_waited_long_after_the_next_message) {
  using troupe::actors::outcome;
  troupe::actors::mailbox box({.capacity = 100}, false);
  std::vector<std::unique_ptr<troupe::actors::node>> dropped;
  const auto message = [] { return std::make_unique<run_node>(1); };
  for (int i = 0; i < 100; ++i) {
    std::unique_ptr<troupe::actors::node> next = message();
    ASSERT_EQ(box.offer(next, dropped), outcome::accepted);
  }
  std::unique_ptr<troupe::actors::node> next = message();
  ASSERT_EQ(box.offer(next, dropped), outcome::full);
  troupe::actors::waiting_thread thread;
  ASSERT_EQ(box.park(next, {}, &thread), outcome::parked);
  EXPECT_TRUE(box.take());
  EXPECT_TRUE(thread.admitted);
  box.close();
}

}  // namespace
}  // namespace mailbox_test
