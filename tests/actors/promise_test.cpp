#include "probe.hpp"

#include <troupe/actors/future.hpp>
#include <troupe/actors/promise.hpp>

#include <thread>

namespace promise_test {
namespace {

using namespace std::chrono_literals;
using troupe::errc;
using troupe::promise_and_future;

struct await_it {
  using reply = int;
};

/// How an actor that waits in vain says why.
int minus(errc why) {
  return -static_cast<int>(why);
}

/// Waits for an answer that plain code gives.
class waiting {
 public:
  using receives = troupe::receives<await_it>;
  waiting(troupe::context&, std::shared_ptr<troupe::future<int>> for_this) : future_(std::move(for_this)) {}
  troupe::task<int> operator()(await_it) {
    auto& answer = *future_;
    const auto got = co_await answer;
    co_return got ? *got : minus(got.error().code);
  }

 private:
  std::shared_ptr<troupe::future<int>> future_;
};

TEST(promise_and_future, brings_what_was_promised) {
  auto [to, of] = promise_and_future<int>();
  EXPECT_TRUE(to.wanted());
  EXPECT_FALSE(of.ready());
  EXPECT_TRUE(to.set(42));
  EXPECT_FALSE(to.wanted());
  EXPECT_TRUE(of.ready());
  EXPECT_EQ(of.get(), 42);
  EXPECT_FALSE(of.valid());
}

TEST(promise_and_future, brings_an_error) {
  auto [to, of] = promise_and_future<int>();
  EXPECT_TRUE(to.fail({errc::not_found, "no such thing"}));
  EXPECT_EQ(of.get().error().code, errc::not_found);
}

TEST(promise_and_future, is_answered_by_another_thread) {
  auto [to, of] = promise_and_future<int>();
  std::thread other([kept = std::move(to)]() mutable { EXPECT_TRUE(kept.set(42)); });
  EXPECT_EQ(of.get(), 42);
  other.join();
}

TEST(promise_and_future, each_of_many_is_answered_by_another_thread) {
  std::vector<troupe::promise<int>> to;
  std::vector<troupe::future<int>> of;
  for (int i = 0; i < 200; ++i) {
    auto [one, its_future] = promise_and_future<int>();
    to.push_back(std::move(one));
    of.push_back(std::move(its_future));
  }
  std::thread other([&to] {
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(to[static_cast<std::size_t>(i)].set(i));
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(of[static_cast<std::size_t>(i)].get(), i);
  other.join();
}

TEST(promise_and_future, dropped_the_promise_ends_the_wait) {
  auto [to, of] = promise_and_future<int>();
  std::thread other([kept = std::move(to)]() mutable { const auto dropped = std::move(kept); });
  const auto got = of.get();
  other.join();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::closed);
}

TEST(promise_and_future, assigned_over_the_promise_is_dropped_and_the_new_one_is_not) {
  auto [first, of_first] = promise_and_future<int>();
  auto [second, of_second] = promise_and_future<int>();
  first = std::move(second);
  EXPECT_EQ(of_first.get().error().code, errc::closed);
  EXPECT_FALSE(of_second.ready());
  EXPECT_TRUE(first.set(2));
  EXPECT_EQ(of_second.get(), 2);
}

TEST(promise_and_future, answers_once) {
  auto [to, of] = promise_and_future<int>();
  EXPECT_TRUE(to.set(1));
  EXPECT_EQ(to.set(2).error().code, errc::invalid_argument);
  EXPECT_EQ(of.get(), 1);
}

TEST(promise_and_future, called_off_it_is_not_wanted_and_the_answer_goes_nowhere) {
  auto [to, of] = promise_and_future<int>();
  EXPECT_TRUE(of.cancel());
  EXPECT_FALSE(of.cancel());
  EXPECT_FALSE(to.wanted());
  EXPECT_TRUE(to.set(1)) << "too late is no error";
  EXPECT_EQ(of.get().error().code, errc::cancelled);
}

TEST(promise_and_future, nobody_need_wait_for_it) {
  auto [to, of] = promise_and_future<int>();
  { const auto dropped = std::move(of); }
  EXPECT_TRUE(to.set(1));
}

TEST(promise_and_future, is_awaited_in_a_test_system) {
  auto [to, of] = promise_and_future<int>();
  troupe::test_system stage;
  const auto actor =
      stage.spawn<waiting>({.name = "waiting"}, std::make_shared<troupe::future<int>>(std::move(of)));
  auto answer = actor.ask(await_it{}, 1h);
  stage.run_until_idle();
  EXPECT_FALSE(answer.ready());
  EXPECT_TRUE(to.set(42));
  stage.run_until_idle();
  ASSERT_TRUE(answer.ready());
  EXPECT_EQ(answer.get(), 42);
}

TEST(promise_and_future, dropped_it_wakes_whoever_awaits_it) {
  auto [to, of] = promise_and_future<int>();
  troupe::test_system stage;
  const auto actor =
      stage.spawn<waiting>({.name = "waiting"}, std::make_shared<troupe::future<int>>(std::move(of)));
  auto answer = actor.ask(await_it{}, 1h);
  stage.run_until_idle();
  { const auto dropped = std::move(to); }
  stage.run_until_idle();
  ASSERT_TRUE(answer.ready());
  EXPECT_EQ(answer.get(), minus(errc::closed));
}

TEST(promise_and_future, is_awaited_in_a_real_system_and_answered_by_a_plain_thread) {
  const auto system = probe::started();
  for (int i = 0; i < 50; ++i) {
    auto [to, of] = promise_and_future<int>();
    const auto actor =
        system->spawn<waiting>({.name = "waiting"}, std::make_shared<troupe::future<int>>(std::move(of)));
    auto answer = actor.ask(await_it{}, 1h);
    EXPECT_TRUE(to.set(i));
    const auto waited = answer.wait(probe::watchdog());
    ASSERT_TRUE(waited && *waited);
    EXPECT_EQ(answer.get(), i);
  }
}

TEST(promise_and_future, an_actor_that_ends_while_it_waits_leaves_a_promise_that_can_be_kept) {
  auto [to, of] = promise_and_future<int>();
  {
    troupe::test_system stage;
    const auto actor =
        stage.spawn<waiting>({.name = "waiting"}, std::make_shared<troupe::future<int>>(std::move(of)));
    auto answer = actor.ask(await_it{}, 1h);
    stage.run_until_idle();
    actor.kill();
    stage.run_until_idle();
    EXPECT_EQ(answer.get().error().code, errc::closed);
  }
  EXPECT_TRUE(to.set(1));
}

}  // namespace
}  // namespace promise_test
