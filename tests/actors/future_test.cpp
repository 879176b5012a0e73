#include "probe.hpp"

#include <troupe/actors/future.hpp>
#include <troupe/actors/promise.hpp>

#include <stdexcept>
#include <thread>

namespace future_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using troupe::errc;

struct never {
  using reply = int;
};
struct checked {
  int value = 0;
  using reply = int;
};
struct done {
  using reply = void;
};
struct fails {
  using reply = int;
};
struct get_inside {
  using reply = std::string;
};

/// Answers in every way there is, and in none (never: it waits for itself).
class oracle {
 public:
  using receives = troupe::receives<double_it, never, checked, done, fails, get_inside>;
  oracle(troupe::context& self, int& seen) : self_(self), seen_(seen) {}
  int operator()(double_it q) {
    ++seen_;
    return 2 * q.value;
  }
  troupe::task<int> operator()(never) {
    auto own = self_.address<oracle>().ask(double_it{1}, 1h);
    const auto got = co_await own;
    co_return got.value_or(0);
  }
  troupe::result<int> operator()(checked q) {
    if (q.value < 0) return troupe::fail(errc::invalid_argument, "a negative value");
    return q.value;
  }
  void operator()(done) {}
  int operator()(fails) { throw std::runtime_error("no idea"); }
  std::string operator()(get_inside) {
    auto own = self_.address<oracle>().ask(double_it{1}, 1ms);
    const auto got = own.get();
    EXPECT_TRUE(own.valid());
    EXPECT_EQ(got.error().code, errc::unsupported);
    return got.error().message();
  }

 private:
  troupe::context& self_;
  int& seen_;
};

struct scene {
  int seen = 0;
  troupe::test_system stage;
  troupe::address_of<oracle> to = stage.spawn<oracle>({.name = "oracle", .mailbox = {.capacity = 2}}, seen);
};

TEST(future, brings_the_reply) {
  scene s;
  EXPECT_EQ(s.to.ask(double_it{21}).get(), 42);
  EXPECT_EQ(s.to.ask(checked{5}).get(), 5);
  EXPECT_TRUE(s.to.ask(done{}).get());
}

TEST(future, brings_an_error_that_the_handler_returned) {
  scene s;
  const auto got = s.to.ask(checked{-1}).get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().context, "a negative value");
}

TEST(future, ends_with_timed_out_at_its_deadline) {
  scene s;
  EXPECT_EQ(s.to.ask(never{}, 2s).get().error().code, errc::timed_out);
  EXPECT_EQ(s.stage.elapsed(), 0s);  // nothing falls due before 1 h, so nothing is waited for
}

TEST(future, ends_with_timed_out_on_a_real_clock) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({}, journal, gate);
  to.send(probe::hold{});
  EXPECT_EQ(to.ask(double_it{1}, 1ms).get().error().code, errc::timed_out);
  gate.open();
}

TEST(future, ends_with_handler_failed_and_the_text_when_the_handler_throws) {
  scene s;
  const auto got = s.to.ask(fails{}).get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::handler_failed);
  EXPECT_NE(got.error().message().find("no idea"), std::string::npos);
}

TEST(future, is_answered_at_once_when_the_receiver_is_full_stopping_or_ended) {
  scene s;
  auto first = s.to.ask(double_it{1});
  auto second = s.to.ask(double_it{2});
  auto third = s.to.ask(double_it{3});
  EXPECT_TRUE(third.ready());
  EXPECT_EQ(third.get().error().code, errc::full);
  s.to.stop();
  EXPECT_TRUE(s.stage.step());  // it has seen the stop, and one question
  auto late = s.to.ask(double_it{4});
  EXPECT_TRUE(late.ready());
  EXPECT_EQ(late.get().error().code, errc::closed);
  EXPECT_EQ(first.get(), 2);
  EXPECT_EQ(second.get(), 4);
  s.stage.run_until_idle();
  EXPECT_EQ(s.to.ask(double_it{5}).get().error().code, errc::closed);
}

TEST(future, is_answered_when_the_receiver_is_killed_before_it_answers) {
  scene s;
  auto queued = s.to.ask(double_it{1});
  s.to.kill();
  s.stage.run_until_idle();
  EXPECT_TRUE(queued.ready());
  const auto got = queued.get();
  EXPECT_EQ(got.error().code, errc::closed);
  EXPECT_NE(got.error().message().find("'oracle'"), std::string::npos);
  EXPECT_EQ(s.stage.system().dead_letters().abandoned, 1U);
}

TEST(future, get_is_refused_inside_an_actor) {
  scene s;
  const auto said = s.to.ask(get_inside{}).get();
  ASSERT_TRUE(said);
  EXPECT_NE(said->find("'oracle'"), std::string::npos);
  EXPECT_NE(said->find("co_await"), std::string::npos);
}

TEST(future, is_answered_once) {
  scene s;
  auto answer = s.to.ask(double_it{1});
  EXPECT_EQ(answer.get(), 2);
  EXPECT_FALSE(answer.valid());
  EXPECT_TRUE(answer.ready());
  EXPECT_EQ(answer.get().error().code, errc::invalid_argument);
  EXPECT_EQ(troupe::future<int>().get().error().code, errc::invalid_argument);
}

TEST(future, dropped_gives_up_the_answer_but_not_the_question) {
  scene s;
  static_cast<void>(s.to.ask(double_it{1}));
  s.to.send(double_it{2});  // a question may be sent: the reply is dropped
  s.stage.run_until_idle();
  EXPECT_EQ(s.seen, 2);
}

TEST(future, serves_many_threads_that_ask_at_once) {
  int seen = 0;
  auto system = probe::started();
  auto to = system->spawn<oracle>({.mailbox = {.capacity = 0}}, seen);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([to, t] {
      for (int i = 0; i < 200; ++i) EXPECT_EQ(to.ask(double_it{t * i}, 60s).get(), 2 * t * i);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(to.ask(double_it{0}).get(), 0);
  EXPECT_EQ(seen, 801);
}

TEST(future, deadline_and_answer_race_to_one_of_them) {
  auto system = probe::started();
  int seen = 0;
  auto to = system->spawn<oracle>({.mailbox = {.capacity = 0}}, seen);
  int answered = 0, late = 0;
  for (int i = 0; i < 300; ++i) {
    const auto got = to.ask(double_it{i}, std::chrono::microseconds(i)).get();
    if (got) {
      EXPECT_EQ(*got, 2 * i);
      ++answered;
    } else {
      EXPECT_EQ(got.error().code, errc::timed_out);
      ++late;
    }
  }
  EXPECT_EQ(answered + late, 300);
}

troupe::deadline now() {
  return troupe::deadline::after(0ns);
}

TEST(future, wait_says_whether_the_answer_has_come_and_leaves_it) {
  auto [to, answer] = troupe::promise_and_future<int>();
  EXPECT_EQ(answer.wait(now()), false);
  EXPECT_TRUE(answer.valid());
  EXPECT_TRUE(to.set(42));
  EXPECT_EQ(answer.wait(now()), true);
  EXPECT_EQ(answer.wait(troupe::deadline::never()), true);
  EXPECT_EQ(answer.get(), 42);
}

TEST(future, wait_ends_when_another_thread_answers) {
  auto [to, answer] = troupe::promise_and_future<int>();
  std::thread other([kept = std::move(to)]() mutable { EXPECT_TRUE(kept.set(42)); });
  EXPECT_EQ(answer.wait(probe::watchdog()), true);
  EXPECT_TRUE(answer.ready());
  other.join();
}

TEST(future, waited_for_in_vain_it_can_be_waited_for_again) {
  auto [to, answer] = troupe::promise_and_future<int>();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answer.wait(troupe::deadline::after(1ms)), false);
  std::thread other([kept = std::move(to)]() mutable { EXPECT_TRUE(kept.set(42)); });
  EXPECT_EQ(answer.get(), 42);
  other.join();
}

TEST(future, wait_steps_a_test_system) {
  scene s;
  auto answer = s.to.ask(double_it{21});
  EXPECT_EQ(answer.wait(troupe::deadline::never()), true);
  EXPECT_EQ(answer.get(), 42);
}

TEST(future, wait_is_over_when_the_deadline_of_the_question_has_passed) {
  scene s;
  auto answer = s.to.ask(never{}, 2s);
  EXPECT_EQ(answer.wait(troupe::deadline::never()), true);
  EXPECT_EQ(answer.get().error().code, errc::timed_out);
}

TEST(future, wait_is_over_when_the_deadline_of_the_question_has_passed_on_a_real_clock) {
  probe::journal journal;
  probe::gate gate;
  auto system = probe::started();
  auto to = system->spawn<probe::recorder>({}, journal, gate);
  to.send(probe::hold{});
  auto answer = to.ask(double_it{1}, 1ms);
  EXPECT_EQ(answer.wait(troupe::deadline::never()), true);
  EXPECT_EQ(answer.get().error().code, errc::timed_out);
  gate.open();
}

TEST(future, an_empty_one_cannot_be_waited_for) {
  troupe::future<int> empty;
  const auto waited = empty.wait(now());
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, errc::invalid_argument);
}

struct wait_inside {
  using reply = bool;
};

/// Says whether it knows that it is an actor, and whether it may wait.
class insider {
 public:
  using receives = troupe::receives<wait_inside>;
  bool operator()(wait_inside) {
    auto [to, answer] = troupe::promise_and_future<int>();
    const auto waited = answer.wait(troupe::deadline::never());
    EXPECT_FALSE(waited);
    EXPECT_EQ(waited.error().code, errc::unsupported);
    EXPECT_TRUE(answer.valid());
    return troupe::in_actor();
  }
};

TEST(future, wait_is_refused_inside_an_actor_and_only_there) {
  EXPECT_FALSE(troupe::in_actor());
  troupe::test_system stage;
  EXPECT_EQ(stage.spawn<insider>().ask(wait_inside{}).get(), true);
  EXPECT_FALSE(troupe::in_actor());
  const auto system = probe::started();
  EXPECT_EQ(system->spawn<insider>().ask(wait_inside{}).get(), true);
}

}  // namespace
}  // namespace future_test
