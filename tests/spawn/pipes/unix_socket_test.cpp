#include "../../base/storm.hpp"
#include "../support.hpp"
#include "folder.hpp"
#include "pattern.hpp"

#include <troupe/base/fd_passing.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace troupe::spawn::unix_socket_test {

namespace {

deadline soon() {
  return deadline::after(milliseconds(30));
}
deadline in_time() {
  return deadline::after(test::watchdog);
}

template <class T>
errc code_of(const result<T>& of) {
  EXPECT_FALSE(of);
  return of ? errc{} : of.error().code;
}

template <class T>
std::string context_of(const result<T>& of) {
  return of ? "no error" : of.error().context;
}

void expect_blocking_and_closed_on_exec(int fd) {
  EXPECT_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

class unix_socket : public testing::Test {
 protected:
  unix_listener listen(listen_options options = {}) {
    auto made = unix_listener::bind(path, options);
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }
  /// A socket whose owner is dead.
  void leave_stale() const {
    const unique_fd owner(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(bind(owner.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  const test::folder where;
  const std::string path = where.path("socket");
};

}  // namespace

TEST_F(unix_socket, a_pair_is_connected_both_ways_and_closed_on_exec) {
  for (const auto kind : {socket_kind::stream, socket_kind::seqpacket}) {
    const auto pair = make_socket_pair(kind);
    ASSERT_TRUE(pair);
    expect_blocking_and_closed_on_exec(pair->one.get());
    expect_blocking_and_closed_on_exec(pair->other.get());
    std::array<std::byte, 2> got;
    EXPECT_TRUE(write_all(pair->one.get(), as_bytes_view("ab"), in_time()));
    EXPECT_TRUE(read_exact(pair->other.get(), got, in_time()));
    EXPECT_TRUE(write_all(pair->other.get(), as_bytes_view("cd"), in_time()));
    EXPECT_TRUE(read_exact(pair->one.get(), got, in_time()));
    EXPECT_EQ(got[1], std::byte{'d'});
  }
}

TEST_F(unix_socket, messages_of_a_seqpacket_pair_stay_apart) {
  const auto pair = make_socket_pair(socket_kind::seqpacket);
  ASSERT_TRUE(pair && write_all(pair->one.get(), as_bytes_view("a")) &&
              write_all(pair->one.get(), as_bytes_view("bc")));
  std::array<std::byte, 10> got;
  EXPECT_EQ(read_some(pair->other.get(), got).value(), 1U);
  EXPECT_EQ(read_some(pair->other.get(), got).value(), 2U);
}

TEST_F(unix_socket, out_of_descriptors_is_exhausted) {
  auto listener = listen();
  const auto waiting = connect_unix(path);
  ASSERT_TRUE(waiting);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto pair = make_socket_pair();
  const auto accepted = listener.accept();
  const auto connected = connect_unix(path);
  const auto bound = unix_listener::bind(where.path("other"));
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(code_of(pair), errc::exhausted);
  EXPECT_EQ(code_of(accepted), errc::exhausted);
  EXPECT_EQ(code_of(connected), errc::exhausted);
  EXPECT_EQ(code_of(bound), errc::exhausted);
  EXPECT_TRUE(listener.accept(in_time())) << "the connection goes on waiting";
}

TEST_F(unix_socket, a_connection_goes_both_ways) {
  for (const auto kind : {socket_kind::stream, socket_kind::seqpacket}) {
    auto listener = listen({.kind = kind});
    const auto client = connect_unix(path, in_time(), kind);
    ASSERT_TRUE(client) << client.error().message();
    const auto server = listener.accept(in_time());
    ASSERT_TRUE(server) << server.error().message();
    expect_blocking_and_closed_on_exec(client->get());
    expect_blocking_and_closed_on_exec(server->get());
    std::array<std::byte, 2> got;
    EXPECT_TRUE(write_all(client->get(), as_bytes_view("ab"), in_time()));
    EXPECT_TRUE(read_exact(server->get(), got, in_time()));
    EXPECT_TRUE(write_all(server->get(), got, in_time()));
    EXPECT_TRUE(read_exact(client->get(), got, in_time()));
    EXPECT_EQ(got[1], std::byte{'b'});
  }
}

TEST_F(unix_socket, a_connection_keeps_no_time_limit_of_its_making) {
  auto listener = listen();
  const auto client = connect_unix(path, in_time());
  ASSERT_TRUE(client);
  timeval left{1, 1};
  socklen_t size = sizeof left;
  ASSERT_EQ(getsockopt(client->get(), SOL_SOCKET, SO_SNDTIMEO, &left, &size), 0);
  EXPECT_EQ(left.tv_sec, 0);
  EXPECT_EQ(left.tv_usec, 0);
}

TEST_F(unix_socket, the_path_has_the_mode_asked_for_whatever_the_umask_would_give) {
  const mode_t before = umask(0);
  for (const mode_t mode : {0600U, 0660U, 0000U}) {
    const auto listener = listen({.mode = mode});
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode, S_IFSOCK | mode);
  }
  umask(before);
}

TEST_F(unix_socket, a_listener_removes_its_path_and_no_other) {
  { const auto listener = listen(); }
  EXPECT_FALSE(std::filesystem::exists(path));
  {
    const auto listener = listen();
    std::filesystem::remove(path);
    std::ofstream(path) << "another's";
  }
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST_F(unix_socket, a_moved_listener_removes_its_path_once_and_the_one_it_had_at_once) {
  auto first = listen();
  auto second = unix_listener::bind(where.path("other"));
  ASSERT_TRUE(second);
  *second = std::move(first);
  EXPECT_FALSE(std::filesystem::exists(where.path("other")));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(second->path(), path);
  unix_listener third(std::move(*second));
  EXPECT_TRUE(connect_unix(path, in_time()));
  EXPECT_TRUE(third.accept(in_time()));
}

TEST_F(unix_socket, a_path_that_is_taken_is_refused_and_says_by_what) {
  {
    const auto listener = listen();
    const auto again = unix_listener::bind(path);
    EXPECT_EQ(code_of(again), errc::already_exists);
    EXPECT_NE(context_of(again).find("a socket is there already"), std::string::npos) << context_of(again);
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  leave_stale();
  const auto over_stale = unix_listener::bind(path);
  EXPECT_EQ(code_of(over_stale), errc::already_exists);
  EXPECT_NE(context_of(over_stale).find("a stale socket; remove it"), std::string::npos);
  std::ofstream(where.path("file")) << "kept";
  const auto over_file = unix_listener::bind(where.path("file"));
  EXPECT_EQ(code_of(over_file), errc::already_exists);
  EXPECT_NE(context_of(over_file).find("no socket"), std::string::npos);
}

TEST_F(unix_socket, a_path_too_long_is_refused_with_the_limit) {
  const std::string longest = path + std::string(max_socket_path - path.size(), 'x');
  EXPECT_TRUE(unix_listener::bind(longest));
  const auto bound = unix_listener::bind(longest + "x");
  EXPECT_EQ(code_of(bound), errc::too_large);
  EXPECT_NE(context_of(bound).find("108 bytes, the limit is 107"), std::string::npos) << context_of(bound);
  EXPECT_EQ(code_of(connect_unix(longest + "x")), errc::too_large);
}

TEST_F(unix_socket, abstract_names_and_cut_paths_are_refused) {
  for (const std::string& wrong : {std::string(), std::string("\0x", 2), path + std::string("\0x", 2)}) {
    EXPECT_EQ(code_of(unix_listener::bind(wrong)), errc::invalid_argument);
    EXPECT_EQ(code_of(connect_unix(wrong)), errc::invalid_argument);
  }
}

TEST_F(unix_socket, a_missing_folder_is_not_found) {
  EXPECT_EQ(code_of(unix_listener::bind(where.path("no/socket"))), errc::not_found);
  EXPECT_EQ(code_of(connect_unix(where.path("no/socket"))), errc::not_found);
}

TEST_F(unix_socket, connecting_to_what_is_not_listened_on_says_what_it_is) {
  EXPECT_EQ(code_of(connect_unix(path)), errc::not_found);
  leave_stale();
  EXPECT_EQ(code_of(connect_unix(path)), errc::refused);
  std::ofstream(where.path("file")) << "kept";
  EXPECT_EQ(code_of(connect_unix(where.path("file"))), errc::wrong_kind);
}

TEST_F(unix_socket, connecting_as_another_kind_is_the_wrong_kind) {
  const auto listener = listen();
  EXPECT_EQ(code_of(connect_unix(path, in_time(), socket_kind::seqpacket)), errc::wrong_kind);
}

TEST_F(unix_socket, waiting_for_a_connection_ends_at_the_deadline) {
  auto listener = listen();
  EXPECT_EQ(code_of(listener.accept(soon())), errc::timed_out);
}

TEST_F(unix_socket, a_full_backlog_is_waited_for_until_the_deadline) {
  auto listener = listen({.backlog = 0});
  const auto first = connect_unix(path, in_time());
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(connect_unix(path, deadline::after(nanoseconds(0)))), errc::timed_out);
  EXPECT_EQ(code_of(connect_unix(path, soon())), errc::timed_out);
  std::thread connecting([&] { EXPECT_TRUE(connect_unix(path, in_time())); });
  EXPECT_TRUE(listener.accept(in_time()));
  EXPECT_TRUE(listener.accept(in_time()));
  connecting.join();
}

TEST_F(unix_socket, a_storm_of_interrupting_signals_ends_no_wait) {
  auto listener = listen({.backlog = 0});
  constexpr int count = 300;
  troupe::test::in_storms(
      [&] {
        for (int i = 0; i < count; ++i) {
          const auto server = listener.accept(in_time());
          ASSERT_TRUE(server) << server.error().message();
          EXPECT_TRUE(write_all(server->get(), pattern(10'000), in_time()));
        }
      },
      [&] {
        std::vector<std::byte> got(10'000);
        for (int i = 0; i < count; ++i) {
          const auto client = connect_unix(path, in_time());
          ASSERT_TRUE(client) << client.error().message();
          EXPECT_TRUE(read_exact(client->get(), got, in_time()));
        }
        EXPECT_EQ(got, pattern(got.size()));
      });
}

TEST_F(unix_socket, interrupting_signals_do_not_shorten_a_wait_for_nothing) {
  auto listener = listen({.backlog = 0});
  const troupe::test::storm raging;
  EXPECT_EQ(code_of(listener.accept(soon())), errc::timed_out);
  const auto first = connect_unix(path, in_time());
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(connect_unix(path, soon())), errc::timed_out);
}

TEST_F(unix_socket, a_late_write_to_a_socket_says_how_much_was_sent) {
  const auto pair = make_socket_pair();
  ASSERT_TRUE(pair);
  const auto written = write_all(pair->one.get(), pattern(16 << 20), deadline::after(milliseconds(5)));
  EXPECT_EQ(code_of(written), errc::timed_out);
  EXPECT_NE(context_of(written).find(" of 16777216 bytes"), std::string::npos) << context_of(written);
}

TEST_F(unix_socket, the_peer_is_who_connected) {
  auto listener = listen();
  const auto client = connect_unix(path, in_time());
  const auto server = listener.accept(in_time());
  ASSERT_TRUE(client && server);
  const peer_identity own{getpid(), geteuid(), getegid()};
  EXPECT_EQ(peer_credentials(server->get()), own);
  EXPECT_EQ(peer_credentials(client->get()), own);
}

TEST_F(unix_socket, nobody_at_the_other_end_is_unsupported) {
  const unique_fd alone(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(code_of(peer_credentials(alone.get())), errc::unsupported);
  const auto pipe = make_pipe();
  EXPECT_EQ(peer_credentials(pipe->read_end.get()).error().os_errno, ENOTSOCK);
}

TEST_F(unix_socket, a_descriptor_reaches_a_child_that_writes_into_it) {
  auto pair = make_socket_pair();
  auto answer = make_pipe();
  ASSERT_TRUE(pair && answer);
  auto receiving = command(SPAWNING_CHILD).arg("receive-descriptor").pass_fd(pair->other.get(), 3).spawn();
  ASSERT_TRUE(receiving) << receiving.error().message();
  EXPECT_TRUE(
      send_with_fds(pair->one.get(), as_bytes_view("x"), std::array{answer->write_end.get()}, in_time()));
  answer->write_end.reset();
  EXPECT_EQ(test::read_to_end(answer->read_end.get()), "hello");
  EXPECT_TRUE(receiving->wait().status.success());
}

TEST_F(unix_socket, no_descriptor_is_left_behind_by_an_error) {
  const std::size_t before = test::count_open_descriptors();
  static_cast<void>(connect_unix(path));
  static_cast<void>(unix_listener::bind(where.path("no/socket")));
  leave_stale();
  static_cast<void>(unix_listener::bind(path));
  static_cast<void>(connect_unix(path));
  EXPECT_EQ(test::count_open_descriptors(), before);
}

}  // namespace troupe::spawn::unix_socket_test
