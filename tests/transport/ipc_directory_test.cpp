#include <troupe/transport/internal/listener.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/limits.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace troupe::transport::ipc_directory_test {
namespace {

namespace fs = std::filesystem;

class ipc_directories : public ::testing::Test {
 protected:
  ipc_directories() {
    std::string name = "/tmp/troupe-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    root = name;
    base = name + "/base";
  }
  ~ipc_directories() override { fs::remove_all(root); }

  /// The runs that stand below the base.
  [[nodiscard]] std::vector<fs::path> runs() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(base)) {
      if (entry.is_directory()) found.push_back(entry.path());
    }
    return found;
  }

  std::string root, base;
};

/// A process that creates a directory, tells its path and waits to be killed.
class killed_run {
 public:
  explicit killed_run(const std::string& base) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      const auto made = ipc_directory::create_under(base);
      const std::string own = made ? made->path() : "";
      (void)!::write(ends[1], own.data(), own.size());
      ::close(ends[1]);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char buffer[256];
    ssize_t got = 0;
    while ((got = ::read(ends[0], buffer, sizeof(buffer))) > 0)
      path.append(buffer, static_cast<std::size_t>(got));
    ::close(ends[0]);
  }
  ~killed_run() { kill(); }
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  std::string path;

 private:
  pid_t child_ = -1;
};

TEST_F(ipc_directories, is_private_and_goes_with_its_owner) {
  std::string path;
  {
    const auto made = ipc_directory::create_under(base);
    ASSERT_TRUE(made.has_value()) << made.error().message();
    path = made->path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(base).permissions(), fs::perms::owner_all);
    std::ofstream(path + "/socket-of-somebody");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ipc_directories, a_loose_umask_does_not_open_it) {
  const auto before = ::umask(0);
  const auto made = ipc_directory::create_under(base);
  ::umask(before);
  ASSERT_TRUE(made.has_value()) << made.error().message();
  EXPECT_EQ(fs::status(made->path()).permissions(), fs::perms::owner_all);
}

TEST_F(ipc_directories, two_runs_at_once_have_their_own) {
  const auto one = ipc_directory::create_under(base);
  const auto other = ipc_directory::create_under(base);
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->path(), other->path());
  EXPECT_EQ(runs().size(), 2u) << "the second start must not sweep the first, which lives";
}

TEST_F(ipc_directories, what_a_killed_run_left_is_swept_by_the_next_start) {
  killed_run dead(base);
  ASSERT_FALSE(dead.path.empty());
  std::ofstream(dead.path + "/count-1");
  fs::create_directory(dead.path + "/pages");
  std::ofstream(dead.path + "/pages/0");
  dead.kill();
  ASSERT_TRUE(fs::exists(dead.path));
  const auto next = ipc_directory::create_under(base);
  ASSERT_TRUE(next.has_value()) << next.error().message();
  EXPECT_FALSE(fs::exists(dead.path));
  EXPECT_TRUE(fs::exists(next->path()));
}

TEST_F(ipc_directories, a_living_run_of_another_process_is_not_swept) {
  const killed_run living(base);
  const auto next = ipc_directory::create_under(base);
  ASSERT_TRUE(next.has_value());
  EXPECT_TRUE(fs::exists(living.path));
}

TEST_F(ipc_directories, a_run_that_died_before_it_had_a_lock_is_swept) {
  ASSERT_TRUE(ipc_directory::create_under(base).has_value());
  fs::create_directory(base + "/123-half-made");
  ASSERT_TRUE(ipc_directory::create_under(base).has_value());
  EXPECT_TRUE(runs().empty());
}

TEST_F(ipc_directories, a_sweep_does_not_follow_symlinks) {
  fs::create_directory(root + "/precious");
  std::ofstream(root + "/precious/file");
  ASSERT_TRUE(ipc_directory::create_under(base).has_value());
  fs::create_directory_symlink(root + "/precious", base + "/link");
  fs::create_directory(base + "/123-half-made");
  fs::create_directory_symlink(root + "/precious", base + "/123-half-made/link");
  ASSERT_TRUE(ipc_directory::create_under(base).has_value());
  EXPECT_FALSE(fs::exists(base + "/123-half-made"));
  EXPECT_TRUE(fs::exists(root + "/precious/file"));
}

TEST_F(ipc_directories, a_base_open_to_others_is_refused) {
  fs::create_directory(base);
  fs::permissions(base, fs::perms(0755));
  const auto made = ipc_directory::create_under(base);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, errc::permission_denied);
  EXPECT_NE(made.error().context.find("0755"), std::string::npos) << made.error().message();
}

TEST_F(ipc_directories, a_symlink_as_base_is_refused) {
  fs::create_directory(root + "/real");
  fs::permissions(root + "/real", fs::perms::owner_all);
  fs::create_directory_symlink(root + "/real", base);
  const auto made = ipc_directory::create_under(base);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, errc::wrong_kind);
}

TEST_F(ipc_directories, a_file_as_base_is_refused) {
  std::ofstream{base};
  const auto made = ipc_directory::create_under(base);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, errc::wrong_kind);
}

TEST_F(ipc_directories, a_base_of_somebody_else_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a directory away";
  fs::create_directory(base);
  fs::permissions(base, fs::perms::owner_all);
  ASSERT_EQ(::chown(base.c_str(), 65534, 65534), 0);
  const auto made = ipc_directory::create_under(base);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, errc::permission_denied);
  EXPECT_NE(made.error().context.find("65534"), std::string::npos) << made.error().message();
}

TEST_F(ipc_directories, a_base_whose_parent_is_missing_is_not_found) {
  const auto made = ipc_directory::create_under(root + "/no/base");
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, errc::not_found);
}

TEST_F(ipc_directories, workers_join_and_own_nothing) {
  const auto made = ipc_directory::create_under(base);
  ASSERT_TRUE(made.has_value());
  {
    const auto joined = ipc_directory::join(made->path());
    ASSERT_TRUE(joined.has_value()) << joined.error().message();
    EXPECT_EQ(joined->endpoint("a").value(), made->endpoint("a").value());
  }
  EXPECT_TRUE(fs::exists(made->path()));
}

TEST_F(ipc_directories, joining_checks_mode_and_kind) {
  fs::create_directory(base);
  fs::permissions(base, fs::perms(0770));
  EXPECT_EQ(ipc_directory::join(base).error().code, errc::permission_denied);
  fs::create_directory_symlink(base, root + "/link");
  EXPECT_EQ(ipc_directory::join(root + "/link").error().code, errc::wrong_kind);
  EXPECT_EQ(ipc_directory::join(root + "/missing").error().code, errc::not_found);
}

TEST_F(ipc_directories, a_moved_one_removes_once) {
  auto made = ipc_directory::create_under(base);
  ASSERT_TRUE(made.has_value());
  const auto path = made->path();
  {
    const ipc_directory taken = std::move(*made);
    made = tl::unexpected<error>(error{});
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ipc_directories, an_endpoint_names_its_node) {
  const auto made = ipc_directory::create_under(base);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->endpoint("count-1").value(), "ipc://" + made->path() + "/count-1");
}

TEST_F(ipc_directories, an_endpoint_over_107_bytes_is_refused_with_both_lengths) {
  const auto made = ipc_directory::create_under(base);
  ASSERT_TRUE(made.has_value());
  const std::size_t left = limits::max_socket_path - made->path().size() - 1;
  EXPECT_TRUE(made->endpoint(std::string(left, 'n')).has_value());
  const auto refused = made->endpoint(std::string(left + 1, 'n'));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, errc::too_large);
  EXPECT_NE(refused.error().context.find("108 bytes long"), std::string::npos) << refused.error().message();
  EXPECT_NE(refused.error().context.find("at most 107"), std::string::npos) << refused.error().message();
}

TEST_F(ipc_directories, names_that_would_leave_the_directory_are_refused) {
  const auto made = ipc_directory::create_under(base);
  ASSERT_TRUE(made.has_value());
  for (const std::string name : {"", ".", "..", "../x", "a/b", "lock", ".hidden"}) {
    const auto refused = made->endpoint(name);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().code, errc::invalid_argument) << name;
  }
  EXPECT_FALSE(made->endpoint(std::string_view("a\0b", 3)).has_value());
}

class environment {
 public:
  explicit environment(const char* value) {
    if (const char* now = std::getenv("XDG_RUNTIME_DIR")) before_ = now;
    value != nullptr ? ::setenv("XDG_RUNTIME_DIR", value, 1) : ::unsetenv("XDG_RUNTIME_DIR");
  }
  ~environment() {
    before_.empty() ? ::unsetenv("XDG_RUNTIME_DIR") : ::setenv("XDG_RUNTIME_DIR", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

TEST_F(ipc_directories, lives_under_the_runtime_directory_of_the_user) {
  const environment set(root.c_str());  // mkdtemp made it 0700
  const auto made = ipc_directory::create();
  ASSERT_TRUE(made.has_value()) << made.error().message();
  EXPECT_EQ(made->path().rfind(root + "/troupe/", 0), 0u) << made->path();
}

TEST_F(ipc_directories, lives_under_tmp_without_a_runtime_directory) {
  for (const char* useless : {static_cast<const char*>(nullptr), "", "relative", "/no/such/directory"}) {
    const environment set(useless);
    const auto made = ipc_directory::create();
    ASSERT_TRUE(made.has_value()) << made.error().message();
    EXPECT_EQ(made->path().rfind("/tmp/troupe-" + std::to_string(::geteuid()) + "/", 0), 0u) << made->path();
  }
}

TEST_F(ipc_directories, listening_refuses_what_is_no_socket_and_leaves_it) {
  std::ofstream(root + "/node") << "precious";
  fs::create_symlink(root + "/node", root + "/link");
  for (const std::string name : {"/node", "/link"}) {
    const auto listener = listen_at("ipc://" + root + name);
    ASSERT_FALSE(listener.has_value());
    EXPECT_EQ(listener.error().code, errc::wrong_kind) << listener.error().message();
    EXPECT_TRUE(fs::exists(fs::symlink_status(root + name)));
  }
}

TEST_F(ipc_directories, listening_replaces_the_socket_of_the_dead_and_never_of_the_living) {
  const std::string endpoint = "ipc://" + root + "/node";
  auto first = listen_at(endpoint);
  ASSERT_TRUE(first.has_value()) << first.error().message();
  const auto second = listen_at(endpoint);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, errc::busy);
  first->reset();  // closing leaves the path, as death does
  ASSERT_TRUE(fs::exists(root + "/node"));
  EXPECT_TRUE(listen_at(endpoint).has_value());
}

TEST_F(ipc_directories, listening_checks_its_endpoint) {
  EXPECT_EQ(listen_at("tcp://127.0.0.1:1").error().code, errc::invalid_argument);
  EXPECT_EQ(listen_at("ipc://relative").error().code, errc::invalid_argument);
  EXPECT_EQ(listen_at("ipc://").error().code, errc::invalid_argument);
  EXPECT_EQ(listen_at("ipc:///tmp/" + std::string(120, 'x')).error().code, errc::too_large);
  EXPECT_EQ(listen_at("ipc:///no/such/directory/x").error().code, errc::not_found);
}

}  // namespace
}  // namespace troupe::transport::ipc_directory_test
