// Work that events leave to be done when there is nothing else: it may block, and the post goes on.
#include "zmq_posts.hpp"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace troupe::transport::late_work_test {
namespace {

/// Leaves work with every frame.
class busy final : public recorder, public late_work {
 public:
  late_work* late() noexcept override { return this; }
  void on_records(link_id link, std::vector<record>&& arrived) override {
    waits_ = true;
    recorder::on_records(link, std::move(arrived));
  }
  [[nodiscard]] bool waits() const noexcept override { return waits_; }
  void set_about() noexcept override { waits_ = false; }
  void run() noexcept override {
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    signals_come = sigismember(&blocked, SIGTERM) == 0;
    runs.fetch_add(1);
    blocks.wait(true);
  }
  void hand_on() noexcept override {
    if (waits_.exchange(false)) handed_on.fetch_add(1);
  }
  void release() {
    blocks = false;
    blocks.notify_all();
  }

  std::atomic<int> runs = 0, handed_on = 0;
  std::atomic<bool> blocks = false, signals_come = false;

 private:
  std::atomic<bool> waits_ = false;
};

class late : public zmq_posts {
 protected:
  late() {
    left = start(left_options, left_events);
    right = start(right_options, busy_events);
    there = left->connect(right_options.endpoint, {"right", 1}, one_channel());
    left_events.wait_up();
    busy_events.wait_up();
  }
  ~late() override {
    busy_events.release();
    right.reset();
  }
  /// It has arrived, too.
  void send() {
    left->send(there, 1, {}, text("word"));
    busy_events.wait_records(++sent);
    right->dequeued(busy_events.ups[0].link, 1, 1, 4);
  }
  void send_until_run(int times) {
    while (busy_events.runs < times) send();
  }
  /// From now on it stands in there.
  void block() {
    busy_events.blocks = true;
    send_until_run(1);  // there is no deputy yet, perhaps
  }

  busy busy_events;
  link_id there{};
  std::size_t sent = 0;
};

TEST_F(late, work_is_done_with_the_signals_of_whoever_started_the_post) {
  send_until_run(1);
  EXPECT_TRUE(busy_events.signals_come);
}

TEST_F(late, work_that_blocks_stops_nobody) {
  block();
  for (int i = 0; i < 20; ++i) send();
  right->send(busy_events.ups[0].link, 1, {}, text("hello"));
  left_events.wait_records(1);
  EXPECT_EQ(busy_events.runs, 1) << "what comes meanwhile is left to others";
  busy_events.release();
  // Who comes back is the deputy, and can lead in its turn.
  send_until_run(2);
}

TEST_F(late, work_that_blocks_does_not_stop_the_farewell) {
  block();
  std::thread end([&] { right.reset(); });
  EXPECT_EQ(left_events.wait_down().code, errc::end_of_file);
  busy_events.release();
  end.join();
}

}  // namespace
}  // namespace troupe::transport::late_work_test
