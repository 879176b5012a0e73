// What is sent at once, from threads that stand in for the post's: nothing is missed on either side. There are no heartbeats
// that would wake anybody, so what is missed hangs.
#include "zmq_posts.hpp"

#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

namespace troupe::transport::send_now_test {
namespace {

/// Counts what comes, for threads that wait for it.
class bell final : public recorder {
 public:
  void on_records(link_id link, std::vector<record>&& arrived) override {
    const auto count = static_cast<int>(arrived.size());
    recorder::on_records(link, std::move(arrived));
    rung.fetch_add(count);
    rung.notify_all();
  }
  void wait_rung(int times) {
    for (int now = 0; (now = rung) < times;) rung.wait(now);
  }
  std::atomic<int> rung = 0;
};

class at_once : public zmq_posts {
 protected:
  at_once() {
    for (auto* each : {&left_options, &right_options}) each->heartbeat.interval = milliseconds(0);
    left = start(left_options, left_bell);
    right = start(right_options, right_bell);
    const auto there = left->connect(right_options.endpoint, {"right", 1}, one_channel());
    left_bell.wait_up();
    right_bell.wait_up();
    to_right = left->line_to(there);
    to_left = right->line_to(right_bell.ups[0].link);
  }
  ~at_once() override {
    left.reset();
    right.reset();
  }
  /// Each answers what it hears: one thread each, as actors would.
  void play(int rounds) {
    std::thread other([&] {
      for (int i = 1; i <= rounds; ++i) {
        right_bell.wait_rung(i);
        to_left->send_now(1, {}, text("a"));
        right->dequeued(right_bell.ups[0].link, 1, 1, 1);
      }
    });
    for (int i = 1; i <= rounds; ++i) {
      to_right->send_now(1, {}, text("q"));
      left_bell.wait_rung(i);
      left->dequeued(left_bell.ups[0].link, 1, 1, 1);
    }
    other.join();
  }

  bell left_bell, right_bell;
  std::shared_ptr<line> to_right, to_left;
};

TEST_F(at_once, what_is_said_to_and_fro_arrives) {
  play(3000);
}

TEST_F(at_once, what_several_say_arrives_whole_and_each_ones_in_order) {
  constexpr int threads = 3, each = 300;
  std::vector<std::thread> all;
  for (int who = 0; who < threads; ++who)
    all.emplace_back([&, who] {
      for (int i = 0; i < each; ++i)
        to_right->send_now(1, text(std::to_string(who)).view(), text(std::to_string(i)));
    });
  for (auto& one : all) one.join();
  right_bell.wait_records(threads * each);
  std::vector<int> next(threads);
  for (const auto& heard : right_bell.texts()) {
    auto& due = next.at(static_cast<std::size_t>(heard.at(0) - '0'));
    EXPECT_EQ(heard.substr(1), std::to_string(due++));
  }
}

TEST_F(at_once, signals_interrupt_nobody_who_stands_in) {
  struct sigaction act {};
  struct sigaction before {};
  act.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &act, &before), 0);  // no SA_RESTART
  constexpr timeval often{0, 200};
  const itimerval storm{often, often};
  const itimerval calm{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &storm, nullptr), 0);
  play(3000);
  ASSERT_EQ(::setitimer(ITIMER_REAL, &calm, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

}  // namespace
}  // namespace troupe::transport::send_now_test
