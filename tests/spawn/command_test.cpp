#include "support.hpp"

#include <troupe/spawn/command.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <limits>
#include <thread>

namespace troupe::spawn::command_test {

using test::count_open_descriptors;
using test::count_zombies;
using test::output_of;
using test::report_of;
using test::value;
using test::values;

namespace {

using names = std::set<std::string>;

/// A directory of its own, gone with all its files at the end.
class scratch {
 public:
  scratch() { EXPECT_NE(mkdtemp(path_), nullptr); }
  ~scratch() {
    for (const auto& file : files_) unlink(file.c_str());
    rmdir(path_);
  }
  [[nodiscard]] std::string directory() const { return path_; }
  std::string file(const std::string& name, const std::string& text, mode_t mode) {
    files_.push_back(directory() + "/" + name);
    std::ofstream(files_.back()) << text;
    chmod(files_.back().c_str(), mode);
    return files_.back();
  }

 private:
  char path_[32] = "/tmp/troupe-spawn-XXXXXX";
  std::vector<std::string> files_;
};

}  // namespace

TEST(command, arguments_arrive_as_given) {
  command what(REPORT_CHILD);
  const auto report = report_of(what.arg0("a b").args({"report", "x y", "", "'$HOME'"}));
  EXPECT_EQ(values(report, "arg"), (names{"a b", "report", "x y", "", "'$HOME'"}));
}

TEST(command, changes_of_the_environment_apply_in_order_and_the_rest_is_inherited) {
  setenv("TROUPE_KEPT", "1", 1);
  setenv("TROUPE_LOST", "1", 1);
  command what(REPORT_CHILD);
  what.env("TROUPE_NEW", "a=b").env("TROUPE_KEPT", "2").env_remove("TROUPE_LOST");
  const auto env = values(report_of(what), "env");
  EXPECT_TRUE(env.contains("TROUPE_NEW=a=b"));
  EXPECT_TRUE(env.contains("TROUPE_KEPT=2"));
  EXPECT_FALSE(env.contains("TROUPE_KEPT=1"));
  EXPECT_FALSE(env.contains("TROUPE_LOST=1"));
}

TEST(command, a_cleared_environment_holds_only_what_is_set_after) {
  command what(REPORT_CHILD);
  what.env("GONE", "1").env_clear().env("LEFT", "1");
  EXPECT_EQ(values(report_of(what), "env"), names{"LEFT=1"});
}

TEST(command, the_child_starts_in_the_directory_it_was_given) {
  command what(REPORT_CHILD);
  EXPECT_EQ(value(report_of(what.cwd("/usr")), "cwd"), "/usr");
}

TEST(command, a_name_is_searched_in_path) {
  scratch here;
  here.file("troupe-greets", "#!/bin/sh\necho hello\n", 0755);
  command what("troupe-greets");
  EXPECT_EQ(output_of(what.env("PATH", "/nowhere:" + here.directory())), "hello\n");
}

TEST(command, a_search_goes_past_a_file_that_may_not_be_run) {
  scratch refusing, allowing;
  refusing.file("troupe-greets", "#!/bin/sh\necho wrong\n", 0644);
  allowing.file("troupe-greets", "#!/bin/sh\necho right\n", 0755);
  command what("troupe-greets");
  EXPECT_EQ(output_of(what.env("PATH", refusing.directory() + ":" + allowing.directory())), "right\n");
}

TEST(command, a_relative_path_is_resolved_in_the_childs_directory) {
  scratch here;
  here.file("run", "#!/bin/sh\necho here\n", 0755);
  command what("./run");
  EXPECT_EQ(output_of(what.cwd(here.directory())), "here\n");
}

TEST(command, only_the_listed_descriptors_exist_in_the_child) {
  const unique_fd leaking(open("/dev/null", O_RDONLY));  // no O_CLOEXEC
  const unique_fd listed(open("/dev/null", O_RDONLY));
  command what(REPORT_CHILD);
  EXPECT_EQ(values(report_of(what.pass_fd(listed.get(), 40)), "fd"), (names{"0", "1", "2", "40"}));
}

TEST(command, descriptors_may_swap_their_numbers) {
  auto first = make_pipe(), second = make_pipe();
  ASSERT_TRUE(first && second);
  const int a = first->write_end.get(), b = second->write_end.get();
  command what("/bin/sh");
  what.arg("-c").arg("echo a >&" + std::to_string(b) + "; echo b >&" + std::to_string(a));
  what.pass_fd(a, b).pass_fd(std::move(second->write_end), a);
  {
    auto made = what.spawn();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_TRUE(made->wait().status.success());
  }
  EXPECT_EQ(test::read_line(first->read_end.get()), "a");
  EXPECT_EQ(test::read_line(second->read_end.get()), "b");
}

TEST(command, one_descriptor_may_go_to_several_numbers) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  command what("/bin/sh");
  what.arg("-c").arg("echo x; echo y >&2; echo z >&7");
  what.stdout_to(stdio::borrowed(ends->write_end.get())).stderr_to(stdio::into_stdout());
  auto made = what.pass_fd(ends->write_end.get(), 7).spawn();
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->wait().status.success());
  ends->write_end.reset();
  EXPECT_EQ(test::read_to_end(ends->read_end.get()), "x\ny\nz\n");
}

TEST(command, four_threads_that_spawn_at_once_leak_nothing_into_each_others_children) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong, number = std::to_string(10 + t)] {
      for (int i = 0; i < 25; ++i) {
        const unique_fd listed(open("/dev/null", O_RDONLY));
        command what(REPORT_CHILD);
        what.pass_fd(listed.get(), std::stoi(number));
        wrong += values(report_of(what), "fd") != names{"0", "1", "2", number};
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(command, a_parent_without_standard_streams_can_spawn) {
  command what(SPAWNING_CHILD);
  what.arg("without-standard-streams").stdout_to(stdio::piped());
  auto made = what.spawn();
  ASSERT_TRUE(made);
  const auto out = made->take_stdout();
  const std::string text = test::read_to_end(out.get());
  EXPECT_EQ(made->wait().status, exit_status::exited{0});
  EXPECT_EQ(values(test::parse_report(text), "fd"), (names{"0", "1", "2"}));
  EXPECT_NE(text.find("through pipes"), std::string::npos);
}

TEST(command, a_path_that_was_set_and_removed_again_is_not_searched) {
  command what("report_child");
  const std::string program = REPORT_CHILD;
  what.env("PATH", program.substr(0, program.rfind('/'))).env_remove("PATH");
  EXPECT_EQ(what.spawn().error().code, errc::not_found);
}

TEST(command, stderr_can_go_where_stdout_goes) {
  command what(REPORT_CHILD);
  EXPECT_EQ(output_of(what.args({"say", "out ", "err"}).stderr_to(stdio::into_stdout())), "out err");
}

TEST(command, a_null_input_ends_at_once) {
  command what(REPORT_CHILD);
  EXPECT_EQ(output_of(what.arg("cat").stdin_from(stdio::null())), "");
}

TEST(command, signals_are_unblocked_and_not_ignored_in_the_child) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  const auto earlier = std::signal(SIGPIPE, SIG_IGN);
  command what(REPORT_CHILD);
  const auto report = report_of(what);
  std::signal(SIGPIPE, earlier);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(value(report, "SigBlk:"), "0000000000000000");
  EXPECT_EQ(value(report, "SigIgn:"), "0000000000000000");
}

TEST(command, a_new_session_or_group_belongs_to_the_child) {
  command plain(REPORT_CHILD), grouped(REPORT_CHILD), apart(REPORT_CHILD);
  const auto in_ours = report_of(plain);
  const auto in_own_group = report_of(grouped.new_group());
  const auto in_own_session = report_of(apart.new_session());
  EXPECT_EQ(value(in_ours, "pgid"), std::to_string(getpgrp()));
  EXPECT_EQ(value(in_own_group, "pgid"), value(in_own_group, "pid"));
  EXPECT_EQ(value(in_own_group, "sid"), std::to_string(getsid(0)));
  EXPECT_EQ(value(in_own_session, "sid"), value(in_own_session, "pid"));
}

TEST(command, it_spawns_again_and_again) {
  command what(REPORT_CHILD);
  what.args({"say", "twice"});
  EXPECT_EQ(output_of(what), "twice");
  EXPECT_EQ(output_of(what), "twice");
}

struct refused_start {
  const char* name;
  command (*make)(const std::string& directory);
  errc code;
  int os_errno;
  const char* names;  // what the message must hold
};

class command_errors : public testing::TestWithParam<refused_start> {};

TEST_P(command_errors, are_synchronous_name_the_culprit_and_leave_nothing_behind) {
  scratch here;
  here.file("plain", "text\n", 0644);
  here.file("no-interpreter", "#!/nowhere/sh\n", 0755);
  here.file("not-a-program", "text\n", 0755);
  const auto open_before = count_open_descriptors();
  {
    const auto made = GetParam().make(here.directory()).spawn();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, GetParam().code) << made.error().message();
    EXPECT_EQ(made.error().os_errno, GetParam().os_errno) << made.error().message();
    EXPECT_NE(made.error().message().find(GetParam().names), std::string::npos) << made.error().message();
  }
  EXPECT_EQ(count_open_descriptors(), open_before);
  EXPECT_EQ(count_zombies(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    all, command_errors,
    testing::Values(
        refused_start{"missing_path", [](auto&) { return command("/nowhere/program"); }, errc::not_found,
                      ENOENT, "exec '/nowhere/program'"},
        refused_start{"missing_name", [](auto&) { return command("troupe-no-such-name"); }, errc::not_found,
                      ENOENT, "'troupe-no-such-name', searched in '"},
        refused_start{"empty_name", [](auto&) { return command(""); }, errc::not_found, ENOENT, "exec ''"},
        refused_start{"no_permission", [](auto& here) { return command(here + "/plain"); },
                      errc::permission_denied, EACCES, "/plain'"},
        refused_start{"directory", [](auto& here) { return command(here); }, errc::wrong_kind, EISDIR,
                      "exec '/tmp/troupe-spawn-"},
        refused_start{"no_interpreter", [](auto& here) { return command(here + "/no-interpreter"); },
                      errc::not_found, ENOENT, "the interpreter it names is not"},
        refused_start{"not_a_program", [](auto& here) { return command(here + "/not-a-program"); },
                      errc::wrong_kind, ENOEXEC, "/not-a-program'"},
        refused_start{"missing_directory", [](auto&) { return std::move(command("true").cwd("/nowhere")); },
                      errc::not_found, ENOENT, "change directory to '/nowhere'"},
        refused_start{"cwd_is_a_file",
                      [](auto& here) { return std::move(command("true").cwd(here + "/plain")); },
                      errc::wrong_kind, ENOTDIR, "/plain'"},
        refused_start{"nul_in_argument",
                      [](auto&) { return std::move(command("true").arg("x").arg(std::string("a\0b", 3))); },
                      errc::invalid_argument, 0, "argument 2 holds a NUL"},
        refused_start{"nul_in_program", [](auto&) { return command(std::string("a\0b", 3)); },
                      errc::invalid_argument, 0, "start 'a\\0b': its name holds a NUL"},
        refused_start{"equals_in_env_name", [](auto&) { return std::move(command("true").env("A=B", "1")); },
                      errc::invalid_argument, 0, "'A=B'"},
        refused_start{"too_many_arguments",
                      [](auto&) { return std::move(command("true").arg(std::string(8 << 20, 'x'))); },
                      errc::too_large, E2BIG, "true'"},
        refused_start{"closed_descriptor", [](auto&) { return std::move(command("true").pass_fd(999, 5)); },
                      errc::invalid_argument, 0, "descriptor 999 is not open"},
        refused_start{"closed_stream",
                      [](auto&) { return std::move(command("true").stdout_to(stdio::borrowed(999))); },
                      errc::invalid_argument, 0, "descriptor 999 is not open"},
        refused_start{"number_twice",
                      [](auto&) { return std::move(command("true").pass_fd(0, 5).pass_fd(1, 5)); },
                      errc::invalid_argument, 0, "number 5 is given twice"},
        refused_start{"standard_number", [](auto&) { return std::move(command("true").pass_fd(0, 2)); },
                      errc::invalid_argument, 0, "from 3 on"},
        refused_start{"number_over_the_limit",
                      [](auto&) { return std::move(command("true").pass_fd(0, 2'000'000'000)); },
                      errc::invalid_argument, 0, "descriptor number 2000000000 is too high"},
        refused_start{
            "the_highest_number_there_is",
            [](auto&) { return std::move(command("true").pass_fd(0, std::numeric_limits<int>::max())); },
            errc::invalid_argument, 0, "number 2147483647 is too high"},
        refused_start{"stdout_into_stdout",
                      [](auto&) { return std::move(command("true").stdout_to(stdio::into_stdout())); },
                      errc::invalid_argument, 0, "only stderr can go into stdout"},
        refused_start{"bad_death_signal", [](auto&) { return std::move(command("true").death_signal(99)); },
                      errc::invalid_argument, EINVAL, "death signal 99"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace troupe::spawn::command_test
