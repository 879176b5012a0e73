#include "looking.hpp"

#include <troupe/spawn/internal/process_table.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace troupe::spawn::internal::process_table_test {
namespace {

namespace fs = std::filesystem;

/// A folder that looks like /proc.
class stage {
 public:
  stage() {
    std::string name = fs::temp_directory_path() / "troupe-proc-XXXXXX";
    folder_ = mkdtemp(name.data());
    be_of(getpid());
  }
  ~stage() { fs::remove_all(folder_); }
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  void be_of(pid_t self) const {
    fs::remove(folder_ / "self");
    fs::create_symlink(std::to_string(self), folder_ / "self");
  }
  fs::path add(pid_t id, const std::string& stat, const std::string& command_line = "") const {
    const fs::path one = folder_ / std::to_string(id);
    fs::create_directory(one);
    std::ofstream(one / "stat") << stat;
    std::ofstream(one / "cmdline") << command_line;
    return one;
  }
  [[nodiscard]] const fs::path& folder() const { return folder_; }
  [[nodiscard]] result<std::vector<process_info>> list() const {
    return process_table::open(folder_).and_then([](auto table) { return table.list(); });
  }

 private:
  fs::path folder_;
};

std::string stat_of(pid_t id, const std::string& name, int parent = 1) {
  return std::to_string(id) + " (" + name + ") S " + std::to_string(parent) +
         " 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 4096 1 0 0\n";
}

}  // namespace

TEST(process_table, where_proc_is_not_mounted_the_error_says_so) {
  const stage empty;
  fs::remove(empty.folder() / "self");
  for (const fs::path& folder : {empty.folder(), empty.folder() / "missing"}) {
    const auto table = process_table::open(folder);
    ASSERT_FALSE(table);
    EXPECT_EQ(table.error().code, errc::unsupported);
    EXPECT_NE(table.error().context.find("'" + folder.string() + "' is not mounted"), std::string::npos);
  }
}

TEST(process_table, the_proc_of_another_pid_namespace_is_refused) {
  const stage other;
  other.be_of(getpid() + 1);
  EXPECT_EQ(process_table::open(other.folder()).error().code, errc::unsupported);
}

TEST(process_table, the_list_is_sorted_by_number_and_of_processes_only) {
  const stage one;
  for (const pid_t id : {1000, 9, 10, 2}) one.add(id, stat_of(id, "p"));
  fs::create_directory(one.folder() / "12x");
  fs::create_directory(one.folder() / "sys");
  const auto all = one.list();
  ASSERT_TRUE(all) << all.error().message();
  std::vector<pid_t> ids;
  for (const auto& info : *all) ids.push_back(info.key.id);
  EXPECT_EQ(ids, (std::vector<pid_t>{2, 9, 10, 1000}));
}

TEST(process_table, one_that_vanishes_during_the_scan_is_left_out) {
  const stage one;
  one.add(5, stat_of(5, "here"));
  fs::create_directory(one.folder() / "6");  // gone before its stat was opened
  one.add(7, "");                            // gone before its stat was read
  const auto all = one.list();
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().name, "here");
}

TEST(process_table, hidden_fields_stay_empty) {
  const auto what = test::in_another_process([] {
    const stage one;
    one.add(5, stat_of(5, "here"), "here");
    fs::permissions(one.folder(), fs::perms::all);
    const auto hidden = one.add(6, stat_of(6, "hidden"));
    fs::permissions(hidden, fs::perms::none);
    const auto secretive = one.add(7, stat_of(7, "secretive"), "secret");
    fs::permissions(secretive / "cmdline", fs::perms::none);
    if (geteuid() == 0 && seteuid(test::another_user) != 0) return 1;
    const auto all = one.list();
    const auto alone = process_table::open(one.folder()).and_then([](auto table) { return table.read(6); });
    if (getuid() == 0 && seteuid(0) != 0) return 2;  // who made the folder can remove it
    fs::permissions(hidden, fs::perms::all);
    if (!all || all->size() != 3) return 3;
    process_info expected;
    expected.key.id = 6;
    expected.uid = geteuid();
    if ((*all)[1] != expected) return 4;
    if ((*all)[0].command_line.empty() || (*all)[2].name != "secretive" || !(*all)[2].command_line.empty())
      return 5;
    return !alone && alone.error().code == errc::permission_denied ? 0 : 6;
  });
  EXPECT_EQ(what, 0);
}

TEST(process_table, a_stat_that_is_none_is_malformed) {
  const stage one;
  one.add(5, "nonsense");
  const auto all = one.list();
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, errc::malformed);
  EXPECT_NE(all.error().context.find("process 5"), std::string::npos);
}

TEST(process_table, a_command_line_is_whole_up_to_its_limit) {
  const stage one;
  std::size_t length = 1;
  for (const std::size_t size :
       {std::size_t{4095}, std::size_t{4096}, std::size_t{4097}, std::size_t{100'000}, command_line_limit,
        command_line_limit + 1, std::size_t{1'000'000}}) {
    one.add(5, stat_of(5, "long"), std::string(size, 'x'));
    length = std::min(size, command_line_limit);
    const auto all = one.list();
    ASSERT_TRUE(all) << all.error().message();
    ASSERT_EQ(all->front().command_line.size(), 1U);
    EXPECT_EQ(all->front().command_line.front(), std::string(length, 'x')) << size;
  }
}

TEST(process_table, without_descriptors_there_is_an_error_and_no_short_list) {
  const auto what = test::in_another_process([] {
    auto table = process_table::open();
    if (!table) return 1;
    const rlimit few{8, 8};
    unique_fd taken[8];
    if (setrlimit(RLIMIT_NOFILE, &few) != 0) return 2;
    for (auto& one : taken) one.reset(dup(STDERR_FILENO));
    for (std::size_t free = 0; free < 3; ++free) {  // for the list, for a process, for one of its files
      const auto all = table->list();
      if (all || all.error().code != errc::exhausted) return 3 + static_cast<int>(free);
      for (auto& one : taken)
        if (one) {
          one.reset();
          break;
        }
    }
    return table->list() ? 0 : 9;
  });
  EXPECT_EQ(what, 0);
}

}  // namespace troupe::spawn::internal::process_table_test
