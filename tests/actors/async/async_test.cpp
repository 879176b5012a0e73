// Semaphore, mutex, barrier and channel that suspend a coroutine and not its thread.
#include "../probe.hpp"

#include <troupe/actors/async/barrier.hpp>
#include <troupe/actors/async/channel.hpp>
#include <troupe/actors/async/mutex.hpp>
#include <troupe/actors/async/semaphore.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace async_test {
namespace {

using namespace std::chrono_literals;
using probe::number;
using troupe::errc;

/// An actor that does what it is given: a coroutine for each number.
class doer {
 public:
  using work = std::function<troupe::task<>(number)>;
  using receives = troupe::receives<number>;
  explicit doer(work what) : work_(std::move(what)) {}
  troupe::task<> operator()(number n) { return work_(n); }

 private:
  work work_;
};

struct scene {
  probe::journal journal;
  troupe::test_system stage;
  std::vector<troupe::address_of<doer>> all;

  /// `count` actors, each with a number of its own.
  void start(int count, const doer::work& what) {
    for (int i = 0; i < count; ++i) {
      all.push_back(stage.spawn<doer>({}, what));
      all.back().send(number{i});
      stage.run_until_idle();
    }
  }
};
using lines = std::vector<std::string>;

// Semaphore.

TEST(async_semaphore, lets_in_as_many_as_it_has_permits_in_order) {
  scene s;
  const troupe::async_semaphore gate(s.stage.system(), 2);
  std::vector<std::optional<troupe::permit>> held(4);
  s.start(4, [&](number n) -> troupe::task<> {
    auto wait = gate.acquire(1, 1h);
    auto mine = co_await wait;
    s.journal.add("in " + std::to_string(n.value));
    held[static_cast<std::size_t>(n.value)] = std::move(*mine);
  });
  EXPECT_EQ(s.journal.lines(), (lines{"in 0", "in 1"}));
  EXPECT_EQ(gate.available(), 0U);
  held[1].reset();
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), (lines{"in 0", "in 1", "in 2"}));
  for (auto& each : held) each.reset();
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines().back(), "in 3");
}

TEST(async_semaphore, one_that_wants_many_is_not_overtaken) {
  troupe::test_system stage;
  const troupe::async_semaphore gate(stage.system(), 3);
  auto one = gate.try_acquire();
  auto many = gate.acquire(3, 1h);
  EXPECT_FALSE(gate.try_acquire());
  auto late = gate.acquire(1, 1h);
  EXPECT_FALSE(late.ready());
  one.reset();
  EXPECT_EQ(many.get()->count(), 3U);
  EXPECT_TRUE(late.get());
}

TEST(async_semaphore, forgets_who_gave_up) {
  troupe::test_system stage;
  const troupe::async_semaphore gate(stage.system(), 1);
  auto held = gate.try_acquire();
  auto late = gate.acquire(1, 1s).get();
  EXPECT_EQ(late.error().code, errc::timed_out);
  EXPECT_EQ(late.error().context, "wait for 1 permits of a semaphore");
  { auto dropped = gate.acquire(1, 1h); }
  auto called_off = gate.acquire(1, 1h);
  called_off.cancel();
  auto next = gate.acquire(1, 1h);
  held.reset();
  EXPECT_TRUE(next.get());
  EXPECT_EQ(gate.available(), 1U);
}

TEST(async_semaphore, one_that_wanted_many_and_gave_up_holds_up_nobody) {
  troupe::test_system stage;
  const troupe::async_semaphore gate(stage.system(), 3);
  const auto held = gate.try_acquire();
  auto many = gate.acquire(3, 1h);
  many.cancel();
  auto next = gate.acquire(1, 1h);
  EXPECT_TRUE(next.ready());
  EXPECT_EQ(gate.available(), 1U);
}

TEST(async_semaphore, permits_that_come_back_together_serve_all_they_suffice_for) {
  troupe::test_system stage;
  const troupe::async_semaphore gate(stage.system(), 3);
  auto all = gate.try_acquire(3);
  auto first = gate.acquire(1, 1h), second = gate.acquire(2, 1h), third = gate.acquire(1, 1h);
  all.reset();
  EXPECT_TRUE(first.ready());
  EXPECT_TRUE(second.ready());
  EXPECT_FALSE(third.ready());
  EXPECT_EQ(gate.available(), 0U);
  first.get()->give_back();
  EXPECT_TRUE(third.ready());
}

TEST(async_semaphore, permits_of_a_killed_actor_come_back) {
  scene s;
  const troupe::async_semaphore gate(s.stage.system(), 1), never(s.stage.system(), 1);
  const auto kept = never.try_acquire();
  s.start(1, [&](number) -> troupe::task<> {
    auto wait = gate.acquire();
    const auto mine = co_await wait;
    auto forever = never.acquire(1, 1h);
    static_cast<void>(co_await forever);
  });
  EXPECT_EQ(gate.available(), 0U);
  s.all[0].kill();
  s.stage.run_until_idle();
  EXPECT_EQ(gate.available(), 1U);
}

TEST(async_semaphore, refuses_what_there_can_never_be) {
  troupe::test_system stage;
  const troupe::async_semaphore gate(stage.system(), 2);
  EXPECT_EQ(gate.acquire(3).get().error().code, errc::invalid_argument);
  EXPECT_EQ(gate.acquire(0).get().error().code, errc::invalid_argument);
}

TEST(async_semaphore, on_real_threads_never_lets_in_too_many) {
  auto system = probe::started(2);
  const troupe::async_semaphore gate(*system, 3);
  std::atomic<int> inside = 0, most = 0, done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto mine = gate.acquire(1, 60s).get();
        ASSERT_TRUE(mine);
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) continue;
        --inside;
        ++done;
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(done, 2000);
  EXPECT_LE(most, 3);
  EXPECT_EQ(gate.available(), 3U);
}

// Mutex.

TEST(async_mutex, is_held_over_waits_by_one_at_a_time) {
  scene s;
  const troupe::async_mutex<std::string> text(s.stage.system(), "");
  const troupe::async_semaphore slow(s.stage.system(), 1);
  auto held = slow.try_acquire();
  s.start(3, [&](number n) -> troupe::task<> {
    auto wait = text.lock(1h);
    const auto mine = co_await wait;
    **mine += "<" + std::to_string(n.value);
    auto pause = slow.acquire(1, 1h);
    static_cast<void>(co_await pause);
    **mine += ">";
  });
  held.reset();
  s.stage.run_until_idle();
  EXPECT_EQ(**text.lock().get(), "<0><1><2>");
}

TEST(async_mutex, is_poisoned_by_an_exception_until_it_is_mended) {
  scene s;
  const troupe::async_mutex<int> balance(s.stage.system(), 10);
  s.start(1, [&](number) -> troupe::task<> {
    auto wait = balance.lock();
    const auto mine = co_await wait;
    **mine = -1;
    throw std::runtime_error("in the middle");
  });
  EXPECT_TRUE(balance.is_poisoned());
  const auto got = balance.lock().get();
  EXPECT_EQ(got.error().code, errc::handler_failed);
  EXPECT_EQ(got.error().context,
            "lock a mutex that is poisoned: whoever held it failed, and what it guards may be half-written");
  EXPECT_TRUE(balance.mend([](int& value) { value = 10; }));
  EXPECT_EQ(**balance.lock().get(), 10);
  const auto held = balance.lock().get();
  EXPECT_EQ(balance.mend([](int&) {}).error().code, errc::busy);
}

TEST(async_mutex, that_is_poisoned_tells_all_who_wait_however_many) {
  scene s;
  const troupe::async_mutex<int> balance(s.stage.system(), 10);
  std::vector<decltype(balance.lock())> waits;
  s.start(1, [&](number) -> troupe::task<> {
    auto wait = balance.lock();
    const auto mine = co_await wait;
    for (int i = 0; i < 300'000; ++i) waits.push_back(balance.lock(1h));
    throw std::runtime_error("in the middle");
  });
  for (auto& each : waits) ASSERT_EQ(each.get().error().code, errc::handler_failed);
}

TEST(async_mutex, is_poisoned_when_its_holder_is_killed_while_it_waits) {
  scene s;
  const troupe::async_mutex<int> balance(s.stage.system(), 10);
  const troupe::async_semaphore never(s.stage.system(), 1);
  const auto taken = never.try_acquire();
  const auto holder = s.stage.spawn<doer>({}, [&](number) -> troupe::task<> {
    auto wait = balance.lock();
    const auto mine = co_await wait;
    **mine = -1;
    auto for_ever = never.acquire(1, 1h);
    static_cast<void>(co_await for_ever);
    **mine = 11;
  });
  holder.send(number{0});
  s.stage.run_until_idle();
  EXPECT_FALSE(balance.is_poisoned());
  holder.kill();
  s.stage.run_until_idle();
  EXPECT_TRUE(balance.is_poisoned());
}

TEST(async_mutex, on_real_threads_loses_no_update) {
  auto system = probe::started(2);
  const troupe::async_mutex<int> sum(*system, 0);
  std::vector<troupe::address_of<doer>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(system->spawn<doer>({}, [&](number) -> troupe::task<> {
      auto wait = sum.lock(60s);
      const auto mine = co_await wait;
      ++**mine;
    }));
  for (int i = 0; i < 200; ++i)
    for (const auto& each : all) each.send(number{i});
  for (const auto& each : all) each.stop();
  ASSERT_TRUE(system->wait_ended(probe::watchdog()));
  EXPECT_EQ(**sum.lock().get(), 1600);
}

// Barrier.

TEST(async_barrier, lets_all_pass_when_the_last_has_come_and_again) {
  scene s;
  const troupe::async_barrier line(s.stage.system(), 3);
  int last = 0;
  const doer::work what = [&](number n) -> troupe::task<> {
    auto wait = line.arrive(1h);
    const auto passed = co_await wait;
    if (*passed) ++last;
    s.journal.add("passed " + std::to_string(n.value));
  };
  s.start(2, what);
  EXPECT_EQ(s.journal.lines(), lines{});
  s.start(2, what);
  EXPECT_EQ(s.journal.lines().size(), 3U);
  s.start(2, what);
  EXPECT_EQ(s.journal.lines().size(), 6U);
  EXPECT_EQ(last, 2);
}

TEST(async_barrier, does_not_count_who_gave_up) {
  troupe::test_system stage;
  const troupe::async_barrier line(stage.system(), 2);
  EXPECT_EQ(line.arrive(1s).get().error().code, errc::timed_out);
  auto first = line.arrive(1h);
  EXPECT_FALSE(first.ready());
  EXPECT_EQ(line.arrive(1h).get(), true);
  EXPECT_EQ(first.get(), false);
  EXPECT_EQ(troupe::async_barrier(stage.system(), 1).arrive().get(), true);
}

// Channel.

TEST(async_channel, hands_items_on_in_order_and_holds_back_who_sends_too_much) {
  scene s;
  const troupe::async_channel<std::unique_ptr<int>> items(s.stage.system(), 2);
  s.start(1, [&](number) -> troupe::task<> {
    for (int i = 0; i < 5; ++i) {
      auto sent = items.send(std::make_unique<int>(i), 1h);
      static_cast<void>(co_await sent);
      s.journal.add("sent " + std::to_string(i));
    }
    items.close();
  });
  EXPECT_EQ(s.journal.lines(), (lines{"sent 0", "sent 1"}));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(**items.receive().get(), i);
    s.stage.run_until_idle();
  }
  EXPECT_EQ(items.receive().get().error().code, errc::end_of_file);
}

TEST(async_channel, one_that_waits_gets_the_next_item) {
  troupe::test_system stage;
  const troupe::async_channel<int> items(stage.system(), 1);
  auto first = items.receive(1h), second = items.receive(1h);
  EXPECT_TRUE(items.try_send(1));
  EXPECT_TRUE(items.try_send(2));
  EXPECT_EQ(first.get(), 1);
  EXPECT_EQ(second.get(), 2);
}

TEST(async_channel, gives_nothing_to_who_gave_up) {
  troupe::test_system stage;
  const troupe::async_channel<int> items(stage.system(), 1);
  EXPECT_EQ(items.receive(1s).get().error().code, errc::timed_out);
  { auto dropped = items.receive(1h); }
  EXPECT_TRUE(items.try_send(7));
  EXPECT_EQ(items.size(), 1U);
  EXPECT_EQ(items.send(8, 1s).get().error().code, errc::timed_out);
  EXPECT_EQ(items.try_receive(), 7);
  EXPECT_EQ(items.try_receive(), std::nullopt);
}

TEST(async_channel, tells_full_from_closed_and_gives_the_item_back) {
  troupe::test_system stage;
  const troupe::async_channel<std::unique_ptr<int>> items(stage.system(), 1);
  EXPECT_TRUE(items.try_send(std::make_unique<int>(1)));
  const auto full = items.try_send(std::make_unique<int>(2));
  EXPECT_EQ(full.error().why, troupe::rejection::full);
  EXPECT_EQ(*full.error().message, 2);
  auto waiting = items.send(std::make_unique<int>(3), 1h);
  items.close();
  EXPECT_EQ(waiting.get().error().code, errc::closed);
  EXPECT_EQ(items.try_send(nullptr).error().why, troupe::rejection::closed);
  EXPECT_EQ(items.send(nullptr).get().error().code, errc::closed);
  EXPECT_EQ(**items.receive().get(), 1);
  EXPECT_EQ(items.receive().get().error().code, errc::end_of_file);
}

TEST(async_channel, between_real_threads_loses_and_doubles_nothing) {
  auto system = probe::started(2);
  const troupe::async_channel<int> items(*system, 4);
  constexpr int each = 1000;
  std::atomic<long> sum = 0;
  std::vector<std::thread> senders, receivers;
  for (int t = 0; t < 2; ++t)
    senders.emplace_back([&] {
      for (int i = 1; i <= each; ++i) EXPECT_TRUE(items.send(i, 60s).get());
    });
  for (int t = 0; t < 2; ++t)
    receivers.emplace_back([&] {
      while (const auto got = items.receive(60s).get()) sum += *got;
    });
  for (auto& thread : senders) thread.join();
  items.close();
  for (auto& thread : receivers) thread.join();
  EXPECT_EQ(sum, 2L * each * (each + 1) / 2);
}

}  // namespace
}  // namespace async_test
