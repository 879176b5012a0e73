#include "support.hpp"

#include <troupe/spawn/lifeline.hpp>
#include <troupe/spawn/spawner.hpp>

#include <csignal>
#include <thread>

namespace troupe::spawn::lifeline_test {

using test::event_box;

namespace {

/// Two pipes: what the parent holds, and what a worker would.
struct wires {
  pipe_ends down = std::move(*make_pipe());  // parent → worker
  pipe_ends up = std::move(*make_pipe());
};

/// A lifeline on a spawner's loop, and what it said. The members' order is the reverse of their ends.
struct parent_side {
  explicit parent_side(wires& joined, lifeline_limits limits = {})
      : line(std::move(*lifeline::open(
            crew->events(), std::move(joined.up.read_end), std::move(joined.down.write_end),
            {.on_frame = [this](byte_view frame) { frames.put(std::string(bytes::copy_of(frame).text())); },
             .on_closed = [this](const error& why) { closed.put(why); }},
            limits))) {}

  event_box<std::string> frames;
  event_box<error> closed;
  std::unique_ptr<spawner> crew = std::move(*spawner::start());
  lifeline line;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 131 >> 5);
  return text;
}

}  // namespace

TEST(lifeline, frames_come_back_from_a_worker_in_order_whatever_their_size) {
  wires joined;
  command what(SPAWNING_CHILD);
  what.arg("echo");
  what.pass_fd(std::move(joined.down.read_end), 3).pass_fd(std::move(joined.up.write_end), 4);
  event_box<exit_report> ends;
  const auto crew = std::move(*spawner::start());
  ASSERT_TRUE(
      crew->launch(std::move(what), {.on_exit = [&](const exit_report& report) { ends.put(report); }}));
  {
    parent_side parent(joined);
    const std::vector<std::string> sent{"hello",         "",    pattern(10 << 20),
                                        pattern(70'000), "bye", pattern(10 << 20)};
    for (const auto& frame : sent) ASSERT_TRUE(parent.line.send(as_bytes_view(frame)));
    EXPECT_TRUE(parent.frames.wait_for(sent.size()) == sent);
  }
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  EXPECT_EQ(ends.wait_for(1)[0].status, exit_status::exited{0});
}

TEST(lifeline, a_closing_peer_is_end_of_file_after_its_last_frame) {
  wires joined;
  parent_side parent(joined);
  {
    lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
    ASSERT_TRUE(worker.send(as_bytes_view("last words")));
  }
  const auto closed = parent.closed.wait_for(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, errc::end_of_file);
  EXPECT_EQ(parent.frames.wait_for(1), std::vector<std::string>{"last words"});
  EXPECT_EQ(parent.line.send(as_bytes_view("x")).error().code, errc::closed);
}

TEST(lifeline, a_peer_that_no_longer_reads_is_a_broken_pipe_and_its_last_words_are_heard) {
  wires joined;
  parent_side parent(joined);
  ASSERT_TRUE(write_all(joined.up.write_end.get(), as_bytes_view(std::string("\0\0\0\3bye", 7))));
  joined.down.read_end.reset();
  ASSERT_TRUE(parent.line.send(as_bytes_view("anybody there?")));
  const auto closed = parent.closed.wait_for(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, errc::broken_pipe);
  EXPECT_EQ(parent.frames.wait_for(1), std::vector<std::string>{"bye"});
}

TEST(lifeline, a_worker_that_is_killed_closes_it) {
  wires joined;
  command what(SPAWNING_CHILD);
  what.arg("echo");
  what.pass_fd(std::move(joined.down.read_end), 3).pass_fd(std::move(joined.up.write_end), 4);
  const auto crew = std::move(*spawner::start());
  const auto worker = crew->launch(std::move(what));
  ASSERT_TRUE(worker);
  parent_side parent(joined);
  worker->kill();
  EXPECT_EQ(parent.closed.wait_for(1).size(), 1U);
}

TEST(lifeline, of_a_dead_peer_is_finished_though_somebody_holds_its_end) {
  wires joined;
  const int held = joined.up.write_end.get();
  ASSERT_TRUE(write_all(held, as_bytes_view(std::string("\0\0\0\3bye", 7))));
  parent_side parent(joined);
  parent.crew->events().post([&] { parent.line.finish(); });
  const auto closed = parent.closed.wait_for(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, errc::end_of_file);
  EXPECT_EQ(parent.frames.wait_for(1), std::vector<std::string>{"bye"});
}

TEST(lifeline, a_frame_that_does_not_go_on_is_not_waited_for) {
  wires joined;
  const int held = joined.up.write_end.get();
  parent_side parent(joined, {.patience = milliseconds(1)});
  ASSERT_TRUE(write_all(held, as_bytes_view(std::string("\0\0\0\3bye\0\0\1\0and on", 17))));
  const auto closed = parent.closed.wait_for(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, errc::timed_out);
  EXPECT_EQ(parent.frames.wait_for(1), std::vector<std::string>{"bye"});
}

TEST(lifeline, a_stream_that_ends_within_a_frame_is_malformed) {
  wires joined;
  parent_side parent(joined);
  ASSERT_TRUE(write_all(joined.up.write_end.get(), as_bytes_view(std::string("\0\0\0\5abc", 7))));
  joined.up.write_end.reset();
  const auto closed = parent.closed.wait_for(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, errc::malformed);
}

TEST(lifeline, an_announced_length_over_the_limit_closes_it) {
  wires joined;
  parent_side parent(joined, {.frame = 1000});
  ASSERT_TRUE(write_all(joined.up.write_end.get(), as_bytes_view("text, not a frame")));
  const auto closed = parent.closed.wait_for(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, errc::too_large);
}

TEST(lifeline, sends_do_not_wait_and_are_refused_beyond_the_backlog) {
  wires joined;
  parent_side parent(joined, {.frame = 1 << 20, .backlog = 3 << 20});
  const std::string frame = pattern(1 << 20);
  EXPECT_EQ(parent.line.send(as_bytes_view(frame + "x")).error().code, errc::too_large);
  int taken = 0;
  result<> outcome;
  while ((outcome = parent.line.send(as_bytes_view(frame)))) ++taken;  // nobody reads
  EXPECT_EQ(outcome.error().code, errc::full);
  EXPECT_GE(taken, 2);
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
  for (int i = 0; i < taken; ++i) EXPECT_TRUE(worker.read()->text() == frame);
  EXPECT_TRUE(parent.line.send(as_bytes_view("room again")));
  EXPECT_EQ(worker.read()->text(), "room again");
}

TEST(lifeline, what_was_sent_just_before_its_destruction_still_leaves) {
  wires joined;
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
  {
    parent_side parent(joined);
    ASSERT_TRUE(parent.line.send(as_bytes_view("go home")));
  }
  EXPECT_EQ(worker.read()->text(), "go home");
  EXPECT_EQ(worker.read().error().code, errc::end_of_file);
}

TEST(lifeline, a_handler_may_destroy_it) {
  wires joined;
  const auto crew = std::move(*spawner::start());
  event_box<std::string> frames;
  std::optional<lifeline> line;
  auto opened = lifeline::open(crew->events(), std::move(joined.up.read_end),
                               std::move(joined.down.write_end), {.on_frame = [&](byte_view frame) {
                                 line.reset();
                                 frames.put(std::string(bytes::copy_of(frame).text()));
                               }});
  ASSERT_TRUE(opened);
  line = std::move(*opened);
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
  ASSERT_TRUE(worker.send(as_bytes_view("end yourself")));
  EXPECT_EQ(worker.read().error().code, errc::end_of_file);
  EXPECT_EQ(frames.wait_for(1), std::vector<std::string>{"end yourself"});
}

TEST(lifeline_client, frames_that_came_before_the_end_are_read_first) {
  wires joined;
  ASSERT_TRUE(
      write_all(joined.down.write_end.get(), as_bytes_view(std::string("\0\0\0\1a\0\0\0\1b\0\0", 12))));
  joined.down.write_end.reset();
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
  EXPECT_EQ(worker.read()->text(), "a");
  EXPECT_EQ(worker.read()->text(), "b");
  EXPECT_EQ(worker.read().error().code, errc::malformed);
  EXPECT_EQ(worker.read().error().code, errc::malformed);
}

TEST(lifeline_client, a_parent_that_is_gone_is_end_of_file_and_broken_pipe) {
  wires joined;
  joined.down.write_end.reset();
  joined.up.read_end.reset();
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
  EXPECT_EQ(worker.read().error().code, errc::end_of_file);
  EXPECT_EQ(worker.send(as_bytes_view("hello?")).error().code, errc::broken_pipe);
}

TEST(lifeline_client, a_length_over_the_limit_is_an_error_both_ways) {
  wires joined;
  ASSERT_TRUE(write_all(joined.down.write_end.get(), as_bytes_view(std::string("\0\0\1\0", 4))));
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end), {.frame = 255});
  EXPECT_EQ(worker.read().error().code, errc::too_large);
  EXPECT_EQ(worker.send(as_bytes_view(std::string(256, 'x'))).error().code, errc::too_large);
}

TEST(lifeline_client, many_threads_may_send) {
  wires joined;
  parent_side parent(joined);
  lifeline_client worker(std::move(joined.down.read_end), std::move(joined.up.write_end));
  std::vector<std::thread> senders;
  std::multiset<std::string> sent;
  for (int t = 0; t < 4; ++t) {
    const std::string frame(static_cast<std::size_t>(30'000 * t + 1), static_cast<char>('a' + t));
    for (int i = 0; i < 20; ++i) sent.insert(frame);
    senders.emplace_back([&worker, frame] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(worker.send(as_bytes_view(frame)));
    });
  }
  for (auto& sender : senders) sender.join();
  const auto arrived = parent.frames.wait_for(80);
  EXPECT_TRUE(std::multiset<std::string>(arrived.begin(), arrived.end()) == sent);
}

}  // namespace troupe::spawn::lifeline_test
