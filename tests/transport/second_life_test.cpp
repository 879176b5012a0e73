// Two lives of one node: the second is refused while the first lives, and takes over when it is dead.
#include "zmq_posts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace troupe::transport::second_life_test {
namespace {

namespace fs = std::filesystem;

/// A process that has a post and waits to be killed. Made while this process has no threads of its own.
class first_life {
 public:
  explicit first_life(const post_options& own) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      recorder events;
      const auto post = zmq_post::start(own, events, one_channel());
      if (!post || ::write(ends[1], "r", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char ready = 0;
    if (::read(ends[0], &ready, 1) != 1) std::abort();
    for (const int end : ends) ::close(end);
  }
  ~first_life() { kill(); }
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

 private:
  pid_t child_ = -1;
};

class second_life : public zmq_posts {
 protected:
  [[nodiscard]] fs::path socket_of_right() const { return right_options.endpoint.substr(6); }
  error refusal_to_start() {
    const auto started = zmq_post::start(right_options, right_events, one_channel());
    EXPECT_FALSE(started.has_value());
    return started ? error{} : started.error();
  }
};

TEST_F(second_life, is_refused_while_the_first_lives_and_takes_over_when_it_was_killed) {
  first_life first(right_options);
  right_options.own.self.epoch = 2;
  const auto why = refusal_to_start();
  EXPECT_EQ(why.code, errc::busy);
  EXPECT_NE(why.context.find(right_options.endpoint + "': a living node listens there"), std::string::npos)
      << why.message();
  ASSERT_TRUE(fs::is_socket(socket_of_right())) << "it is left to the first";

  first.kill();
  ASSERT_TRUE(fs::is_socket(socket_of_right())) << "SIGKILL removes nothing";
  right = start(right_options, right_events);
  left = start(left_options, left_events);
  (void)left->connect(right_options.endpoint, {"right", 2}, one_channel());
  left_events.wait_up();
  EXPECT_EQ(left_events.ups[0].who, (peer{"right", 2}));
}

TEST_F(second_life, leaves_alone_what_is_no_socket) {
  const auto path = socket_of_right();
  std::ofstream(path) << "precious";
  EXPECT_EQ(refusal_to_start().code, errc::wrong_kind);
  std::string kept;
  EXPECT_TRUE(std::getline(std::ifstream(path), kept));
  EXPECT_EQ(kept, "precious");

  fs::rename(path, path.string() + ".kept");
  fs::create_symlink(path.string() + ".kept", path);
  const auto why = refusal_to_start();
  EXPECT_EQ(why.code, errc::wrong_kind);
  EXPECT_NE(why.context.find(right_options.endpoint), std::string::npos) << why.message();
  EXPECT_TRUE(fs::is_symlink(path));
}

TEST_F(second_life, leaves_alone_a_symlink_to_the_socket_of_a_dead_node) {
  {
    recorder events;
    const auto dead = start(left_options, events);
  }
  fs::create_symlink(left_options.endpoint.substr(6), socket_of_right());
  EXPECT_EQ(refusal_to_start().code, errc::wrong_kind);
  EXPECT_TRUE(fs::is_symlink(socket_of_right()));
}

}  // namespace
}  // namespace troupe::transport::second_life_test
