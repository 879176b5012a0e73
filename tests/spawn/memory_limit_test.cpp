#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/cgroup.hpp>
#include <troupe/spawn/internal/memory_fence.hpp>
#include <troupe/spawn/internal/small_file.hpp>
#include <troupe/spawn/spawner.hpp>

#include <sys/stat.h>
#include <tests/spawn/support.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace troupe::spawn::memory_limit_test {

using internal::cgroup_home;
using internal::memory_cgroup;
using internal::memory_homes;
using homes = std::vector<cgroup_home>;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

command holding(std::size_t mebibytes) {
  command what(REPORT_CHILD);
  what.args({"hold", std::to_string(mebibytes)}).stdout_to(stdio::null()).new_session();
  return what;
}

/// A folder of plain files that looks like a memory cgroup, as far as a plain folder can.
class fake_cgroup {
 public:
  fake_cgroup() { EXPECT_NE(mkdtemp(path_), nullptr); }
  ~fake_cgroup() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename().string());
    return names;
  }

 private:
  char path_[32] = "/tmp/troupe-cgroup-XXXXXX";
};

/// A process id that nobody has.
pid_t ended_process() {
  auto made = command("/bin/true").spawn();
  EXPECT_TRUE(made);
  const pid_t id = made->id();
  made->wait();
  return id;
}

}  // namespace

TEST(memory_limit, a_child_over_it_is_killed_and_the_report_says_why) {
  auto one = holding(300).limits({.memory_max = 64 * mebibyte}).spawn();
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_NE(one->memory(), memory_guard::none);
  const exit_report report = one->wait();
  EXPECT_EQ(report.status.signal(), SIGKILL);
  EXPECT_EQ(report.oom, out_of_memory::over_limit);
  EXPECT_EQ(report.memory, one->memory());
}

TEST(memory_limit, a_child_below_it_is_left_alone) {
  command what(REPORT_CHILD);
  const auto report = what.args({"memory", "20"}).limits({.memory_max = 400 * mebibyte}).status();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->status, exit_status::exited{0});
  EXPECT_EQ(report->oom, out_of_memory::no);
}

TEST(memory_limit, a_kill_of_ours_is_not_taken_for_the_limits) {
  auto one = holding(1).limits({.memory_max = 400 * mebibyte}).spawn();
  ASSERT_TRUE(one);
  one->kill();
  EXPECT_EQ(one->wait().oom, out_of_memory::no);
}

TEST(memory_limit, without_one_the_report_says_none) {
  const auto report = command("/bin/true").status();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->memory, memory_guard::none);
}

TEST(memory_limit, a_group_is_gone_with_its_child) {
  auto group = memory_cgroup::make(100 * mebibyte);
  if (!group) GTEST_SKIP() << "this process may not make memory groups";
  const std::string directory = group->directory();
  EXPECT_TRUE(std::filesystem::exists(directory));
  group.reset();
  EXPECT_FALSE(std::filesystem::exists(directory));

  const std::string home = std::filesystem::path(directory).parent_path();
  auto one = holding(300).limits({.memory_max = 64 * mebibyte}).spawn();
  ASSERT_TRUE(one);
  one->wait();
  for (const auto& entry : std::filesystem::directory_iterator(home))
    EXPECT_FALSE(entry.path().filename().string().starts_with("troupe-" + std::to_string(getpid())));
}

TEST(memory_limit, a_group_is_gone_though_grandchildren_were_killed_with_their_leader) {
  auto group = memory_cgroup::make(100 * mebibyte);
  if (!group) GTEST_SKIP() << "this process may not make memory groups";
  const std::string home = std::filesystem::path(group->directory()).parent_path();
  group.reset();
  for (int i = 0; i < 5; ++i) {
    command what("/bin/sh");
    what.args({"-c", "sleep 1000 & sleep 1000 & exit 0"})
        .new_session()
        .limits({.memory_max = 100 * mebibyte});
    ASSERT_TRUE(what.status()->status.success());
  }
  for (const auto& entry : std::filesystem::directory_iterator(home))
    EXPECT_FALSE(entry.path().filename().string().starts_with("troupe-" + std::to_string(getpid())));
}

TEST(memory_limit, a_program_that_cannot_start_leaves_no_group) {
  auto group = memory_cgroup::make(100 * mebibyte);
  if (!group) GTEST_SKIP() << "this process may not make memory groups";
  const std::string home = std::filesystem::path(group->directory()).parent_path();
  group.reset();
  EXPECT_FALSE(command("/nowhere/program").limits({.memory_max = 64 * mebibyte}).spawn());
  for (const auto& entry : std::filesystem::directory_iterator(home))
    EXPECT_FALSE(entry.path().filename().string().starts_with("troupe-" + std::to_string(getpid())));
}

/// As a user who may make no groups: who watches, a plain wait or a spawner, and whose memory it is.
class watched_memory : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(watched_memory, is_looked_at_and_the_child_over_its_limit_is_killed) {
  command what(SPAWNING_CHILD);
  what.args(GetParam());
  EXPECT_EQ(test::output_of(what), "killed by SIGKILL, watched, over its limit\n");
}

INSTANTIATE_TEST_SUITE_P(all, watched_memory,
                         testing::Values(std::vector<std::string>{"watch-memory", "wait", "hold"},
                                         std::vector<std::string>{"watch-memory", "wait-until", "hold"},
                                         std::vector<std::string>{"watch-memory", "output", "hold"},
                                         std::vector<std::string>{"watch-memory", "spawner", "hold"},
                                         std::vector<std::string>{"watch-memory", "wait", "child-holds"},
                                         std::vector<std::string>{"watch-memory", "spawner", "child-holds"}));

TEST(memory_limit, exec_refuses_one_that_nobody_would_watch) {
  command what(SPAWNING_CHILD);
  const std::string said = test::output_of(what.arg("exec-with-watched-memory"));
  EXPECT_NE(said.find("may not make a memory group"), std::string::npos) << said;
}

TEST(memory_homes, version_2_below_and_beside_our_group_come_before_version_1) {
  EXPECT_EQ(memory_homes("4:memory:/a/b\n0::/user.slice/x.service\n",
                         "30 23 0:26 / /sys/fs/cgroup/unified rw shared:4 - cgroup2 cgroup2 rw\n"
                         "31 23 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n"),
            (homes{{memory_guard::cgroup_v2, "/sys/fs/cgroup/unified/user.slice/x.service"},
                   {memory_guard::cgroup_v2, "/sys/fs/cgroup/unified/user.slice"},
                   {memory_guard::cgroup_v1, "/sys/fs/cgroup/memory/a/b"}}));
}

TEST(memory_homes, a_group_at_the_root_has_nothing_beside_it) {
  EXPECT_EQ(memory_homes("0::/\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
            (homes{{memory_guard::cgroup_v2, "/sys/fs/cgroup"}}));
}

TEST(memory_homes, a_part_of_the_hierarchy_that_is_not_mounted_gives_none) {
  EXPECT_EQ(memory_homes("4:memory:/other/group\n",
                         "31 23 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"),
            homes{});
  EXPECT_EQ(memory_homes("4:memory:/docker/abc/inner\n",
                         "31 23 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"),
            (homes{{memory_guard::cgroup_v1, "/sys/fs/cgroup/memory/inner"}}));
}

TEST(memory_homes, other_controllers_are_passed_over) {
  EXPECT_EQ(memory_homes("9:name=systemd:/\n5:cpu,cpuacct:/x\n",
                         "31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"),
            homes{});
}

TEST(memory_homes, a_mount_point_with_a_space_is_read_as_it_is) {
  EXPECT_EQ(memory_homes("4:memory:/\n", "31 23 0:27 / /my\\040groups rw - cgroup cgroup rw,memory\n"),
            (homes{{memory_guard::cgroup_v1, "/my groups"}}));
}

TEST(memory_homes, the_count_of_kills_nearest_to_us_is_our_own_groups) {
  const fake_cgroup fake;
  EXPECT_EQ(internal::own_oom_file({{memory_guard::cgroup_v1, fake.path()}}), "/proc/vmstat");
  std::ofstream(fake.path() + "/memory.oom_control") << "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";
  EXPECT_EQ(
      internal::own_oom_file({{memory_guard::cgroup_v2, "/nowhere"}, {memory_guard::cgroup_v1, fake.path()}}),
      fake.path() + "/memory.oom_control");
}

TEST(memory_homes, garbage_gives_none) {
  EXPECT_EQ(memory_homes("0::/a/bc\n", "30 23 0:26 /a/b /mnt rw - cgroup2 cgroup2 rw\n"), homes{})
      << "not below the part that is mounted";
  EXPECT_EQ(memory_homes("", ""), homes{});
  EXPECT_EQ(memory_homes("\n:\n::\nx:y", " - \n- - -\n1 2 3 - cgroup2\n"), homes{});
}

TEST(memory_cgroup, a_home_that_has_no_memory_files_is_left_as_it_was) {
  const fake_cgroup fake;
  EXPECT_FALSE(memory_cgroup::make(mebibyte, {{memory_guard::cgroup_v2, fake.path()}}));
  EXPECT_FALSE(memory_cgroup::make(mebibyte, {{memory_guard::cgroup_v1, fake.path()}}));
  EXPECT_FALSE(memory_cgroup::make(mebibyte, {{memory_guard::cgroup_v1, "/nowhere"}}));
  EXPECT_EQ(fake.entries(), std::vector<std::string>{});
}

TEST(memory_cgroup, beside_our_own_is_no_place_when_that_would_escape_our_limit) {
  const fake_cgroup own, beside;
  const std::string forsaken = beside.path() + "/troupe-" + std::to_string(ended_process()) + "-1";
  const homes both{{memory_guard::cgroup_v2, own.path()}, {memory_guard::cgroup_v2, beside.path()}};
  const auto was_tried = [&](const std::string& max) {
    std::ofstream(own.path() + "/memory.max") << max << "\n";
    EXPECT_EQ(mkdir(forsaken.c_str(), 0700), 0);
    EXPECT_FALSE(memory_cgroup::make(mebibyte, both));  // a plain folder has no limits to set
    return rmdir(forsaken.c_str()) != 0;                // whoever tries a home tidies it up
  };
  EXPECT_TRUE(was_tried("max"));
  EXPECT_FALSE(was_tried("157286400"));
}

TEST(memory_cgroup, groups_of_killed_owners_are_removed_and_those_of_living_ones_not) {
  const fake_cgroup fake;
  const std::string forsaken = fake.path() + "/troupe-" + std::to_string(ended_process()) + "-1";
  const std::string ours = fake.path() + "/troupe-" + std::to_string(getppid()) + "-1";
  const std::string strange = fake.path() + "/troupe-x";
  for (const auto& directory : {forsaken, ours, strange}) ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
  EXPECT_FALSE(memory_cgroup::make(mebibyte, {{memory_guard::cgroup_v1, fake.path()}}));
  EXPECT_FALSE(std::filesystem::exists(forsaken));
  EXPECT_TRUE(std::filesystem::exists(ours));
  EXPECT_TRUE(std::filesystem::exists(strange));
}

TEST(resident_memory, counts_a_process_and_what_it_started) {
  command alone(REPORT_CHILD), parent(REPORT_CHILD);
  auto one = alone.args({"hold", "50"}).stdout_to(stdio::piped()).spawn();
  auto two = parent.args({"child-holds", "50"}).stdout_to(stdio::piped()).new_session().spawn();
  ASSERT_TRUE(one && two);
  const auto out = one->take_stdout(), out_of_two = two->take_stdout();
  ASSERT_EQ(test::read_line(out.get()), "ready");
  ASSERT_EQ(test::read_line(out_of_two.get()), "ready");
  for (const pid_t id : {one->id(), two->id()}) {
    EXPECT_GT(internal::resident_with_descendants(id), 50 * mebibyte);
    EXPECT_LT(internal::resident_with_descendants(id), 80 * mebibyte);
  }
}

TEST(resident_memory, of_nobody_is_nothing) {
  EXPECT_EQ(internal::resident_with_descendants(ended_process()), 0U);
}

TEST(small_file, numbers_are_found_by_their_key_at_the_start_of_a_line) {
  const std::string text = "low 1\noom_kill 3\noom_kill_all 4\nnot_oom_kill 9\n";
  EXPECT_EQ(internal::number_after(text, "oom_kill"), 3U);
  EXPECT_EQ(internal::number_after(text, "oom_kill_all"), 4U);
  EXPECT_EQ(internal::number_after(text, "oom"), std::nullopt);
  EXPECT_EQ(internal::number_after("key x\n", "key"), std::nullopt);
  EXPECT_EQ(internal::number_after("key", "key"), std::nullopt);
  EXPECT_EQ(internal::number_after("key 7", "key"), 7U);
  EXPECT_EQ(internal::number_after("", "key"), std::nullopt);
}

}  // namespace troupe::spawn::memory_limit_test
