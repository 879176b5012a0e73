// Peers that stand still, or never take what they are sent: what it costs them, and that it costs nobody else
// anything.
#include "peer_process.hpp"
#include "zmq_posts.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>

#include <chrono>
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
  EXPECT_EQ(right_events.downs.size(), 2u);
  EXPECT_TRUE(left_events.downs.empty());
}

}  // namespace
}  // namespace troupe::transport::slow_peer_test
