#include <troupe/spawn/command.hpp>

#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <tests/spawn/support.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace troupe::spawn::command_settings_test {

using test::output_of;
using test::report_of;
using test::value;
using test::values;

namespace {

constexpr uid_t nobody = 65534;

bool is_root() {
  return geteuid() == 0;
}

/// Words between spaces and tabs, joined by one space.
std::string words(const std::string& text) {
  std::istringstream in(text);
  std::string all, word;
  while (in >> word) all += (all.empty() ? "" : " ") + word;
  return all;
}

/// What is in the environment but for what a sanitizer or coverage adds.
std::set<std::string> environment_of(command& what) {
  return values(report_of(what), "env");
}

/// A file of this test's own, gone at the end.
class scratch_file {
 public:
  scratch_file()
      : path_(std::filesystem::temp_directory_path() / ("troupe-stdio-" + std::to_string(getpid()))) {}
  ~scratch_file() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path_).rdbuf();
    return all.str();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST(command_settings, only_the_listed_part_of_the_environment_is_inherited) {
  setenv("TROUPE_WANTED", "1", 1);
  setenv("TROUPE_UNWANTED", "1", 1);
  command what(REPORT_CHILD);
  what.env("TROUPE_BEFORE", "1").env_inherit({"TROUPE_WANTED", "TROUPE_NOT_SET"}).env("TROUPE_AFTER", "2");
  EXPECT_EQ(environment_of(what), (std::set<std::string>{"TROUPE_WANTED=1", "TROUPE_AFTER=2"}));
}

TEST(command_settings, an_inherited_variable_can_be_removed_again) {
  setenv("TROUPE_WANTED", "1", 1);
  command what(REPORT_CHILD);
  what.env_inherit({"TROUPE_WANTED"}).env_remove("TROUPE_WANTED");
  EXPECT_EQ(environment_of(what), std::set<std::string>{});
}

TEST(command_settings, umask_and_niceness_are_as_told) {
  command what(REPORT_CHILD);
  const auto report = report_of(what.umask(027).nice(7));
  EXPECT_EQ(value(report, "Umask:"), "0027");
  EXPECT_EQ(value(report, "nice"), "7");
}

TEST(command_settings, the_child_runs_on_the_processors_it_was_given) {
  cpu_set_t ours;
  sched_getaffinity(0, sizeof ours, &ours);
  unsigned last = 0;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &ours)) last = cpu;
  command what(REPORT_CHILD);
  EXPECT_EQ(value(report_of(what.cpus({last})), "Cpus_allowed_list:"), std::to_string(last));
}

TEST(command_settings, processors_that_are_not_there_are_an_error) {
  const auto made = command(REPORT_CHILD).cpus({60'000}).spawn();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::invalid_argument);
  EXPECT_NE(made.error().message().find("processors"), std::string::npos) << made.error().message();
}

TEST(command_settings, each_limit_is_set_soft_and_hard) {
  command what(REPORT_CHILD);
  what.limits({.address_space = std::size_t{4} << 30,
               .open_files = 64,
               .core_size = 0,
               .cpu_time = std::chrono::seconds(100),
               .processes = 1000,
               .file_size = 5'000'000,
               .stack = std::size_t{4} << 20});
  const auto report = report_of(what);
  EXPECT_EQ(value(report, "limit-address-space"), "4294967296 4294967296");
  EXPECT_EQ(value(report, "limit-open-files"), "64 64");
  EXPECT_EQ(value(report, "limit-core-size"), "0 0");
  EXPECT_EQ(value(report, "limit-cpu-time"), "100 101") << "SIGXCPU first, which tells why";
  EXPECT_EQ(value(report, "limit-processes"), "1000 1000");
  EXPECT_EQ(value(report, "limit-file-size"), "5000000 5000000");
  EXPECT_EQ(value(report, "limit-stack"), "4194304 4194304");
  rlimit own{};
  getrlimit(RLIMIT_FSIZE, &own);
  EXPECT_NE(own.rlim_cur, 5'000'000U) << "the child's limits are not ours";
}

TEST(command_settings, a_child_over_its_cpu_time_dies_of_a_signal_that_says_so) {
  command what("sh");
  what.args({"-c", "while :; do :; done"}).limits({.core_size = 0, .cpu_time = std::chrono::seconds(1)});
  const auto ended = what.status();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status.signal(), SIGXCPU) << ended->status.describe();
}

TEST(command_settings, a_status_without_anybody_at_its_pipe_is_refused) {
  command fed(REPORT_CHILD), read(REPORT_CHILD);
  const auto unfed = fed.stdin_from(stdio::piped()).status();
  const auto unread = read.stderr_to(stdio::piped()).status();
  ASSERT_FALSE(unfed);
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().code, errc::invalid_argument);
  EXPECT_NE(unfed.error().message().find("its stdin is piped"), std::string::npos) << unfed.error().message();
  EXPECT_NE(unread.error().message().find("its stderr is piped"), std::string::npos)
      << unread.error().message();
}

TEST(command_settings, a_low_limit_on_descriptors_does_not_disturb_those_passed) {
  command what(REPORT_CHILD);
  what.limits({.open_files = 10}).pass_fd(0, 700);
  const auto report = report_of(what);
  EXPECT_EQ(values(report, "fd"), (std::set<std::string>{"0", "1", "2", "700"}));
}

TEST(command_settings, no_new_privileges_is_set_on_demand_only) {
  command plain(REPORT_CHILD), bound(REPORT_CHILD);
  EXPECT_EQ(words(value(report_of(plain), "NoNewPrivs:")), "0");
  EXPECT_EQ(words(value(report_of(bound.no_new_privileges()), "NoNewPrivs:")), "1");
}

TEST(command_settings, ids_are_changed_and_roots_groups_do_not_leak) {
  if (!is_root()) GTEST_SKIP() << "only root may change ids";
  command what(REPORT_CHILD), grouped(REPORT_CHILD);
  const auto plain = report_of(what.uid(nobody).gid(nobody));
  EXPECT_EQ(words(value(plain, "Uid:")), "65534 65534 65534 65534");
  EXPECT_EQ(words(value(plain, "Gid:")), "65534 65534 65534 65534");
  EXPECT_EQ(words(value(plain, "Groups:")), "");
  EXPECT_EQ(words(value(report_of(grouped.uid(nobody).gid(nobody).groups({100, 200})), "Groups:")),
            "100 200");
}

TEST(command_settings, a_child_of_another_user_leaves_our_memory_ours) {
  if (!is_root()) GTEST_SKIP() << "only root may change ids";
  command what(REPORT_CHILD);
  report_of(what.uid(nobody).gid(nobody));
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 1);
}

TEST(command_settings, a_death_signal_survives_the_change_of_ids) {
  if (!is_root()) GTEST_SKIP() << "only root may change ids";
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto middle = command(SPAWNING_CHILD).arg("supervise-as-nobody").stdout_to(stdio::piped()).spawn();
  ASSERT_TRUE(middle);
  const auto out = middle->take_stdout();
  const pid_t orphan = std::stoi(test::read_line(out.get()));
  middle->kill();
  middle->wait();
  EXPECT_EQ(test::reap_inherited(orphan), SIGTERM);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(command_settings, without_the_right_a_change_of_ids_is_refused) {
  command what(SPAWNING_CHILD);
  const std::string said = output_of(what.args({"change-ids-without-the-right"}));
  EXPECT_NE(said.find("change its user to 0"), std::string::npos) << said;
  EXPECT_NE(said.find("Operation not permitted"), std::string::npos) << said;
}

TEST(command_settings, without_the_right_a_raised_limit_is_refused) {
  command what(SPAWNING_CHILD);
  const std::string said = output_of(what.args({"raise-limit-without-the-right"}));
  EXPECT_NE(said.find("limit its open files to 4096"), std::string::npos) << said;
}

TEST(command_settings, the_working_directory_is_entered_as_the_childs_user) {
  if (!is_root()) GTEST_SKIP() << "only root may change ids";
  char path[] = "/tmp/troupe-cwd-XXXXXX";
  ASSERT_NE(mkdtemp(path), nullptr);  // 0700
  const auto made = command("/bin/true").uid(nobody).gid(nobody).cwd(path).spawn();
  rmdir(path);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::permission_denied) << made.error().message();
}

TEST(command_settings, streams_may_be_files) {
  const scratch_file file;
  command writes(REPORT_CHILD), appends(REPORT_CHILD), reads(REPORT_CHILD), overwrites(REPORT_CHILD);
  writes.args({"say", "one "}).stdout_to(stdio::write_file(file.path()));
  ASSERT_TRUE(writes.status()->status.success());
  appends.args({"say", "two"}).stdout_to(stdio::write_file(file.path(), writing::append));
  ASSERT_TRUE(appends.status()->status.success());
  EXPECT_EQ(file.text(), "one two");
  EXPECT_EQ(output_of(reads.arg("cat").stdin_from(stdio::read_file(file.path()))), "one two");
  overwrites.args({"say", "new"}).stdout_to(stdio::write_file(file.path()));
  ASSERT_TRUE(overwrites.status()->status.success());
  EXPECT_EQ(file.text(), "new");
}

TEST(command_settings, a_file_that_cannot_be_opened_is_an_error_with_its_name) {
  const auto reads = command("/bin/true").stdin_from(stdio::read_file("/nowhere/in")).spawn();
  const auto writes = command("/bin/true").stdout_to(stdio::write_file("/nowhere/out")).spawn();
  ASSERT_FALSE(reads);
  ASSERT_FALSE(writes);
  EXPECT_EQ(reads.error().code, errc::not_found);
  EXPECT_NE(reads.error().message().find("open '/nowhere/in' for reading"), std::string::npos);
  EXPECT_NE(writes.error().message().find("open '/nowhere/out' for writing"), std::string::npos);
}

struct refused_setting {
  const char* name;
  command (*make)();
  const char* says;
};
class settings_refused : public testing::TestWithParam<refused_setting> {};

TEST_P(settings_refused, before_anything_is_started) {
  const auto made = GetParam().make().spawn();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::invalid_argument);
  EXPECT_NE(made.error().message().find(GetParam().says), std::string::npos) << made.error().message();
}

command plain() {
  return command("/bin/true");
}

INSTANTIATE_TEST_SUITE_P(
    all, settings_refused,
    testing::Values(
        refused_setting{"niceness", [] { return std::move(plain().nice(20)); }, "20 is not from -20 to 19"},
        refused_setting{"umask", [] { return std::move(plain().umask(010000)); }, "0777"},
        refused_setting{"no_memory", [] { return std::move(plain().limits({.memory_max = 0})); },
                        "memory_max of 0"},
        refused_setting{"hardly_any_memory", [] { return std::move(plain().limits({.memory_max = 65535})); },
                        "memory_max of 65535 leaves it no memory to start with; 65536 bytes are the least"},
        refused_setting{"no_time",
                        [] { return std::move(plain().limits({.cpu_time = std::chrono::seconds(0)})); },
                        "below 1 second"},
        refused_setting{"no_user", [] { return std::move(plain().uid(static_cast<uid_t>(-1))); }, "is no id"},
        refused_setting{
            "nul_in_a_file_name",
            [] { return std::move(plain().stdin_from(stdio::read_file(std::string("a\0b", 3)))); },
            "file name holds a NUL"}),
    [](const auto& tested) { return tested.param.name; });

TEST(exec, becomes_the_program_in_the_same_process) {
  command what(SPAWNING_CHILD);
  auto made = what.args({"exec"}).stdout_to(stdio::piped()).spawn();
  ASSERT_TRUE(made);
  const auto out = made->take_stdout();
  const auto report = test::parse_report(test::read_to_end(out.get()));
  EXPECT_EQ(value(report, "pid"), std::to_string(made->id()));
  EXPECT_EQ(value(report, "arg"), "became");
  EXPECT_EQ(values(report, "fd"), (std::set<std::string>{"0", "1", "2"})) << "others do not go through";
  EXPECT_TRUE(values(report, "env").contains("TROUPE_EXEC=1"));
  EXPECT_TRUE(made->wait().status.success());
}

TEST(exec, of_a_missing_program_returns_and_descriptors_are_still_open) {
  command what(SPAWNING_CHILD);
  EXPECT_EQ(output_of(what.args({"exec-nothing"})), "exec '/nowhere/program': No such file or directory\n");
}

TEST(exec, with_a_pipe_is_refused) {
  const error why = command("/bin/true").stdout_to(stdio::piped()).exec();
  EXPECT_EQ(why.code, errc::invalid_argument);
  EXPECT_NE(why.message().find("nobody would be at the other end"), std::string::npos);
}

}  // namespace troupe::spawn::command_settings_test
