// Questions: answers that come later, are called off, or never come because the actors wait in a circle.
#include "probe.hpp"

#include <troupe/actors/promise.hpp>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ask_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;
using troupe::errc;

struct drop_all {};
struct answer_all {
  int value = 0;
};

/// Answers when it is told to.
class clerk {
 public:
  using receives = troupe::receives<double_it, answer_all, drop_all>;
  explicit clerk(probe::journal& journal) : journal_(journal) {}
  void operator()(double_it, troupe::promise<int> answer) {
    journal_.add(answer.wanted() ? "wanted" : "unwanted");
    open_.push_back(std::move(answer));
  }
  void operator()(answer_all what) {
    for (auto& each : open_) EXPECT_TRUE(each.set(what.value));
    for (auto& each : open_) {
      const auto again = each.set(0);
      EXPECT_EQ(again.error().code, errc::invalid_argument);
      EXPECT_EQ(again.error().context, "answer a question: this promise has given its answer before");
    }
  }
  void operator()(drop_all) { open_.clear(); }

 private:
  probe::journal& journal_;
  std::vector<troupe::promise<int>> open_;
};

struct scene {
  probe::journal journal;
  troupe::test_system stage;
  troupe::address_of<clerk> to = stage.spawn<clerk>({.name = "clerk"}, journal);
};

TEST(ask, may_be_answered_long_after_the_handler_has_returned) {
  scene s;
  auto first = s.to.ask(double_it{1}, 1h), second = s.to.ask(double_it{2}, 1h);
  s.stage.run_until_idle();
  EXPECT_FALSE(first.ready());
  s.to.send(answer_all{42});
  s.stage.run_until_idle();
  EXPECT_EQ(first.get(), 42);
  EXPECT_EQ(second.get(), 42);
}

TEST(ask, is_answered_with_an_error_when_the_promise_is_dropped) {
  scene s;
  auto answer = s.to.ask(double_it{1}, 1h);
  s.to.send(drop_all{});
  const auto got = answer.get();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::closed);
  EXPECT_EQ(got.error().context, "the promise to answer was dropped");
}

TEST(ask, is_answered_with_an_error_when_the_actor_that_promised_ends) {
  scene s;
  auto answer = s.to.ask(double_it{1}, 1h);
  s.stage.run_until_idle();
  s.to.kill();
  EXPECT_EQ(answer.get().error().code, errc::closed);
}

TEST(ask, a_promise_may_go_to_another_actor_and_be_kept_there) {
  struct job {
    int value = 0;
    troupe::promise<int> answer;
  };
  struct back_office {
    using receives = troupe::receives<job>;
    void operator()(job j) { j.answer.set(2 * j.value); }
  };
  struct front_office {
    using receives = troupe::receives<double_it>;
    troupe::address_of<back_office> back;
    explicit front_office(troupe::address_of<back_office> to) : back(std::move(to)) {}
    void operator()(double_it q, troupe::promise<int> answer) { back.send(job{q.value, std::move(answer)}); }
  };
  troupe::test_system stage;
  const auto front = stage.spawn<front_office>({}, stage.spawn<back_office>());
  EXPECT_EQ(front.ask(double_it{21}).get(), 42);
}

TEST(ask, a_handler_with_a_promise_may_be_a_coroutine_and_may_be_sent_plain_messages) {
  struct relay {
    using receives = troupe::receives<double_it>;
    troupe::address<double_it> next;
    explicit relay(troupe::address<double_it> to) : next(std::move(to)) {}
    troupe::task<> operator()(double_it q, troupe::promise<int> answer) {
      auto asked = next.ask(double_it{q.value});
      answer.set(co_await asked);
    }
  };
  scene s;
  const auto twice = s.stage.spawn<probe::recorder>({}, s.journal, *std::make_unique<probe::gate>());
  const auto to = s.stage.spawn<relay>({}, troupe::address<double_it>(twice));
  EXPECT_EQ(to.ask(double_it{4}).get(), 8);
  EXPECT_TRUE(to.send(double_it{4}));
  EXPECT_TRUE(s.to.send(double_it{1}));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), std::vector<std::string>{"unwanted"});
}

TEST(ask, that_is_called_off_is_answered_at_once_and_not_handled) {
  scene s;
  auto answer = s.to.ask(double_it{1}, 1h);
  EXPECT_TRUE(answer.cancel());
  EXPECT_FALSE(answer.cancel());
  EXPECT_EQ(answer.get().error().code, errc::cancelled);
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), std::vector<std::string>{});
  EXPECT_EQ(s.stage.system().dead_letters().expired, 1U);
  EXPECT_EQ(s.stage.system().dead_letters().total(), 1U);
}

TEST(ask, that_came_too_late_is_not_handled_and_counted) {
  scene s;
  struct impatient {
    using receives = troupe::receives<number>;
    troupe::address<double_it> to;
    explicit impatient(troupe::address<double_it> whom) : to(std::move(whom)) {}
    troupe::task<> operator()(number) {
      auto answer = to.ask(double_it{1}, 0ms);
      const auto got = co_await answer;
      EXPECT_EQ(got.error().code, errc::timed_out);
      EXPECT_EQ(got.error().context, "ask actor 'slow'");
    }
  };
  probe::gate gate;
  auto system = probe::started();
  const auto slow = system->spawn<probe::recorder>({.name = "slow"}, s.journal, gate);
  slow.send(probe::hold{});
  ASSERT_TRUE(gate.wait_for_visitor());
  auto asks = system->spawn<impatient>({}, troupe::address<double_it>(slow));
  asks.send(number{});
  asks.stop();
  ASSERT_TRUE(system->wait_ended(asks, probe::watchdog()));
  gate.open();
  slow.stop();
  ASSERT_TRUE(system->wait_ended(slow, probe::watchdog()));
  EXPECT_EQ(system->dead_letters().expired, 1U);
}

TEST(ask, with_a_negative_patience_is_an_error_at_once) {
  scene s;
  const auto got = s.to.ask(double_it{1}, -1ms).get();
  EXPECT_EQ(got.error().code, errc::invalid_argument);
  EXPECT_EQ(got.error().context, "ask actor 'clerk' with a negative patience of -1000000 ns");
  const auto sent = s.to.send(drop_all{}, -5ns);
  EXPECT_EQ(sent.error().code, errc::invalid_argument);
  EXPECT_EQ(sent.error().context, "send to actor 'clerk' with a negative patience of -5 ns");
}

// Circles.

struct begin {
  using reply = std::string;
};
struct meet {
  troupe::address<begin> whom;
};

/// Asks its neighbour, and waits, for whatever it is asked.
class neighbour {
 public:
  using receives = troupe::receives<begin, meet>;
  void operator()(meet m) { next_ = std::move(m.whom); }
  troupe::task<std::string> operator()(begin) {
    auto answer = next_.ask(begin{}, patience);
    const auto got = co_await answer;
    co_return got ? *got : got.error().context;
  }
  troupe::nanoseconds patience = 1s;

 private:
  troupe::address<begin> next_;
};

TEST(ask, in_a_circle_of_two_ends_by_its_deadline_and_names_the_circle) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    troupe::test_system stage(seed);
    const auto a = stage.spawn<neighbour>({.name = "a"}), b = stage.spawn<neighbour>({.name = "b"});
    a.send(meet{b});
    b.send(meet{a});
    const auto got = a.ask(begin{}, 60s).get();
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, "ask actor 'b'; actor 'a' asks actor 'b' asks actor 'a'");
  }
}

TEST(ask, in_a_circle_of_three_and_of_oneself_names_it) {
  troupe::test_system stage;
  const auto a = stage.spawn<neighbour>({.name = "a"}), b = stage.spawn<neighbour>({.name = "b"}),
             c = stage.spawn<neighbour>({.name = "c"});
  a.send(meet{b});
  b.send(meet{c});
  c.send(meet{a});
  EXPECT_EQ(a.ask(begin{}, 60s).get(),
            "ask actor 'b'; actor 'a' asks actor 'b' asks actor 'c' asks actor 'a'");
  a.send(meet{a});
  EXPECT_EQ(a.ask(begin{}, 60s).get(), "ask actor 'a'; actor 'a' asks actor 'a'");
}

TEST(ask, that_leads_to_questions_without_end_keeps_no_chain_of_them) {
  struct forwarder {
    using receives = troupe::receives<begin, meet>;
    troupe::address<begin> next;
    std::deque<troupe::future<std::string>> open;
    int left = 10'000;
    void operator()(meet m) { next = std::move(m.whom); }
    std::string operator()(begin) {
      if (--left < 0) return "done";
      open.push_back(next.ask(begin{}, 1h));
      if (open.size() > 1) open.pop_front();
      return "asked on";
    }
  };
  troupe::test_system stage;
  const auto a = stage.spawn<forwarder>(), b = stage.spawn<forwarder>();
  a.send(meet{b});
  b.send(meet{a});
  EXPECT_EQ(a.ask(begin{}, 1h).get(), "asked on");
  stage.run_until_idle();  // would recurse 20,000 deep at the end, had each kept the one before
  a.kill();
  b.kill();
  stage.run_until_idle();
  EXPECT_EQ(stage.system().size(), 0U);
}

// Reentrant actors.

template <bool Reentrant>
class host {
 public:
  static constexpr bool reentrant = Reentrant;
  using receives = troupe::receives<begin, number>;
  host(troupe::address<double_it> slow, probe::journal& journal)
      : slow_(std::move(slow)), journal_(journal) {}
  troupe::task<std::string> operator()(begin) {
    journal_.add("asks");
    auto answer = slow_.ask(double_it{1}, 1h);
    const auto got = co_await answer;
    journal_.add("heard " + std::to_string(got.value_or(-1)));
    co_return "done";
  }
  void operator()(number n) { journal_.add(std::to_string(n.value)); }

 private:
  troupe::address<double_it> slow_;
  probe::journal& journal_;
};

template <bool Reentrant>
std::vector<std::string> while_it_waits() {
  scene s;
  const auto to = s.stage.spawn<host<Reentrant>>({}, troupe::address<double_it>(s.to), s.journal);
  auto first = to.ask(begin{}, 1h), second = to.ask(begin{}, 1h);
  to.send(number{7});
  s.stage.run_until_idle();
  s.to.send(answer_all{42});
  s.stage.run_until_idle();
  s.to.send(drop_all{});
  EXPECT_EQ(first.get(), "done");
  s.stage.run_until_idle();
  to.stop();
  s.stage.run_until_idle();
  EXPECT_TRUE(second.ready());
  auto seen = s.journal.lines();
  std::erase(seen, "wanted");
  return seen;
}

TEST(ask, while_it_waits_for_an_answer_an_actor_takes_no_other_message) {
  EXPECT_EQ(while_it_waits<false>(), (std::vector<std::string>{"asks", "heard 42", "asks", "heard -1", "7"}));
}

TEST(ask, while_it_waits_an_actor_that_says_so_takes_messages) {
  const auto seen = while_it_waits<true>();
  EXPECT_EQ(std::vector<std::string>(seen.begin(), seen.begin() + 3),
            (std::vector<std::string>{"asks", "asks", "7"}));
  EXPECT_EQ(std::ranges::count(seen, "heard 42"), 2);
}

struct friendly {
  static constexpr bool reentrant = true;
  using receives = troupe::receives<begin, meet, double_it>;
  troupe::address<double_it> other;
  void operator()(meet) {}
  int operator()(double_it q) { return 2 * q.value; }
  troupe::task<std::string> operator()(begin) {
    auto answer = other.ask(double_it{4});
    co_return std::to_string((co_await answer).value_or(-1));
  }
  explicit friendly(troupe::context& self) : other(self.address<friendly>()) {}
};

TEST(ask, a_reentrant_actor_may_ask_in_a_circle) {
  troupe::test_system stage;
  EXPECT_EQ(stage.spawn<friendly>().ask(begin{}).get(), "8");
}

TEST(ask, kill_and_stop_of_a_reentrant_actor_with_many_that_wait_answer_all_of_them) {
  for (const bool kill : {true, false}) {
    scene s;
    const auto to = s.stage.spawn<host<true>>({}, troupe::address<double_it>(s.to), s.journal);
    std::vector<troupe::future<std::string>> all;
    for (int i = 0; i < 100; ++i) all.push_back(to.ask(begin{}, 1h));
    s.stage.run_until_idle();
    kill ? to.kill() : to.stop();
    s.to.send(drop_all{});
    s.stage.run_until_idle();
    for (auto& each : all) {
      const auto got = each.get();
      EXPECT_EQ(kill ? got.error().code == errc::closed : got == "done", true);
    }
    EXPECT_TRUE(s.stage.system().ended(to));
  }
}

struct proxy {
  static constexpr bool reentrant = true;
  using receives = troupe::receives<double_it>;
  troupe::address<double_it> to;
  explicit proxy(troupe::address<double_it> whom) : to(std::move(whom)) {}
  troupe::task<int> operator()(double_it q) {
    auto answer = to.ask(double_it{q.value}, 60s);
    co_return co_await answer;
  }
};

TEST(ask, reentrant_actors_on_real_threads_answer_everything) {
  auto system = probe::started();
  struct echo {
    using receives = troupe::receives<double_it>;
    int operator()(double_it q) { return 2 * q.value; }
  };
  const auto to =
      system->spawn<proxy>({.mailbox = {.capacity = 0}}, system->spawn<echo>({.mailbox = {.capacity = 0}}));
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&to] {
      std::vector<troupe::future<int>> open;
      for (int i = 0; i < 2000; ++i) open.push_back(to.ask(double_it{i}, 60s));
      for (int i = 0; i < 2000; ++i) ASSERT_EQ(open[static_cast<std::size_t>(i)].get(), 2 * i);
    });
  for (auto& each : threads) each.join();
}

}  // namespace
}  // namespace ask_test
