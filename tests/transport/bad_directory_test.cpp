// Directories in which no socket can be made: an error that says where and why, and nothing is left behind.
#include "in_child.hpp"
#include "zmq_posts.hpp"

#include <troupe/transport/internal/listener.hpp>

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace troupe::transport::bad_directory_test {
namespace {

namespace fs = std::filesystem;

class bad_directory : public ::testing::Test {
 protected:
  bad_directory() {
    std::string name = "/tmp/troupe-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    root = name;
    options = options_of("right", "ipc://" + root + "/right");
  }
  ~bad_directory() override { fs::remove_all(root); }
  /// Why a post cannot start at the endpoint.
  error refused() {
    recorder events;
    const auto post = zmq_post::start(options, events, one_channel());
    EXPECT_FALSE(post.has_value());
    return post ? error{} : post.error();
  }
  static void expect(const error& why, errc code, const std::string& says) {
    EXPECT_EQ(why.code, code) << why.message();
    EXPECT_NE(why.context.find(says), std::string::npos) << why.message();
  }
  std::string root;
  post_options options;
};

TEST_F(bad_directory, that_may_not_be_written) {
  // Root may write everywhere: then as another user, to whom the directory belongs.
  in_child([&] {
    if (::geteuid() == 0) {
      ASSERT_EQ(::chown(root.c_str(), 65534, 65534), 0);
      ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);
    }
    ASSERT_EQ(::chmod(root.c_str(), 0500), 0);
    expect(refused(), errc::permission_denied, "listen at '" + options.endpoint + "'");
    const auto made = ipc_directory::create_under(root);
    ASSERT_FALSE(made.has_value());
    expect(made.error(), errc::permission_denied, root + "/lock");
    ASSERT_EQ(::chmod(root.c_str(), 0700), 0);
  });
}

TEST_F(bad_directory, that_has_vanished) {
  options.endpoint = "ipc://" + root + "/gone/right";
  expect(refused(), errc::not_found, "'" + root + "/gone' to listen at '" + options.endpoint + "'");
  expect(ipc_directory::join(root + "/gone").error(), errc::not_found, root + "/gone");
}

TEST_F(bad_directory, that_vanishes_under_a_post_keeps_others_from_it_and_the_post_alive) {
  recorder events, left_events;
  fs::create_directory(root + "/right");
  options.endpoint = "ipc://" + root + "/right/socket";
  auto right = zmq_post::start(options, events, one_channel());
  ASSERT_TRUE(right.has_value()) << right.error().message();
  auto left = zmq_post::start(options_of("left", "ipc://" + root + "/left"), left_events, one_channel());
  ASSERT_TRUE(left.has_value());
  const auto link = (*left)->connect(options.endpoint, {"right", 1}, one_channel());
  left_events.wait_up();
  fs::remove_all(root + "/right");
  (void)(*left)->connect(options.endpoint, {"right", 1}, one_channel());
  expect(left_events.wait_down(), errc::not_found, "'right' at '" + options.endpoint + "'");
  (*left)->send(link, 1, {}, text("the link that stands does not mind"));
  events.wait_records(1);
}

TEST_F(bad_directory, that_is_full) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount a file system";
  const auto full = root + "/full";
  fs::create_directory(full);
  // Two inodes: of the directory and of one file.
  if (::mount("tmpfs", full.c_str(), "tmpfs", 0, "size=4096,nr_inodes=2,mode=0700") != 0)
    GTEST_SKIP() << "may not mount: " << std::strerror(errno);
  std::ofstream{full + "/the only file"};
  options.endpoint = "ipc://" + full + "/right";
  const auto socket = refused();
  const auto made = ipc_directory::create_under(full);
  fs::remove(full + "/the only file");
  const auto second = ipc_directory::create_under(full);  // its lock is the only file
  EXPECT_EQ(::umount(full.c_str()), 0) << std::strerror(errno);
  expect(socket, errc::exhausted, "listen at '" + options.endpoint + "'");
  ASSERT_FALSE(made.has_value());
  expect(made.error(), errc::exhausted, full + "/lock");
  ASSERT_FALSE(second.has_value());
  expect(second.error(), errc::exhausted, "create directory '" + full + "/");
}

TEST_F(bad_directory, whose_path_is_too_long) {
  options.endpoint = "ipc://" + root + "/" + std::string(107 - root.size(), 'x');  // 108 with the slash
  expect(refused(), errc::too_large, "at most 107 bytes, this one 108");
  options.endpoint.pop_back();
  recorder events;
  EXPECT_TRUE(zmq_post::start(options, events, one_channel()).has_value()) << "107 are allowed";
}

TEST_F(bad_directory, whose_path_is_as_long_as_can_be_has_room_for_a_fresh_listener) {
  const auto endpoint = "ipc://" + root + "/" + std::string(106 - root.size(), 'x');
  const auto first = listen_at(endpoint);
  ASSERT_TRUE(first.has_value()) << first.error().message();
  const auto second = listen_anew(endpoint, 4);
  ASSERT_TRUE(second.has_value()) << second.error().message();
  EXPECT_EQ(std::distance(fs::directory_iterator(root), fs::directory_iterator()), 1)
      << "nothing is left aside";
}

}  // namespace
}  // namespace troupe::transport::bad_directory_test
