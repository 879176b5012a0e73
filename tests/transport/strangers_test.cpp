// Whoever comes to a post's door and is no peer: turned away or put out, counted, told once, and nobody else
// notices.
#include "in_child.hpp"
#include "raw_peers.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <ostream>

namespace troupe::transport::strangers_test {
namespace {

using namespace std::chrono_literals;

/// What came of a stranger: the error that was told, and that this is all that was told and counted.
class strangers : public zmq_posts {
 protected:
  error turned_away_for(errc kind) {
    auto why = right_events.wait_turned_away();
    EXPECT_EQ(why.code, kind) << why.message();
    EXPECT_EQ(right->turned_away(kind), 1u);
    return why;
  }
  void expect_a_peer_is_welcome() {
    raw_peer good(right_options);
    auto hello = hello_to(right_options);
    hello.link_epoch = 77;
    good.say(encode(hello));
    EXPECT_TRUE(std::holds_alternative<welcome_frame>(good.hear()));
  }
};

struct greeting_case {
  const char* what;
  std::string bytes;
};

TEST_F(strangers, that_do_not_greet_as_zeromq_does_are_put_out) {
  const std::string signature{"\xff\0\0\0\0\0\0\0\1\x7f", 10};
  const greeting_case greetings[] = {
      {"ZMTP 1.0", std::string("\x01\x00\x03\x00hi", 6)},
      {"ZMTP 2.0", signature + std::string("\x01\x05\x00\x00\x00\x02hi", 8)},
      {"another mechanism", signature + "\x03" + std::string(1, '\0') + "PLAIN" + std::string(48, '\0')},
      {"garbage", "GET / HTTP/1.1\r\n\r\n"}};
  right = start(right_options, right_events);
  std::size_t count = 0;
  for (const auto& greeting : greetings) {
    bare_peer stranger(right_options.endpoint);
    ASSERT_EQ(stranger.failed(), 0);
    stranger.say(greeting.bytes);
    EXPECT_TRUE(stranger.is_put_out()) << greeting.what;
    EXPECT_EQ(right_events.wait_turned_away(++count).code, errc::malformed) << greeting.what;
  }
  expect_a_peer_is_welcome();
  EXPECT_EQ(right_events.turned_away.size(), count);
  EXPECT_EQ(right->turned_away(errc::malformed), count);
}

TEST_F(strangers, that_are_silent_are_put_out_after_a_while) {
  right_options.handshake_timeout = 50ms;
  right = start(right_options, right_events);
  bare_peer stranger(right_options.endpoint);
  EXPECT_TRUE(stranger.is_put_out());
  EXPECT_NE(turned_away_for(errc::timed_out).context.find("node 'right' refuses a connection"),
            std::string::npos);
  expect_a_peer_is_welcome();
}

TEST_F(strangers, that_speak_zeromq_and_then_nothing_are_put_out_too) {
  right_options.handshake_timeout = 50ms;
  right = start(right_options, right_events);
  raw_peer stranger(right_options);
  turned_away_for(errc::timed_out);
}

TEST_F(strangers, that_leave_by_themselves_are_nobodys_business) {
  right = start(right_options, right_events);
  { const bare_peer probe(right_options.endpoint); }
  bare_peer garbage(right_options.endpoint);
  garbage.say("GET / HTTP/1.1\r\n\r\n");
  turned_away_for(errc::malformed);
  EXPECT_EQ(right_events.turned_away.size(), 1u) << "only the second one";
}

TEST_F(strangers, that_were_refused_and_stay_are_put_out) {
  right_options.handshake_timeout = 50ms;
  right = start(right_options, right_events);
  raw_peer stranger(right_options);
  zmq::socket_t monitor(stranger.context(), zmq::socket_type::pair);
  ASSERT_EQ(::zmq_socket_monitor(stranger.socket().handle(), "inproc://raw", ZMQ_EVENT_DISCONNECTED), 0);
  monitor.connect("inproc://raw");
  auto hello = hello_to(right_options);
  hello.key.secret[0] ^= std::byte{1};
  stranger.say(encode(hello));
  EXPECT_EQ(std::get<refuse_frame>(stranger.hear()).reason, refusal::token);
  zmq::message_t gone;
  ASSERT_TRUE(monitor.recv(gone));
  turned_away_for(errc::refused);
}

struct hello_case {
  const char* what;
  void (*spoil)(hello_frame&);
  refusal reason;
  errc kind;
};

class strangers_with_a_hello : public strangers, public ::testing::WithParamInterface<hello_case> {};

TEST_P(strangers_with_a_hello, are_refused_and_counted_once) {
  const auto& given = GetParam();
  right = start(right_options, right_events);
  raw_peer before(right_options);
  before.say(encode(hello_to(right_options)));
  ASSERT_TRUE(std::holds_alternative<welcome_frame>(before.hear()));

  auto hello = hello_to(right_options);
  hello.link_epoch = 2;
  given.spoil(hello);
  raw_peer stranger(right_options);
  for (int i = 0; i < 3; ++i) stranger.say(encode(hello));
  EXPECT_EQ(std::get<refuse_frame>(stranger.hear()).reason, given.reason) << given.what;
  turned_away_for(given.kind);
  expect_a_peer_is_welcome();
  EXPECT_EQ(right_events.turned_away.size(), 1u) << given.what;
  before.say(encode(ping_frame{5, 1}));
  EXPECT_EQ(std::get<pong_frame>(before.hear()).nonce, 5u) << "the link that stood before stays";
}

void PrintTo(const hello_case& what, std::ostream* out) {
  *out << what.what;
}

INSTANTIATE_TEST_SUITE_P(
    each, strangers_with_a_hello,
    ::testing::Values(
        hello_case{"a wrong token", [](hello_frame& hello) { hello.key.secret[9] ^= std::byte{1}; },
                   refusal::token, errc::refused},
        hello_case{
            "a wrong version",
            [](hello_frame& hello) { hello.version_min = hello.version_max = limits::version_max + 1; },
            refusal::version, errc::version_mismatch},
        hello_case{"one that was used before", [](hello_frame& hello) { hello.link_epoch = 1; },
                   refusal::stale, errc::refused},
        hello_case{"another run", [](hello_frame& hello) { hello.system = "other"; }, refusal::system,
                   errc::refused},
        hello_case{"another type", [](hello_frame& hello) { hello.channels[0].shape_hash ^= 1; },
                   refusal::shape, errc::type_mismatch}));

TEST_F(strangers, two_thousand_that_are_silent_do_not_keep_a_peer_out) {
  constexpr std::size_t many = 2000;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 3 * many) GTEST_SKIP() << "both ends are in this process: it needs 6,000 descriptors";
  limit.rlim_cur = 1024;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  right = start(right_options, right_events);
  std::vector<std::unique_ptr<bare_peer>> crowd;
  for (std::size_t i = 0; i < many; ++i) {
    crowd.push_back(std::make_unique<bare_peer>(right_options.endpoint));
    ASSERT_EQ(crowd.back()->failed(), 0) << i << " are in";
  }
  EXPECT_TRUE(crowd.front()->is_put_out()) << "1,024 may be silent at once; the first must go first";
  expect_a_peer_is_welcome();
  EXPECT_GE(right->turned_away(errc::exhausted), 1u);
}

TEST_F(strangers, of_another_user_cannot_connect) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  in_child([&] {
    ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);
    EXPECT_EQ(ipc_directory::join(directory.path()).error().code, errc::permission_denied);
  });
  // The parent listens first, then the child connects.
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char go = 0;
    if (::read(ends[0], &go, 1) != 1 || ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    ::_exit(bare_peer(right_options.endpoint).failed() == EACCES ? 0 : 1);
  }
  right = start(right_options, right_events);
  ASSERT_EQ(::write(ends[1], "g", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "the directory is ours alone";
  for (const int end : ends) ::close(end);
}

TEST_F(strangers, of_another_user_are_put_out_even_where_the_directory_is_open_and_the_token_known) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char go = 0;
    if (::read(ends[0], &go, 1) != 1 || ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    bare_peer stranger(right_options.endpoint);
    ::_exit(stranger.failed() == 0 && stranger.is_put_out() ? 0 : 1);
  }
  right = start(right_options, right_events);
  const std::filesystem::path path = right_options.endpoint.substr(6);
  for (auto at = path; at != "/tmp"; at = at.parent_path()) ASSERT_EQ(::chmod(at.c_str(), 0777), 0) << at;
  ASSERT_EQ(::write(ends[1], "g", 1), 1);
  turned_away_for(errc::permission_denied);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  for (const int end : ends) ::close(end);
}

}  // namespace
}  // namespace troupe::transport::strangers_test
