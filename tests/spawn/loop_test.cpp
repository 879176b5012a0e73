#include <fcntl.h>
#include <sys/socket.h>
#include <tests/spawn/loops.hpp>

#include <algorithm>
#include <csignal>
#include <thread>

namespace troupe::spawn::loop_test {

using test::bark;
using test::make_loop;

namespace {

pipe_ends make_ends() {
  return std::move(*make_pipe());
}

/// A pipe that has something to read.
pipe_ends make_filled() {
  pipe_ends ends = make_ends();
  EXPECT_TRUE(write_all(ends.write_end.get(), as_bytes_view("x")));
  return ends;
}

}  // namespace

TEST(loop, a_readable_descriptor_is_called_back_until_unwatched) {
  const auto events = make_loop();
  bark(*events);
  const auto ends = make_filled();
  int calls = 0;
  watch_id id{};
  const auto watched = events->watch_readable(ends.read_end.get(), [&] {
    if (++calls < 3) return;
    events->unwatch(id);
    events->after(milliseconds(1), [&] { events->stop(); });
  });
  ASSERT_TRUE(watched);
  id = *watched;
  events->run();
  EXPECT_EQ(calls, 3);
}

TEST(loop, a_writable_descriptor_is_called_back) {
  const auto events = make_loop();
  bark(*events);
  const auto ends = make_ends();
  ASSERT_TRUE(events->watch_writable(ends.write_end.get(), [&] { events->stop(); }));
  events->run();
}

TEST(loop, one_descriptor_may_be_watched_both_ways) {
  const auto events = make_loop();
  bark(*events);
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const unique_fd ours(sockets[0]), theirs(sockets[1]);
  watch_id writing{};
  const auto on_writable = [&] {
    events->unwatch(writing);
    EXPECT_TRUE(write_all(theirs.get(), as_bytes_view("x")));
  };
  ASSERT_TRUE(events->watch_readable(ours.get(), [&] { events->stop(); }));
  writing = *events->watch_writable(ours.get(), on_writable);
  events->run();
}

TEST(loop, a_second_reader_of_a_descriptor_is_refused) {
  const auto events = make_loop();
  const auto ends = make_ends();
  ASSERT_TRUE(events->watch_readable(ends.read_end.get(), [] {}));
  EXPECT_EQ(events->watch_readable(ends.read_end.get(), [] {}).error().code, errc::already_exists);
}

TEST(loop, what_cannot_be_watched_is_an_error) {
  const auto events = make_loop();
  const unique_fd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(events->watch_readable(file.get(), [] {}).error().code, errc::unsupported);
  EXPECT_EQ(events->watch_readable(-1, [] {}).error().code, errc::invalid_argument);
}

// Both events are fetched together; whichever comes first takes the other one's watch away.
TEST(loop, unwatching_another_descriptor_of_the_same_batch_holds_at_once) {
  const auto events = make_loop();
  bark(*events);
  const auto first = make_filled(), second = make_filled();
  watch_id ids[2];
  int calls = 0;
  const auto on_ready = [&] {
    ++calls;
    for (const watch_id id : ids) events->unwatch(id);
    events->after(milliseconds(1), [&] { events->stop(); });
  };
  ids[0] = *events->watch_readable(first.read_end.get(), on_ready);
  ids[1] = *events->watch_readable(second.read_end.get(), on_ready);
  events->run();
  EXPECT_EQ(calls, 1);
}

TEST(loop, a_number_that_is_reused_within_a_batch_does_not_inherit_the_event) {
  const auto events = make_loop();
  bark(*events);
  auto first = make_filled(), second = make_filled();
  pipe_ends silent;
  watch_id ids[2];
  int misled = 0;
  const auto replace = [&](pipe_ends& other, watch_id others) {
    for (const watch_id id : ids) events->unwatch(id);
    static_cast<void>(others);
    other.read_end.reset();
    silent = make_ends();  // takes the lowest free number: the one just closed
    EXPECT_TRUE(events->watch_readable(silent.read_end.get(), [&] { ++misled; }));
    events->after(milliseconds(1), [&] { events->stop(); });
  };
  ids[0] = *events->watch_readable(first.read_end.get(), [&] { replace(second, ids[1]); });
  ids[1] = *events->watch_readable(second.read_end.get(), [&] { replace(first, ids[0]); });
  events->run();
  EXPECT_EQ(misled, 0);
}

TEST(loop, an_exit_is_called_back_once_and_not_reaped) {
  const auto events = make_loop();
  bark(*events);
  auto one = command(REPORT_CHILD).args({"exit", "4"}).spawn();
  ASSERT_TRUE(one);
  int calls = 0;
  ASSERT_TRUE(events->watch_exit(one->pidfd(), [&] {
    ++calls;
    events->after(milliseconds(2), [&] { events->stop(); });
  }));
  events->run();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(one->wait().status.code(), 4);
}

TEST(loop, timers_come_in_order_and_not_early) {
  const auto events = make_loop();
  const auto begin = steady::now();
  std::string order;
  events->after(milliseconds(20), [&] {
    order += 'c';
    EXPECT_GE(steady::now() - begin, milliseconds(20));
    events->stop();
  });
  events->after(milliseconds(10), [&] { order += 'b'; });
  events->after(nanoseconds(0), [&] { order += 'a'; });
  events->run();
  EXPECT_EQ(order, "abc");
}

TEST(loop, a_cancelled_timer_does_not_come) {
  const auto events = make_loop();
  bool came = false;
  const timer_id doomed = events->after(milliseconds(2), [&] { came = true; });
  events->after(milliseconds(1), [&] { events->cancel(doomed); });
  events->after(milliseconds(5), [&] { events->stop(); });
  events->run();
  EXPECT_FALSE(came);
}

TEST(loop, a_repeating_timer_comes_until_it_cancels_itself) {
  const auto events = make_loop();
  bark(*events);
  int beats = 0;
  timer_id beat{};
  beat = events->every(milliseconds(1), [&] {
    if (++beats < 3) return;
    events->cancel(beat);
    events->after(milliseconds(5), [&] { events->stop(); });
  });
  events->run();
  EXPECT_EQ(beats, 3);
}

TEST(loop, posted_functions_run_in_order_on_the_loops_thread) {
  const auto events = make_loop();
  std::vector<int> order;
  std::thread::id ran_on;
  std::thread turning([&] { events->run(); });
  for (int i = 0; i < 100; ++i) events->post([&order, i] { order.push_back(i); });
  events->post([&] {
    ran_on = std::this_thread::get_id();
    EXPECT_TRUE(events->on_loop_thread());
    events->stop();
  });
  const auto loops_thread = turning.get_id();
  turning.join();
  EXPECT_EQ(ran_on, loops_thread);
  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_FALSE(events->on_loop_thread());
}

TEST(loop, many_threads_may_post_at_once) {
  const auto events = make_loop();
  constexpr int per_thread = 2000;
  int count = 0;
  const auto add = [&] {
    if (++count == 4 * per_thread) events->stop();
  };
  std::vector<std::thread> posters;
  for (int t = 0; t < 4; ++t)
    posters.emplace_back([&] {
      for (int i = 0; i < per_thread; ++i) events->post(add);
    });
  events->run();
  for (auto& poster : posters) poster.join();
  EXPECT_EQ(count, 4 * per_thread);
}

TEST(loop, a_stop_before_the_run_is_not_forgotten) {
  const auto events = make_loop();
  events->stop();
  events->run();
}

TEST(loop, what_was_posted_behind_a_stop_runs_in_the_next_run) {
  const auto events = make_loop();
  std::string order;
  events->post([&] { events->stop(); });
  events->post([&] { order += "later"; });
  events->run();
  EXPECT_EQ(order, "");
  events->post([&] { events->stop(); });
  events->run();
  EXPECT_EQ(order, "later");
}

}  // namespace troupe::spawn::loop_test
