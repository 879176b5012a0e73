#include "probe.hpp"

#include <troupe/actors/task.hpp>

#include <stdexcept>
#include <thread>

namespace task_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::errc;

struct item {  // an aggregate with members that own: what g++ 12 destroys twice in a co_await expression
  std::string name;
  std::vector<std::string> tags;
  using reply = std::string;
};
struct relay {
  int value = 0;
  using reply = int;
};
struct wait_then_throw {
  using reply = int;
};
struct wait_long {
  std::unique_ptr<std::shared_ptr<const int>> alive;
};
struct chain {
  int hops = 0;
};

class labeller {
 public:
  using receives = troupe::receives<item, double_it>;
  std::string operator()(item i) { return i.name + ":" + std::to_string(i.tags.size()); }
  int operator()(double_it q) { return 2 * q.value; }
};

/// Asks others and waits.
class waiter {
 public:
  using receives = troupe::receives<item, relay, wait_then_throw, wait_long, number, chain>;
  waiter(troupe::context& self, troupe::address<item, double_it> other, probe::journal& journal)
      : self_(self), other_(std::move(other)), journal_(journal) {}

  troupe::task<std::string> operator()(item i) {
    auto first = other_.ask(item{i.name + "-1", {"a long tag that is on the heap", "b"}});
    const auto one = co_await first;
    i.tags.push_back("another tag that is long enough for the heap");
    auto second = other_.ask(std::move(i));
    const auto two = co_await second;
    co_return one.value_or("?") + " " + two.value_or("?");
  }
  troupe::task<int> operator()(relay r) {
    journal_.add("asks");
    auto answer = other_.ask(double_it{r.value}, 3s);
    const auto got = co_await answer;
    journal_.add(got ? "hears" : "gives up");
    if (!got) co_return tl::unexpected(got.error());
    co_return *got;
  }
  troupe::task<int> operator()(wait_then_throw) {
    auto answer = other_.ask(double_it{1});
    static_cast<void>(co_await answer);
    throw std::runtime_error("after the wait");
  }
  troupe::task<> operator()(wait_long w) {
    auto answer = other_.ask(double_it{1}, 1h);
    static_cast<void>(co_await answer);
    journal_.add("waited with " + std::to_string(w.alive->use_count()));
  }
  void operator()(number n) { journal_.add("number " + std::to_string(n.value)); }
  troupe::task<> operator()(chain c) {
    for (int i = 0; i < c.hops; ++i) {
      auto answer = other_.ask(double_it{i}, 60s);
      const auto got = co_await answer;
      EXPECT_EQ(got, 2 * i);
    }
    self_.stop();
  }

 private:
  troupe::context& self_;
  troupe::address<item, double_it> other_;
  probe::journal& journal_;
};

struct scene {
  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  troupe::address_of<labeller> other = stage.spawn<labeller>();
  troupe::address_of<waiter> to = stage.spawn<waiter>({.name = "waiter"}, other, journal);

  /// A waiter whose partner never answers.
  troupe::address_of<waiter> lonely() {
    struct silent {
      using receives = troupe::receives<item, double_it>;
      troupe::future<std::string> kept;
      troupe::context& self;
      explicit silent(troupe::context& context) : self(context) {}
      std::string operator()(item) { return {}; }
      troupe::task<int> operator()(double_it) {
        kept = self.address<silent>().ask(item{}, 24h);
        static_cast<void>(co_await kept);
        co_return 0;
      }
    };
    return stage.spawn<waiter>({.name = "lonely"}, stage.spawn<silent>(), journal);
  }
};

TEST(task, waits_for_answers_and_replies_with_them) {
  scene s;
  EXPECT_EQ(s.to.ask(item{"tea", {"green"}}).get(), "tea-1:2 tea:2");
  EXPECT_EQ(s.to.ask(relay{21}).get(), 42);
}

TEST(task, keeps_its_actor_from_other_messages_while_it_waits) {
  scene s;
  auto answer = s.to.ask(relay{1});
  s.to.send(number{7});
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"asks", "hears", "number 7"}));
}

TEST(task, gives_up_at_the_deadline_of_what_it_waits_for) {
  scene s;
  auto to = s.lonely();
  auto answer = to.ask(relay{1}, 10s);
  to.send(number{7});
  s.stage.advance(2s);
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"asks"}));
  s.stage.advance(1s);
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"asks", "gives up", "number 7"}));
  EXPECT_EQ(answer.get().error().code, errc::timed_out);
}

TEST(task, hears_at_once_that_the_other_has_ended) {
  scene s;
  s.other.stop();
  s.stage.run_until_idle();
  EXPECT_EQ(s.to.ask(relay{1}).get().error().code, errc::closed);
  EXPECT_EQ(s.stage.elapsed(), 0s);
}

TEST(task, that_throws_ends_its_actor_and_answers_with_the_text) {
  scene s;
  const auto got = s.to.ask(wait_then_throw{}).get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::handler_failed);
  const auto reason = s.stage.system().wait_ended(s.to, probe::watchdog());
  ASSERT_TRUE(reason);
  EXPECT_EQ(*reason, (troupe::end_reason{troupe::ending::failed, "after the wait"}));
}

TEST(task, is_destroyed_where_it_stands_when_its_actor_is_killed) {
  scene s;
  auto to = s.lonely();
  const auto alive = std::make_shared<const int>(0);
  to.send(wait_long{std::make_unique<std::shared_ptr<const int>>(alive)});
  s.stage.run_until_idle();
  EXPECT_EQ(alive.use_count(), 2);
  to.kill();
  s.stage.run_until_idle();
  EXPECT_TRUE(s.stage.system().ended(to));
  EXPECT_EQ(alive.use_count(), 1);
  EXPECT_TRUE(s.journal.lines().empty());
}

TEST(task, is_waited_for_when_its_actor_stops) {
  scene s;
  auto to = s.lonely();
  auto answer = to.ask(relay{1}, 10s);
  to.send(number{7});
  s.stage.run_until_idle();
  to.stop();
  s.stage.run_until_idle();
  EXPECT_FALSE(s.stage.system().ended(to));
  s.stage.advance(3s);
  EXPECT_TRUE(s.stage.system().ended(to));
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"asks", "gives up", "number 7"}));
}

TEST(task, answers_its_asker_when_its_actor_is_killed) {
  scene s;
  auto to = s.lonely();
  auto answer = to.ask(relay{1}, 10s);
  s.stage.run_until_idle();
  to.kill();
  s.stage.run_until_idle();
  EXPECT_TRUE(answer.ready());
  EXPECT_EQ(answer.get().error().code, errc::closed);
}

TEST(task, waits_again_and_again_on_real_threads) {
  probe::journal journal;
  auto system = probe::started();
  auto other = system->spawn<labeller>({.mailbox = {.capacity = 0}});
  std::vector<troupe::address_of<waiter>> all;
  for (int i = 0; i < 8; ++i) all.push_back(system->spawn<waiter>({}, other, journal));
  for (const auto& each : all) each.send(chain{500});
  for (const auto& each : all) EXPECT_TRUE(system->wait_ended(each, probe::watchdog()));
}

TEST(task, kill_and_answer_may_come_at_the_same_time) {
  probe::journal journal;
  auto system = probe::started();
  auto other = system->spawn<labeller>({.mailbox = {.capacity = 0}});
  for (int i = 0; i < 200; ++i) {
    auto each = system->spawn<waiter>({}, other, journal);
    each.send(chain{1'000'000});
    std::this_thread::yield();
    each.kill();
    EXPECT_TRUE(system->wait_ended(each, probe::watchdog()));
  }
}

}  // namespace
}  // namespace task_test
