#include "supervised.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

namespace supervisor_test {
namespace {

using namespace supervised;
using namespace std::chrono_literals;
using troupe::ending;
using troupe::restart_when;

TEST(supervisor, starts_a_child_that_fails_again_with_the_same_address_and_a_fresh_object) {
  scene s({.restart = at_once});
  const auto printer = s.hire("printer");
  printer.send(number{1});
  printer.send(fail_now{});
  printer.send(number{2});
  EXPECT_EQ(s.run(), (lines{"+printer", "printer 1", "-printer", "+printer", "printer 2"}));
  EXPECT_EQ(printer.ask(how_many{}).get(), 1);
}

TEST(supervisor, loses_no_message_in_between_two_lives) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    scene s({.restart = {.burst = 1000, .delay = 10ms}}, seed);
    const auto printer = s.hire("printer");
    int sent = 0;
    for (int life = 0; life < 3; ++life) {
      for (int i = 0; i < 5; ++i) printer.send(number{sent++});
      printer.send(fail_now{});
      printer.send(number{sent++});
      s.stage.run_until_idle();
      printer.send(number{sent++});  // while it is down
      s.stage.advance(1s);
    }
    lines expected;
    for (int i = 0; i < sent; ++i) expected.push_back("printer " + std::to_string(i));
    lines handled = s.journal.lines();
    std::erase_if(handled, [](const std::string& each) { return !each.starts_with("printer "); });
    ASSERT_EQ(handled, expected) << "seed " << seed;
    ASSERT_EQ(s.stage.system().dead_letters().total(), 0U);
  }
}

TEST(supervisor, keeps_the_bound_of_the_mailbox_while_a_child_is_down) {
  probe::journal journal;
  troupe::test_system stage;
  auto boss = stage.system().supervise({.restart = {.delay = 1s}});
  const auto one = boss.spawn<ref_worker>(
      {.name = "one", .mailbox = {.capacity = 2, .overflow = troupe::overflow::reject}}, std::ref(journal));
  one.send(fail_now{});
  stage.run_until_idle();
  EXPECT_TRUE(one.send(number{1}));
  EXPECT_TRUE(one.send(number{2}));
  EXPECT_EQ(one.send(number{3}).error().code, troupe::errc::full);
  stage.advance(2s);
  EXPECT_EQ(journal.lines(), (lines{"+one", "-one", "+one", "one 1", "one 2"}));
}

TEST(supervisor, who_asked_the_failed_child_hears_of_it_and_may_ask_again) {
  class thinker {
   public:
    using receives = troupe::receives<probe::double_it>;
    int operator()(probe::double_it q) {
      if (q.value < 0) throw std::runtime_error("negative");
      return 2 * q.value;
    }
  };
  troupe::test_system stage;
  auto boss = stage.system().supervise({.restart = at_once});
  const auto one = boss.spawn<thinker>();
  const auto got = one.ask(probe::double_it{-1}).get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, troupe::errc::handler_failed);
  EXPECT_EQ(one.ask(probe::double_it{4}).get(), 8);
}

// Restart policy × way of ending.

enum class way { stopped_by_itself, stopped_from_outside, failed, failed_at_birth, killed, linked };

struct matrix_case {
  restart_when policy;
  way how;
  bool lives_again;
};

class matrix : public testing::TestWithParam<matrix_case> {};

/// Fails in its constructor as often as it is told.
class fragile : public worker {
 public:
  using receives = worker::receives;
  fragile(troupe::context& self, std::reference_wrapper<probe::journal> journal,
          std::shared_ptr<int> births_to_fail)
      : worker(self, journal) {
    if (--*births_to_fail >= 0) throw std::runtime_error("stillborn");
  }
};

TEST_P(matrix, decides_whether_a_child_lives_again) {
  const auto [policy, how, lives_again] = GetParam();
  scene s({.restart = {.policy = policy, .delay = 0ms}});
  const auto births_to_fail = std::make_shared<int>(how == way::failed_at_birth ? 1 : 0);
  const auto child = s.boss.spawn<fragile>({.name = "child"}, std::ref(s.journal), births_to_fail);
  const auto partner = s.stage.spawn<ref_worker>({.name = "partner"}, std::ref(s.journal));
  s.stage.run_until_idle();
  struct linker {
    using receives = troupe::receives<number>;
    linker(troupe::context& self, const troupe::address_of<fragile>& to) { self.link(to); }
    void operator()(number) { throw std::runtime_error("took it along"); }
  };
  troupe::address_of<linker> other;
  switch (how) {
    case way::stopped_by_itself:
      child.send(stop_now{});
      break;
    case way::stopped_from_outside:
      child.stop();
      break;
    case way::failed:
      child.send(fail_now{});
      break;
    case way::killed:
      child.kill();
      break;
    case way::linked:
      other = s.stage.spawn<linker>({.name = "other"}, child);
      other.send(number{});
      break;
    case way::failed_at_birth:
      break;
  }
  s.stage.run_until_idle();
  EXPECT_EQ(s.stage.system().ended(child), !lives_again);
  const auto count = std::ranges::count(s.journal.lines(), "+child");
  EXPECT_EQ(count, lives_again ? 2 : 1);
}

INSTANTIATE_TEST_SUITE_P(of, matrix,
                         testing::Values(matrix_case{restart_when::never, way::stopped_by_itself, false},
                                         matrix_case{restart_when::never, way::stopped_from_outside, false},
                                         matrix_case{restart_when::never, way::failed, false},
                                         matrix_case{restart_when::never, way::failed_at_birth, false},
                                         matrix_case{restart_when::never, way::killed, false},
                                         matrix_case{restart_when::never, way::linked, false},
                                         matrix_case{restart_when::on_failure, way::stopped_by_itself, false},
                                         matrix_case{restart_when::on_failure, way::stopped_from_outside,
                                                     false},
                                         matrix_case{restart_when::on_failure, way::failed, true},
                                         matrix_case{restart_when::on_failure, way::failed_at_birth, true},
                                         matrix_case{restart_when::on_failure, way::killed, true},
                                         matrix_case{restart_when::on_failure, way::linked, true},
                                         matrix_case{restart_when::always, way::stopped_by_itself, true},
                                         matrix_case{restart_when::always, way::stopped_from_outside, true},
                                         matrix_case{restart_when::always, way::failed, true},
                                         matrix_case{restart_when::always, way::failed_at_birth, true},
                                         matrix_case{restart_when::always, way::killed, true},
                                         matrix_case{restart_when::always, way::linked, true}));

TEST(supervisor, a_stop_of_a_child_that_always_lives_again_divides_its_queue) {
  scene s({.restart = {.policy = restart_when::always}});
  const auto one = s.hire("one");
  one.send(number{1});
  one.stop();
  s.stage.run_until_idle();
  one.send(number{2});
  EXPECT_EQ(s.wait(1s), (lines{"+one", "one 1", "-one", "+one", "one 2"}));
}

TEST(supervisor, counts_the_stops_of_a_child_that_always_lives_again) {
  scene s({.restart = {.policy = troupe::restart_when::always, .burst = 2, .window = 1h, .delay = 1s}});
  const auto one = s.hire("one");
  for (int i = 0; i < 2; ++i) {
    one.send(stop_now{});
    s.stage.run_until_idle();
    EXPECT_FALSE(s.stage.system().ended(one)) << "it waits for its delay";
    s.wait(10s);
  }
  one.send(stop_now{});
  s.wait(10s);
  EXPECT_EQ(s.end_of(s.boss.address()).how, ending::failed);
}

TEST(supervisor, a_stop_between_two_lives_is_the_end) {
  for (const bool always : {false, true}) {
    scene s({.restart = {.policy = always ? troupe::restart_when::always : troupe::restart_when::on_failure,
                         .delay = 1h,
                         .max_delay = 1h}});
    const auto one = s.hire("one");
    one.send(fail_now{});
    s.stage.run_until_idle();
    one.send(number{1});
    one.stop();
    s.stage.run_until_idle();
    EXPECT_EQ(s.stage.system().ended(one), !always);
    if (always) continue;
    EXPECT_EQ(s.end_of(one).how, ending::stopped);
    EXPECT_FALSE(one.send(number{2}));
    EXPECT_EQ(s.stage.system().dead_letters().abandoned, 1U);
  }
}

TEST(supervisor, on_real_threads_loses_no_stop_of_a_child_that_is_being_started_again) {
  const auto system = probe::started();
  probe::journal journal;
  for (int round = 0; round < 200; ++round) {
    auto boss = system->supervise({.restart = at_once});
    const auto one = boss.spawn<ref_worker>({.name = "one"}, std::ref(journal));
    one.send(fail_now{});
    one.stop();
    ASSERT_TRUE(system->wait_ended(one, probe::watchdog())) << "round " << round;
    boss.stop();
  }
}

TEST(supervisor, waits_longer_after_each_death_in_a_row) {
  scene s({.restart = {.burst = 100, .window = 1000s, .delay = 100ms, .max_delay = 300ms}});
  const auto one = s.hire("one");
  const auto births = [&] { return std::ranges::count(s.journal.lines(), "+one"); };
  const troupe::nanoseconds at_most[] = {100ms, 200ms, 300ms, 300ms};
  int born = 1;
  for (const auto longest : at_most) {
    one.send(fail_now{});
    s.stage.run_until_idle();
    EXPECT_EQ(births(), born);
    s.stage.advance(longest / 2 - 1ns);  // jitter: half of it at least
    EXPECT_EQ(births(), born);
    s.stage.advance(longest / 2 + 1ns);
    EXPECT_EQ(births(), ++born);
  }
}

TEST(supervisor, one_for_one_leaves_the_others_alone) {
  scene s({.restart = at_once});
  const auto a = s.hire("a"), b = s.hire("b"), c = s.hire("c");
  b.send(fail_now{});
  EXPECT_EQ(s.run(), (lines{"+a", "+b", "+c", "-b", "+b"}));
}

TEST(supervisor, failures_that_are_far_apart_do_not_add_up) {
  scene s({.restart = {.burst = 1, .window = 10s, .delay = 0ms}});
  const auto one = s.hire("one");
  for (int i = 0; i < 20; ++i) {
    one.send(fail_now{});
    s.stage.advance(11s);
  }
  EXPECT_FALSE(s.stage.system().ended(one));
}

TEST(supervisor, a_monitor_hears_of_the_end_for_good_and_not_of_a_restart) {
  scene s({.restart = {.burst = 1, .window = 10s, .delay = 0ms}});
  const auto one = s.hire("one");
  struct watcher {
    using receives = troupe::receives<troupe::down>;
    probe::journal& journal;
    watcher(troupe::context& self, probe::journal& to, const worker_address& whom) : journal(to) {
      self.monitor<watcher>(whom);
    }
    void operator()(troupe::down d) { journal.add("down " + d.name); }
  };
  const auto observer = s.stage.spawn<watcher>({}, s.journal, one);
  one.send(fail_now{});
  EXPECT_EQ(std::ranges::count(s.run(), "down one"), 0);
  one.send(fail_now{});
  EXPECT_EQ(std::ranges::count(s.run(), "down one"), 1);
}

TEST(supervisor, what_belonged_to_a_life_goes_with_it) {
  class clock {
   public:
    using receives = troupe::receives<number, fail_now, troupe::down>;
    clock(troupe::context& self, std::reference_wrapper<probe::journal> journal,
          troupe::address<number> watched)
        : journal_(journal) {
      self.every<clock>(10s, number{7});
      if (watched) self.monitor<clock>(watched);
    }
    void operator()(number n) { journal_.get().add("tick " + std::to_string(n.value)); }
    void operator()(fail_now) { throw std::runtime_error("spring broke"); }
    void operator()(troupe::down) { journal_.get().add("down"); }

   private:
    std::reference_wrapper<probe::journal> journal_;
  };
  scene s({.restart = at_once});
  const auto watched = s.stage.spawn<ref_worker>({.name = "watched"}, std::ref(s.journal));
  const auto one = s.boss.spawn<clock>({}, std::ref(s.journal), troupe::address<number>(watched));
  s.stage.advance(5s);
  one.send(fail_now{});
  EXPECT_EQ(std::ranges::count(s.wait(12s), "tick 7"), 1);  // of the second life, 10 s after its birth
  watched.stop();
  EXPECT_EQ(std::ranges::count(s.run(), "down"), 1);
}

TEST(supervisor, its_children_can_be_looked_at) {
  scene s({.name = "boss", .restart = at_once});
  const auto one = s.hire("one");
  one.send(fail_now{});
  one.send(number{1});
  s.stage.run_until_idle();
  const auto all = s.stage.system().look();
  ASSERT_EQ(all.size(), 2U);
  const auto& child = all[0].name == "one" ? all[0] : all[1];
  const auto& boss = all[0].name == "one" ? all[1] : all[0];
  EXPECT_EQ(child.restarts, 1U);
  EXPECT_EQ(child.handled, 2U);
  EXPECT_EQ(child.type, "ref_worker");
  EXPECT_EQ(child.supervisor, boss.id);
}

TEST(supervisor, on_real_threads_restarts_keep_the_books) {
  auto system = probe::started();
  struct flaky {
    using receives = troupe::receives<number>;
    std::atomic<int>& handled;
    explicit flaky(std::reference_wrapper<std::atomic<int>> count) : handled(count) {}
    void operator()(number n) {
      ++handled;
      if (n.value % 50 == 0) throw std::runtime_error("every fiftieth");
    }
  };
  std::atomic<int> handled = 0;
  constexpr int messages = 2000, threads = 2;
  auto boss = system->supervise({.restart = {.burst = 1'000'000, .delay = 0ms}});
  const auto to = boss.spawn<flaky>({.mailbox = {.capacity = 64}}, std::ref(handled));
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([&] {
      for (int i = 1; i <= messages; ++i) EXPECT_TRUE(to.send(number{i}, 60s));
    });
  for (auto& each : senders) each.join();
  boss.stop();
  ASSERT_TRUE(system->wait_ended(boss.address(), probe::watchdog()));
  EXPECT_EQ(static_cast<std::uint64_t>(handled) + system->dead_letters().total(),
            std::uint64_t{messages} * threads);
}

}  // namespace
}  // namespace supervisor_test
