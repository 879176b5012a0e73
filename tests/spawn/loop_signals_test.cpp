#include <tests/spawn/loops.hpp>

#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

namespace troupe::spawn::loop_signals_test {

using test::bark;
using test::make_loop;

namespace {

/// Blocks SIGUSR1 and SIGUSR2 in this thread while it lives.
class blocked {
 public:
  blocked() {
    pthread_sigmask(SIG_SETMASK, nullptr, &before_);
    EXPECT_TRUE(block_signals({SIGUSR1, SIGUSR2}));
  }
  ~blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

const waker* woken_by_handler = nullptr;

}  // namespace

TEST(loop_signals, blocked_signals_arrive_as_callbacks) {
  const blocked here;
  const auto events = make_loop();
  bark(*events);
  std::set<int> arrived;
  watch_id watch{};
  const auto watched = events->watch_signals({SIGUSR1, SIGUSR2}, [&](int number) {
    arrived.insert(number);
    if (arrived.size() < 2) return;
    events->unwatch(watch);
    events->stop();
  });
  ASSERT_TRUE(watched);
  watch = *watched;
  ::kill(getpid(), SIGUSR1);
  ::kill(getpid(), SIGUSR2);
  events->run();
  EXPECT_EQ(arrived, (std::set<int>{SIGUSR1, SIGUSR2}));
}

TEST(loop_signals, every_watch_that_names_a_signal_is_called_in_their_order) {
  const blocked here;
  const auto events = make_loop();
  bark(*events);
  std::vector<std::string> calls;
  const auto first = events->watch_signals({SIGUSR1}, [&](int) { calls.emplace_back("first"); });
  const auto second = events->watch_signals({SIGUSR1, SIGUSR2}, [&](int number) {
    calls.emplace_back(number == SIGUSR1 ? "second" : "second of 2");
    if (number == SIGUSR2) events->stop();
  });
  ASSERT_TRUE(first && second);
  ::kill(getpid(), SIGUSR1);
  ::kill(getpid(), SIGUSR2);
  events->run();
  EXPECT_EQ(calls, (std::vector<std::string>{"first", "second", "second of 2"}));
}

TEST(loop_signals, a_watch_may_end_another_and_itself) {
  const blocked here;
  const auto events = make_loop();
  bark(*events);
  int calls = 0;
  watch_id first{}, second{};
  const auto one = events->watch_signals({SIGUSR1}, [&](int) {
    ++calls;
    events->unwatch(second);
    events->unwatch(first);
  });
  const auto two = events->watch_signals({SIGUSR1}, [&](int) { ADD_FAILURE() << "it was unwatched"; });
  const auto last = events->watch_signals({SIGUSR2}, [&](int) { events->stop(); });
  ASSERT_TRUE(one && two && last);
  first = *one;
  second = *two;
  ::kill(getpid(), SIGUSR1);
  ::kill(getpid(), SIGUSR2);
  events->run();
  EXPECT_EQ(calls, 1);
}

TEST(loop_signals, what_nobody_watches_any_more_stays_pending) {
  const blocked here;
  const auto events = make_loop();
  const auto watched = events->watch_signals({SIGUSR1}, [](int) {});
  ASSERT_TRUE(watched);
  events->unwatch(*watched);
  ::kill(getpid(), SIGUSR1);
  events->post([&] { events->stop(); });
  events->run();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  const timespec now{};
  EXPECT_EQ(sigtimedwait(&set, nullptr, &now), SIGUSR1);
}

TEST(loop_signals, watching_what_is_no_signal_is_refused) {
  EXPECT_EQ(make_loop()->watch_signals({4711}, [](int) {}).error().code, errc::invalid_argument);
}

TEST(loop_wakes, from_many_threads_none_is_lost_and_many_count_as_one) {
  const auto events = make_loop();
  bark(*events);
  std::atomic<int> woken{0};
  int calls = 0;
  const auto watched = events->watch_wakes([&] {
    ++calls;
    if (woken == 4) events->stop();
  });
  ASSERT_TRUE(watched);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, mine = watched->second] {
      for (int i = 0; i < 1000; ++i) mine.wake();
      ++woken;
      mine.wake();
    });
  events->run();
  for (auto& thread : threads) thread.join();
  EXPECT_GE(calls, 1);
  EXPECT_LE(calls, 4004);
}

TEST(loop_wakes, from_a_signal_handler_and_errno_is_kept) {
  const auto events = make_loop();
  bark(*events);
  const auto watched = events->watch_wakes([&] { events->stop(); });
  ASSERT_TRUE(watched);
  woken_by_handler = &watched->second;
  struct sigaction wakes {
  }, before{};
  wakes.sa_handler = [](int) { woken_by_handler->wake(); };
  sigaction(SIGUSR1, &wakes, &before);
  errno = ENOTTY;
  raise(SIGUSR1);
  EXPECT_EQ(errno, ENOTTY);
  events->run();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST(loop_wakes, a_wake_during_the_callback_leads_to_another_call) {
  const auto events = make_loop();
  bark(*events);
  int calls = 0;
  std::optional<waker> again;
  const auto watched = events->watch_wakes([&] { ++calls < 3 ? again->wake() : events->stop(); });
  ASSERT_TRUE(watched);
  again = watched->second;
  again->wake();
  events->run();
  EXPECT_EQ(calls, 3);
}

TEST(loop_wakes, a_waker_is_harmless_after_the_watch_and_after_the_loop) {
  auto events = make_loop();
  const auto watched = events->watch_wakes([] { ADD_FAILURE() << "it was unwatched"; });
  ASSERT_TRUE(watched);
  events->unwatch(watched->first);
  watched->second.wake();
  events->post([&] { events->stop(); });
  events->run();
  events.reset();
  watched->second.wake();
}

}  // namespace troupe::spawn::loop_signals_test
