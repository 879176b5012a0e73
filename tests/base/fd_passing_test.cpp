#include "storm.hpp"

#include <troupe/base/fd_passing.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace fd_passing_test {
namespace {

using namespace troupe;

const std::vector<int> none;

deadline soon() {
  return deadline::after(milliseconds(5));
}
deadline in_time() {
  return deadline::after(std::chrono::seconds(60));
}

std::size_t count_open_descriptors() {
  std::size_t open = 0;
  DIR* const directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++open;
  closedir(directory);
  return open;
}

/// Two connected sockets; whatever a test does, no descriptor may be left over at its end.
class fd_passing : public testing::Test {
 protected:
  ~fd_passing() override {
    near.reset();
    far.reset();
    EXPECT_EQ(count_open_descriptors(), before_);
  }
  void connect(int type = SOCK_STREAM) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    near = unique_fd(ends[0]);
    far = unique_fd(ends[1]);
  }
  result<received> receive(std::size_t max_fds, std::size_t size = 64) {
    std::vector<std::byte> into(size);
    auto got = receive_with_fds(far.get(), into, max_fds, in_time());
    text.assign(reinterpret_cast<const char*>(into.data()), got ? got->size : 0);
    return got;
  }

 private:
  const std::size_t before_ = count_open_descriptors();

 protected:
  unique_fd near, far;
  std::string text;  // received last
};

template <class T>
errc code_of(const result<T>& of) {
  EXPECT_FALSE(of);
  return of ? errc{} : of.error().code;
}

unique_fd open_null() {
  return unique_fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST_F(fd_passing, descriptors_arrive_in_order_and_name_the_same_files) {
  connect();
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const unique_fd out(ends[0]);
  const unique_fd in(ends[1]);
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("take these"), std::array{out.get(), in.get()}));
  const auto got = receive(2);
  ASSERT_TRUE(got);
  EXPECT_EQ(text, "take these");
  ASSERT_EQ(got->fds.size(), 2U);
  char one = 0;
  EXPECT_EQ(write(got->fds[1].get(), "x", 1), 1);
  EXPECT_EQ(read(got->fds[0].get(), &one, 1), 1);
  EXPECT_EQ(one, 'x');
}

TEST_F(fd_passing, what_arrives_is_closed_on_exec) {
  connect();
  const unique_fd inherited(open("/dev/null", O_RDONLY));
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), std::array{inherited.get()}));
  const auto got = receive(1);
  ASSERT_TRUE(got && got->fds.size() == 1);
  EXPECT_EQ(fcntl(got->fds[0].get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(fd_passing, the_senders_descriptors_stay_its_own) {
  connect();
  const unique_fd mine = open_null();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), std::array{mine.get()}));
  EXPECT_NE(fcntl(mine.get(), F_GETFD), -1);
}

TEST_F(fd_passing, bytes_go_without_descriptors_too) {
  connect();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), none));
  const auto got = receive(5);
  ASSERT_TRUE(got);
  EXPECT_EQ(text, "x");
  EXPECT_TRUE(got->fds.empty());
}

TEST_F(fd_passing, as_many_as_the_kernel_lets_go_arrive_and_one_more_is_refused) {
  connect();
  const unique_fd one = open_null();
  const std::vector<int> most(max_fds_per_message, one.get());
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), most));
  EXPECT_EQ(receive(max_fds_per_message).value().fds.size(), max_fds_per_message);
  const std::vector<int> too_many(max_fds_per_message + 1, one.get());
  EXPECT_EQ(code_of(send_with_fds(near.get(), as_bytes_view("x"), too_many)), errc::too_large);
}

TEST_F(fd_passing, more_than_expected_are_refused_and_closed) {
  connect();
  const unique_fd one = open_null();
  for (const std::size_t expected : {0U, 1U, 2U, 9U, 100U})
    for (const std::size_t extra : {1U, 2U, 50U}) {
      const std::vector<int> fds(expected + extra, one.get());
      const std::size_t before = count_open_descriptors();
      EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), fds));
      EXPECT_EQ(code_of(receive(expected)), errc::too_large) << expected << " + " << extra;
      EXPECT_EQ(count_open_descriptors(), before);
    }
}

TEST_F(fd_passing, credentials_that_come_along_take_no_room_from_descriptors) {
  connect();
  const int on = 1;
  ASSERT_EQ(setsockopt(far.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
  const unique_fd one = open_null();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), std::array{one.get(), one.get(), one.get()}));
  EXPECT_EQ(receive(3).value().fds.size(), 3U);
}

TEST_F(fd_passing, no_room_in_our_own_table_is_exhausted) {
  connect();
  const unique_fd one = open_null();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), std::array{one.get(), one.get(), one.get()}));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit full{static_cast<rlim_t>(one.get() + 2), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &full);
  const auto got = receive(3);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(code_of(got), errc::exhausted);
}

TEST_F(fd_passing, too_many_that_nobody_receives_are_exhausted) {
  connect();
  const unique_fd one = open_null();
  const std::vector<int> many(100, one.get());
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{64, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  result<> sent;
  for (int i = 0; i < 3 && sent; ++i) sent = send_with_fds(near.get(), as_bytes_view("x"), many);
  setrlimit(RLIMIT_NOFILE, &before);
  if (sent) GTEST_SKIP() << "this process may exceed the limit (CAP_SYS_RESOURCE or CAP_SYS_ADMIN)";
  EXPECT_EQ(code_of(sent), errc::exhausted);
}

TEST_F(fd_passing, no_data_is_refused_on_both_sides) {
  connect();
  EXPECT_EQ(code_of(send_with_fds(near.get(), {}, none)), errc::invalid_argument);
  EXPECT_EQ(code_of(receive(1, 0)), errc::invalid_argument);
}

TEST_F(fd_passing, a_descriptor_that_is_not_open_is_an_error_and_nothing_is_sent) {
  connect();
  const auto sent = send_with_fds(near.get(), as_bytes_view("x"), std::array{-1});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().os_errno, EBADF);
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("y"), none));
  EXPECT_TRUE(receive(1));
  EXPECT_EQ(text, "y");
}

TEST_F(fd_passing, what_is_no_socket_is_an_error) {
  const unique_fd null = open_null();
  std::array<std::byte, 4> into;
  EXPECT_EQ(send_with_fds(null.get(), as_bytes_view("x"), none).error().os_errno, ENOTSOCK);
  EXPECT_EQ(receive_with_fds(null.get(), into, 1).error().os_errno, ENOTSOCK);
}

TEST_F(fd_passing, a_peer_that_hung_up_is_end_of_file_and_broken_pipe) {
  connect();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), none));
  near.reset();
  EXPECT_EQ(receive(1).value().size, 1U);
  EXPECT_EQ(receive(1).value().size, 0U);
  EXPECT_EQ(code_of(send_with_fds(far.get(), as_bytes_view("x"), none)), errc::broken_pipe);
}

TEST_F(fd_passing, a_peer_that_hung_up_on_what_we_sent_is_lost) {
  connect();
  EXPECT_TRUE(send_with_fds(far.get(), as_bytes_view("unread"), none));
  near.reset();
  EXPECT_EQ(code_of(receive(1)), errc::peer_lost);
}

TEST_F(fd_passing, a_message_longer_than_expected_is_refused_and_its_descriptors_closed) {
  connect(SOCK_SEQPACKET);
  const unique_fd one = open_null();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("four"), std::array{one.get()}));
  EXPECT_EQ(code_of(receive(1, 3)), errc::too_large);
}

TEST_F(fd_passing, a_message_longer_than_the_socket_takes_is_too_large) {
  connect(SOCK_SEQPACKET);
  EXPECT_EQ(code_of(send_with_fds(near.get(), std::vector<std::byte>(16 << 20), none)), errc::too_large);
}

TEST_F(fd_passing, silence_and_a_full_socket_end_at_the_deadline) {
  connect();
  std::array<std::byte, 4> into;
  EXPECT_EQ(code_of(receive_with_fds(far.get(), into, 1, soon())), errc::timed_out);
  const unique_fd one = open_null();
  const auto sent =
      send_with_fds(near.get(), std::vector<std::byte>(16 << 20), std::array{one.get()}, soon());
  EXPECT_EQ(code_of(sent), errc::timed_out);
  EXPECT_NE(sent.error().context.find(" of 16777216 bytes were sent"), std::string::npos)
      << sent.error().context;
}

// The kernel takes such a send in pieces; the descriptors are of the first.
TEST_F(fd_passing, much_data_takes_its_descriptors_along_once_whatever_interrupts) {
  connect();
  const unique_fd one = open_null();
  std::vector<std::byte> sent(8 << 20);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 31 >> 7);
  std::vector<std::byte> got(sent.size());
  std::size_t size = 0, fds = 0;
  test::in_storms(
      [&] {
        while (size < got.size()) {
          const auto more = receive_with_fds(far.get(), std::span(got).subspan(size), 2, in_time());
          ASSERT_TRUE(more && more->size != 0);
          EXPECT_TRUE(more->fds.empty() || size == 0);
          size += more->size;
          fds += more->fds.size();
        }
      },
      [&] {
        EXPECT_TRUE(send_with_fds(near.get(), sent, std::array{one.get(), one.get()}, in_time()));
      });
  EXPECT_EQ(fds, 2U);
  EXPECT_EQ(got, sent);
}

TEST_F(fd_passing, the_descriptors_of_two_sends_come_apart) {
  connect();
  const unique_fd one = open_null();
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("a"), std::array{one.get()}));
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("b"), std::array{one.get(), one.get()}));
  EXPECT_EQ(receive(5).value().fds.size(), 1U);
  EXPECT_EQ(receive(5).value().fds.size(), 2U);
}

TEST_F(fd_passing, what_was_never_received_is_closed_with_the_socket) {
  connect();
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const unique_fd out(ends[0]);
  unique_fd in(ends[1]);
  EXPECT_TRUE(send_with_fds(near.get(), as_bytes_view("x"), std::array{in.get()}));
  in.reset();
  near.reset();
  far.reset();
  char one = 0;
  EXPECT_EQ(read(out.get(), &one, 1), 0);
}

}  // namespace
}  // namespace fd_passing_test
