// Peers that stand still, or never take what they are sent: what it costs them, and that it costs nobody else
// anything.
#include "peer_process.hpp"
#include "zmq_posts.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/sanitizers.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace troupe::transport::slow_peer_test {
namespace {

/// `right` is quick to ask; the others have all the time.
class slow_peers : public zmq_posts {
 protected:
  slow_peers() { right_options.heartbeat = {milliseconds(50), milliseconds(500)}; }
};

TEST_F(slow_peers, a_frozen_process_is_found_and_comes_back_on_a_new_link) {
  peer_process other(options("left"), right_options);
  right = start(right_options, right_events);
  other.go();
  right_events.wait_records(1);
  other.freeze();
  const auto why = right_events.wait_down();
  EXPECT_EQ(why.code, errc::timed_out);
  EXPECT_NE(why.context.find("node 'left' said nothing to node 'right' for "), std::string::npos)
      << why.message();
  other.thaw();
  right_events.wait_records(2);
  EXPECT_EQ(right_events.texts()[1], sentence(errc::peer_lost)) << "it was told";
}

TEST_F(slow_peers, a_frozen_acceptor_is_found_too) {
  peer_process other(options("left"), right_options);
  right = start(right_options, right_events);
  other.go();
  right_events.wait_records(1);  // so it listens
  (void)right->connect(left_options.endpoint, {"left", 1}, one_channel());
  right_events.wait_up(2);
  other.freeze();
  right_events.wait_down(2);
  for (const auto& down : right_events.downs) EXPECT_EQ(down.why.code, errc::timed_out) << down.why.message();
}

TEST_F(slow_peers, a_peer_that_takes_nothing_is_alive_as_long_as_it_answers) {
  peer_process frozen(options("frozen"), right_options);
  left_options.receive = {1, 10};
  right = start(right_options, right_events);
  frozen.go();
  right_events.wait_records(1);
  left = start(left_options, left_events);
  const auto full = right->connect(left_options.endpoint, {"left", 1}, one_channel());
  right_events.wait_up(2);
  for (int i = 0; i < 100; ++i) right->send(full, 1, {}, text("x"));
  for (const std::size_t losses :
       {1u, 2u}) {  // the second takes longer than the patience, whoever was asked first
    frozen.freeze();
    EXPECT_EQ(right_events.wait_down(losses).code, errc::timed_out);
    frozen.thaw();
    if (losses == 1) right_events.wait_records(2);
  }
  ASSERT_TRUE(right->flush(deadline::after(std::chrono::minutes(1))).has_value());
  EXPECT_EQ(left_events.texts().size(), 1u) << "as many as its window, all this time";
  EXPECT_EQ(right_events.downs_so_far(), 2u);
  EXPECT_EQ(left_events.downs_so_far(), 0u);
}

/// Three peers of `left`: two that take what comes, and one that does not.
class three_peers : public zmq_posts {
 protected:
  static constexpr std::uint64_t each = 20'000;

  three_peers() { left_options.heartbeat.interval = milliseconds(0); }  // however slow the machine is
  ~three_peers() override { left.reset(); }                             // before the others go

  void start_left_and_quick() {
    left = start(left_options, left_events);
    for (std::size_t i = 0; i < quick.size(); ++i) {
      const auto name = "quick-" + std::to_string(i);
      posts[i] = start(options(name), quick[i]);
      quick[i].post = posts[i].get();
      links[i] = left->connect(options(name).endpoint, {name, 1}, one_channel());
    }
  }
  /// Each record of the quick ones stands behind one of the slow peer's, until all of theirs have come.
  void send_to_all(link_id slow, const bytes& to_slow, std::uint64_t how_many) {
    for (std::uint64_t i = 0; i < each; ++i) {
      if (i < how_many) left->send(slow, 1, {}, to_slow);
      const std::array<std::uint64_t, 2> numbered{i, 0};
      for (const auto link : links) left->send(link, 1, std::as_bytes(std::span(numbered)), {});
    }
    for (auto& one : quick) one.wait_for(each);
    for (const auto& one : quick) EXPECT_EQ(one.out_of_order, 0u);
  }

  std::array<counter, 2> quick;
  std::array<std::unique_ptr<zmq_post>, 2> posts;
  std::array<link_id, 2> links{};
};

TEST_F(three_peers, one_that_takes_nothing_gets_its_window_and_holds_up_nobody) {
  right_options.receive = {10, 1000};
  right = start(right_options, right_events);
  start_left_and_quick();
  const auto slow = left->connect(right_options.endpoint, {"right", 1}, one_channel());
  send_to_all(slow, text("x"), each);
  ASSERT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
  EXPECT_EQ(right_events.texts().size(), 10u);
  EXPECT_EQ(left_events.downs_so_far(), 0u);
  for (std::size_t taken = 0; taken < 1000; ++taken) {  // and goes on when it takes some
    right_events.wait_records(taken + 1);
    right->dequeued(theirs(), 1, 1, 1);
  }
  right_events.wait_records(1009);  // less than a quarter of the window may be owed: one
}

/// Bytes of memory that this process really has.
std::size_t resident() {
  std::ifstream in("/proc/self/statm");
  std::size_t all = 0, pages = 0;
  in >> all >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(three_peers, one_that_stands_still_costs_its_window_and_holds_up_nobody) {
  constexpr std::size_t mib = 1u << 20;
  right_options.receive = {1000, 4 * mib};
  peer_process frozen(right_options, left_options);
  start_left_and_quick();
  frozen.go();
  left_events.wait_records(1);  // so it listens
  const auto slow = left->connect(right_options.endpoint, {"right", 1}, one_channel());
  left_events.wait_up(4);
  frozen.freeze();
  const auto before = resident();
  send_to_all(slow, bytes::adopt(std::vector<std::byte>(mib)), 512);
  if (!sanitized) {  // else what was freed is kept
    EXPECT_LT(resident(), before + 64 * mib) << "of 512 MiB that were handed in";
  }
  EXPECT_EQ(left_events.downs_so_far(), 0u);
  frozen.thaw();
  EXPECT_TRUE(left->flush(deadline::after(std::chrono::minutes(1))).has_value());
}

}  // namespace
}  // namespace troupe::transport::slow_peer_test
