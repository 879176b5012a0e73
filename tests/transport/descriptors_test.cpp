// A process that is short of descriptors: errors and patience where libzmq would end it. Each test has a process
// of its own, which cannot have more.
#include "in_child.hpp"
#include "raw_peers.hpp"

#include <troupe/transport/internal/descriptors.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <memory>
#include <vector>

namespace troupe::transport::descriptors_test {
namespace {

using namespace std::chrono_literals;

/// Takes descriptors until so many are free.
std::vector<unique_fd> all_but(std::size_t left, std::size_t limit) {
  std::vector<unique_fd> taken;
  while (free_descriptors(limit, left + 1) > left)
    taken.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return taken;
}

TEST(descriptors, free_ones_are_counted_up_to_what_is_wanted) {
  in_child([] {
    limit_descriptors(100);
    const auto at_first = free_descriptors(100, 1000);
    EXPECT_EQ(free_descriptors(100, 5), 5u);
    const auto taken = all_but(0, 100);
    EXPECT_EQ(taken.size(), at_first);
    EXPECT_LT(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0) << "nothing was overlooked";
  });
}

TEST(descriptors, a_connection_is_cut_for_both_sides) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const unique_fd ours(ends[0]), theirs(ends[1]);
  EXPECT_TRUE(cut(identify(ours.get())));
  char byte = 0;
  EXPECT_EQ(::read(theirs.get(), &byte, 1), 0);
}

TEST(descriptors, a_number_that_is_somebody_elses_by_now_is_not_cut) {
  std::array<int, 2> old{}, young{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, old.data()), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, young.data()), 0);
  const auto remembered = identify(old[0]);
  ASSERT_EQ(::dup3(young[0], old[0], O_CLOEXEC), old[0]);
  const unique_fd same_number(old[0]), other(old[1]), here(young[0]), there(young[1]);
  EXPECT_FALSE(cut(remembered));
  pollfd quiet{there.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&quiet, 1, 0), 0) << "it has not ended";
  EXPECT_FALSE(cut(identify(-1)));
}

class few_descriptors : public zmq_posts {
 protected:
  /// The queue of one who is short of descriptors is short, and at a full one nobody seems to listen.
  void connect_until_up() {
    left = start(left_options, left_events);
    for (std::size_t tries = 1; left_events.ups.empty(); ++tries) {
      (void)left->connect(right_options.endpoint, {"right", 1}, one_channel());
      left_events.wait([&] { return left_events.downs.size() >= tries || !left_events.ups.empty(); });
    }
  }
};

TEST_F(few_descriptors, a_post_that_finds_too_few_does_not_start) {
  in_child([&] {
    limit_descriptors(128);
    const auto taken = all_but(12, 128);
    const auto started = zmq_post::start(right_options, right_events, one_channel());
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code, errc::exhausted);
    EXPECT_NE(started.error().context.find("of 128 file descriptors 12 are free"), std::string::npos)
        << started.error().message();
  });
}

TEST_F(few_descriptors, a_link_that_finds_none_goes_down) {
  in_child([&] {
    limit_descriptors(128);
    left = start(left_options, left_events);
    const auto taken = all_but(3, 128);
    (void)left->connect(right_options.endpoint, {"right", 1}, one_channel());
    const auto why = left_events.wait_down();
    EXPECT_EQ(why.code, errc::exhausted);
    EXPECT_NE(why.context.find("3 are free"), std::string::npos) << why.message();
    left.reset();
  });
}

TEST_F(few_descriptors, who_comes_when_few_are_left_waits_outside_and_is_let_in_later) {
  in_child([&] {
    limit_descriptors(128);
    right = start(right_options, right_events);
    auto taken = all_but(10, 128);
    bare_peer waiting(right_options.endpoint);
    ASSERT_EQ(waiting.failed(), 0);
    const auto why = right_events.wait_turned_away();
    EXPECT_EQ(why.code, errc::exhausted);
    EXPECT_NE(why.context.find("lets nobody in"), std::string::npos) << why.message();
    taken.clear();
    char greeting = 0;
    EXPECT_EQ(::recv(waiting.descriptor(), &greeting, 1, 0), 1) << "ZeroMQ greets it";
    right.reset();
    EXPECT_EQ(right_events.turned_away.size(), 1u) << "it is said once";
  });
}

/// Writes down, but is busy with what is malformed until a byte comes; it says so before.
class busy_recorder final : public recorder {
 public:
  busy_recorder(int says, int until) noexcept : says_(says), until_(until) {}
  void on_turned_away(const error& why) override {
    char byte = 0;
    if (why.code == errc::malformed && (::write(says_, "b", 1) != 1 || ::read(until_, &byte, 1) != 1))
      ::_exit(1);
    recorder::on_turned_away(why);
  }

 private:
  int says_, until_;
};

/// A process that accepts, with 256 descriptors and no way to get more, until it is told to end.
class cramped_acceptor {
 public:
  explicit cramped_acceptor(const post_options& own) {
    std::array<int, 2> asks{}, answers{}, frees{};
    for (auto* ends : {&asks, &answers, &frees}) {
      if (::pipe2(ends->data(), O_CLOEXEC) != 0) std::abort();
    }
    child_ = ::fork();
    if (child_ == 0) act(own, asks[0], answers[1], frees[0]);
    ::close(frees[0]);
    frees_.reset(frees[1]);
    ::close(asks[0]);
    ::close(answers[1]);
    asks_.reset(asks[1]);
    answers_.reset(answers[0]);
    wait_until_it_says_so();
  }
  void wait_until_it_says_so() {
    char said = 0;
    if (::read(answers_.get(), &said, 1) != 1) std::abort();
  }
  /// Ends it. How many it turned away for want of room, as it was told and as it counted.
  struct account {
    std::size_t told = 0, counted = 0;
  };
  void go_on_after_garbage() { EXPECT_EQ(::write(frees_.get(), "g", 1), 1); }
  account end() {
    account sum;
    (void)!::write(asks_.get(), "e", 1);
    EXPECT_EQ(::read(answers_.get(), &sum, sizeof(sum)), static_cast<ssize_t>(sizeof(sum)));
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    EXPECT_FALSE(WIFSIGNALED(status)) << "ended by signal " << WTERMSIG(status);
    return sum;
  }

 private:
  [[noreturn]] static void act(const post_options& own, int asks, int answers, int frees) {
    limit_descriptors(256);
    busy_recorder events(answers, frees);
    auto post = zmq_post::start(own, events, one_channel());
    char byte = 0;
    if (!post || ::write(answers, "r", 1) != 1 || ::read(asks, &byte, 1) != 1) ::_exit(1);
    account sum;
    sum.counted = (*post)->turned_away(errc::exhausted);
    post->reset();
    for (const auto& one : events.turned_away) sum.told += one.code == errc::exhausted ? 1u : 0u;
    (void)!::write(answers, &sum, sizeof(sum));
    ::_exit(0);
  }

  unique_fd asks_, answers_, frees_;
  pid_t child_ = -1;
};

TEST_F(few_descriptors, two_thousand_that_are_silent_neither_end_the_process_nor_keep_a_peer_out) {
  right_options.handshake_timeout = 200ms;
  cramped_acceptor acceptor(right_options);
  std::vector<std::unique_ptr<bare_peer>> crowd;
  for (int i = 0; i < 2000; ++i) {
    crowd.push_back(std::make_unique<bare_peer>(right_options.endpoint));
    ASSERT_EQ(crowd.back()->failed(), 0) << i << " were in";
  }
  connect_until_up();
  const auto account = acceptor.end();
  EXPECT_GE(account.counted, 1u);
  EXPECT_EQ(account.told, account.counted);
}

// libzmq's own thread accepts, whatever ours does.
TEST_F(few_descriptors, a_crowd_that_comes_while_our_thread_is_busy_does_not_end_the_process) {
  right_options.handshake_timeout = 200ms;
  cramped_acceptor acceptor(right_options);
  bare_peer garbage(right_options.endpoint);
  garbage.say("GET / HTTP/1.1\r\n\r\n");
  acceptor.wait_until_it_says_so();
  std::vector<std::unique_ptr<bare_peer>> crowd;
  for (int i = 0; i < 2000; ++i) {
    crowd.push_back(std::make_unique<bare_peer>(right_options.endpoint, bare_peer::when_full::fail));
    if (crowd.back()->failed() != 0) crowd.pop_back();
  }
  EXPECT_LE(crowd.size(), 16u) << "the queue is short";
  acceptor.go_on_after_garbage();
  connect_until_up();
  EXPECT_EQ(acceptor.end().counted, 0u) << "so many can be let in";
}

// Each has a listener of its own there: three hundred would be too many.
TEST_F(few_descriptors, links_that_have_ended_leave_none_behind) {
  in_child([&] {
    limit_descriptors(256);
    right = start(right_options, right_events);
    left = start(left_options, left_events);
    for (std::size_t i = 1; i <= 300; ++i) {
      const auto link = left->connect(right_options.endpoint, {"right", 1}, one_channel());
      left_events.wait_up(i);
      left->close(link);
      left_events.wait_down(i);
      right_events.wait_down(i);
    }
    left.reset();
    right.reset();
  });
}

}  // namespace
}  // namespace troupe::transport::descriptors_test
