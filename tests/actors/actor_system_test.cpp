#include "probe.hpp"

#include <troupe/actors/actor_system.hpp>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace actor_system_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::ending;
using troupe::errc;

int threads_of_this_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  return -1;
}

struct scene {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  troupe::address_of<probe::recorder> to = stage.spawn<probe::recorder>({.name = "recorder"}, journal, gate);
};

TEST(actor_system, stop_lets_an_actor_finish_its_queue) {
  scene s;
  for (int i = 0; i < 5; ++i) s.to.send(number{i});
  s.to.stop();
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->how, ending::stopped);
  EXPECT_EQ(s.journal.lines(), probe::numbers(5));
  EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
}

TEST(actor_system, kill_ends_an_actor_now_and_buries_its_queue) {
  scene s;
  for (int i = 0; i < 5; ++i) s.to.send(number{i});
  EXPECT_TRUE(s.stage.step());
  s.to.kill();
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->how, ending::killed);
  EXPECT_EQ(s.journal.lines(), probe::numbers(1));
  EXPECT_EQ(s.stage.system().dead_letters().abandoned, 4U);
}

TEST(actor_system, kill_overtakes_stop) {
  scene s;
  for (int i = 0; i < 5; ++i) s.to.send(number{i});
  s.to.stop();
  EXPECT_TRUE(s.stage.step());
  s.to.kill();
  EXPECT_EQ(s.stage.system().wait_ended(s.to, probe::watchdog())->how, ending::killed);
  EXPECT_EQ(s.journal.lines(), probe::numbers(1));
}

TEST(actor_system, an_exception_ends_the_actor_with_its_text_and_buries_its_queue) {
  scene s;
  s.to.send(number{0});
  s.to.send(probe::boom{});
  s.to.send(number{1});
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, (troupe::end_reason{ending::failed, "boom in the recorder"}));
  EXPECT_EQ(s.journal.lines(), probe::numbers(1));
  EXPECT_EQ(s.stage.system().dead_letters().abandoned, 1U);
}

TEST(actor_system, what_is_thrown_need_not_be_an_exception) {
  struct odd {
    using receives = troupe::receives<number>;
    void operator()(number n) { throw n.value; }
  };
  troupe::test_system stage;
  auto to = stage.spawn<odd>();
  to.send(number{1});
  EXPECT_EQ(stage.system().wait_ended(to, probe::watchdog())->text, "unknown exception");
}

TEST(actor_system, a_constructor_that_throws_makes_an_actor_that_failed_at_birth) {
  struct stillborn {
    using receives = troupe::receives<number>;
    explicit stillborn(troupe::context& self) {
      self.address<stillborn>().send(number{1});
      throw std::runtime_error("no licence");
    }
    void operator()(number) {}
  };
  troupe::test_system stage;
  auto to = stage.spawn<stillborn>();
  EXPECT_TRUE(stage.system().ended(to));
  EXPECT_EQ(stage.system().wait_ended(to, probe::watchdog())->text, "no licence");
  EXPECT_FALSE(to.send(number{2}));
  EXPECT_EQ(stage.system().dead_letters().total(), 2U);
  EXPECT_EQ(stage.system().size(), 0U);
}

TEST(actor_system, a_constructor_may_send_and_spawn) {
  struct parent {
    using receives = troupe::receives<number>;
    troupe::address_of<probe::recorder> child;
    parent(troupe::context& self, probe::journal& journal, probe::gate& gate) {
      self.address<parent>().send(number{1});
      child = self.system().spawn<probe::recorder>({.mailbox = {.capacity = 1}}, journal, gate);
      child.send(number{7});
    }
    void operator()(number) {}
  };
  scene s;
  auto to = s.stage.spawn<parent>({}, s.journal, s.gate);
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), std::vector<std::string>{"7"});
  EXPECT_EQ(s.stage.system().size(), 3U);
}

TEST(actor_system, an_actors_object_is_gone_when_its_end_is_known) {
  struct holder {
    using receives = troupe::receives<number>;
    std::shared_ptr<int> held;
    explicit holder(std::shared_ptr<int> what) : held(std::move(what)) {}
    void operator()(number) {}
  };
  auto system = probe::started();
  const auto held = std::make_shared<int>(1);
  auto to = system->spawn<holder>({}, held);
  EXPECT_EQ(held.use_count(), 2);
  to.stop();
  ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  EXPECT_EQ(held.use_count(), 1);
}

TEST(actor_system, waiting_for_an_end_that_does_not_come_names_who_lives) {
  scene s;
  const auto one = s.stage.system().wait_ended(s.to, troupe::deadline::after(1s));
  EXPECT_EQ(one.error().code, errc::timed_out);
  const auto all = s.stage.system().wait_ended(troupe::deadline::after(1s));
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, errc::timed_out);
  EXPECT_NE(all.error().message().find("'recorder'"), std::string::npos);
  EXPECT_EQ(s.stage.system().wait_ended(troupe::address<number>(), probe::watchdog()).error().code,
            errc::invalid_argument);
}

TEST(actor_system, refuses_to_wait_or_shut_down_inside_an_actor) {
  struct suicidal {
    using receives = troupe::receives<double_it>;
    troupe::context& self;
    explicit suicidal(troupe::context& context) : self(context) {}
    int operator()(double_it) {
      EXPECT_EQ(self.system().shutdown().error().code, errc::unsupported);
      EXPECT_EQ(self.system().wait_ended(probe::watchdog()).error().code, errc::unsupported);
      EXPECT_EQ(self.system().wait_ended(self.address<suicidal>(), probe::watchdog()).error().code,
                errc::unsupported);
      return 1;
    }
  };
  troupe::test_system stage;
  EXPECT_EQ(stage.spawn<suicidal>().ask(double_it{}).get(), 1);
}

TEST(actor_system, shutdown_lets_every_actor_finish_and_refuses_new_ones) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({.mailbox = {.capacity = 0}}, journal, gate);
  for (int i = 0; i < 1000; ++i) to.send(number{i});
  EXPECT_TRUE(system->shutdown(60s));
  EXPECT_EQ(journal.lines(), probe::numbers(1000));
  EXPECT_EQ(system->size(), 0U);
  auto late = system->spawn<probe::recorder>({}, journal, gate);
  EXPECT_TRUE(system->ended(late));
  EXPECT_EQ(system->wait_ended(late, probe::watchdog())->how, ending::killed);
  EXPECT_TRUE(system->shutdown());
}

TEST(actor_system, shutdown_kills_at_its_deadline_and_names_who_is_still_in_a_handler) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto stuck = system->spawn<probe::recorder>({.name = "stuck"}, journal, gate);
  stuck.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  stuck.send(number{1});
  const auto down = system->shutdown(1ms);
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, errc::timed_out);
  EXPECT_NE(down.error().message().find("'stuck'"), std::string::npos);
  gate.open();
  ASSERT_TRUE(system->wait_ended(probe::watchdog()));
  EXPECT_TRUE(journal.lines().empty());
}

class busybody {  // always in the middle of something
 public:
  using receives = troupe::receives<number, double_it>;
  busybody(troupe::context& self, troupe::address<number, double_it> other)
      : self_(self), other_(std::move(other)) {}
  troupe::task<> operator()(number n) {
    self_.after(1h, number{n.value});
    if (other_) other_.send(number{n.value});
    auto answer = other_.ask(double_it{n.value}, 1h);
    static_cast<void>(co_await answer);
  }
  troupe::task<int> operator()(double_it) {
    auto own = self_.address<busybody>().ask(double_it{1}, 1h);
    static_cast<void>(co_await own);
    co_return 1;
  }

 private:
  troupe::context& self_;
  troupe::address<number, double_it> other_;
};

TEST(actor_system, may_be_destroyed_with_full_queues_pending_asks_timers_and_coroutines) {
  for (int round = 0; round < 20; ++round) {
    auto system = probe::started();
    std::vector<troupe::address_of<busybody>> all;
    for (int i = 0; i < 10; ++i) {
      troupe::address<number, double_it> other;
      if (i > 0) other = all.back();
      all.push_back(system->spawn<busybody>({.mailbox = {.capacity = 4}}, other));
    }
    for (int i = 0; i < 40; ++i)
      for (const auto& each : all) static_cast<void>(each.try_send(number{i}));
    auto pending = all.back().ask(double_it{1}, 1h);
    static_cast<void>(system->shutdown(1ms));
    system.reset();
    EXPECT_TRUE(pending.ready());
  }
}

TEST(actor_system, leaves_no_thread_behind) {
  { auto warm_up = probe::started(1); }
  const int before = threads_of_this_process();
  for (int i = 0; i < 200; ++i) {
    probe::journal journal;
    probe::gate gate;
    auto system = probe::started(2);
    auto to = system->spawn<probe::recorder>({}, journal, gate);
    for (int n = 0; n < 10; ++n) to.send(number{n});
    if (i % 2 == 0) {
      EXPECT_EQ(to.ask(double_it{i}, 60s).get().value_or(-1), 2 * i);
    }
  }
  // The kernel wakes who joins a thread a moment before it takes the thread off its books.
  const auto limit = probe::watchdog();
  while (threads_of_this_process() > before && !limit.passed()) std::this_thread::yield();
  EXPECT_LE(threads_of_this_process(), before);
}

TEST(actor_system, starts_without_a_word_and_leaves_signals_alone) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  struct sigaction before[NSIG] = {}, after[NSIG] = {};
  for (int s = 1; s < NSIG; ++s) sigaction(s, nullptr, &before[s]);
  {
    auto system = probe::started();
    for (int s = 1; s < NSIG; ++s) sigaction(s, nullptr, &after[s]);
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr(), "");
  for (int s = 1; s < NSIG; ++s) EXPECT_EQ(before[s].sa_handler, after[s].sa_handler) << "signal " << s;
}

TEST(actor_system, refuses_a_senseless_number_of_threads) {
  const auto system = troupe::actor_system::start({.threads = 100'000});
  ASSERT_FALSE(system);
  EXPECT_EQ(system.error().code, errc::invalid_argument);
}

TEST(actor_system, runs_as_many_handlers_at_once_as_it_has_threads) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started(3);
  for (int i = 0; i < 2; ++i) system->spawn<probe::recorder>({}, journal, gate).send(probe::hold{});
  auto third = system->spawn<probe::recorder>({}, journal, gate);
  EXPECT_EQ(third.ask(double_it{4}, 60s).get(), 8);
  gate.open();
}

}  // namespace
}  // namespace actor_system_test
