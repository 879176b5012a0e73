#include "looking.hpp"

#include <troupe/spawn/processes.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <unordered_set>

namespace troupe::spawn::processes_test {

using test::comes_true;
using test::pose;
using test::poser;

namespace {

process_info at(pid_t id) {
  const auto info = inspect(id);
  EXPECT_TRUE(info) << info.error().message();
  return info.value_or(process_info{});
}

std::optional<process_info> in_list(pid_t id) {
  const auto all = list_processes();
  EXPECT_TRUE(all) << all.error().message();
  for (const auto& one : *all)
    if (one.key.id == id) return one;
  return std::nullopt;
}

process_info made_up(pid_t id, std::uint64_t started, pid_t parent) {
  process_info info;
  info.key = {id, started};
  info.parent = parent;
  info.state = process_state::sleeping;
  info.threads = 1;
  return info;
}

std::vector<pid_t> ids_of(const std::vector<process_info>& some) {
  std::vector<pid_t> ids;
  for (const auto& one : some) ids.push_back(one.key.id);
  return ids;
}

using ids = std::vector<pid_t>;

}  // namespace

TEST(processes, this_process_is_listed_with_what_it_knows_of_itself) {
  const auto self = in_list(getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, getppid());
  EXPECT_EQ(self->group, getpgrp());
  EXPECT_EQ(self->session, getsid(0));
  EXPECT_EQ(self->uid, geteuid());
  EXPECT_EQ(self->state, process_state::running);
  EXPECT_EQ(self->name, "spawn_test");
  EXPECT_GE(self->threads, 1U);
  EXPECT_GE(self->virtual_bytes, self->resident_bytes);
  EXPECT_GT(self->resident_bytes, std::size_t{1} << 20);
}

TEST(processes, a_child_is_listed_with_its_command_line_byte_for_byte) {
  poser one = pose({"stay", "two words", "", "\xff\xfe\x80", "line\nbreak", ""});
  const auto listed = in_list(one.id());
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->command_line, (std::vector<std::string>{POSING_CHILD, "stay", "two words", "",
                                                            "\xff\xfe\x80", "line\nbreak", ""}));
  EXPECT_EQ(listed->parent, getpid());
  EXPECT_EQ(listed->group, one.id());
  EXPECT_EQ(listed->session, getsid(0));
  EXPECT_EQ(listed->threads, 1U);
  EXPECT_EQ(listed->key, one.key());
  EXPECT_TRUE(comes_true([&] { return at(one.id()).state == process_state::sleeping; }));
}

TEST(processes, a_long_command_line_is_cut_at_the_limit) {
  std::vector<std::string> task = {"stay"};
  for (int i = 0; i < 4; ++i) task.push_back(std::string(50'000, 'x'));
  poser one = pose(task);
  std::size_t bytes = 0;
  for (const auto& argument : at(one.id()).command_line) bytes += argument.size() + 1;
  EXPECT_EQ(bytes, command_line_limit + 1);  // the last one has no end
}

TEST(processes, a_name_that_imitates_the_file_is_read_as_a_name) {
  for (const auto* name : {") Z 1 (", ") R 1 2 3", "a b", "", "(", ")", "x\ny", "\xff"}) {
    poser one = pose({"named", name});
    const process_info info = at(one.id());
    EXPECT_EQ(info.name, name);
    EXPECT_EQ(info.parent, getpid());
    EXPECT_NE(info.state, process_state::zombie);
  }
}

TEST(processes, a_stopped_child_is_stopped_and_then_goes_on) {
  poser one = pose({"stay"});
  ASSERT_TRUE(one.process.signal(SIGSTOP));
  EXPECT_TRUE(comes_true([&] { return at(one.id()).state == process_state::stopped; }));
  ASSERT_TRUE(one.process.signal(SIGCONT));
  EXPECT_TRUE(comes_true([&] { return at(one.id()).state == process_state::sleeping; }));
}

TEST(processes, a_zombie_is_one_without_command_line_and_memory) {
  poser one = pose({"stay"});
  one.process.kill();
  ASSERT_TRUE(test::becomes_readable(one.process.pidfd()));
  const auto zombie = in_list(one.id());
  ASSERT_TRUE(zombie);
  EXPECT_EQ(zombie->state, process_state::zombie);
  EXPECT_TRUE(zombie->command_line.empty());
  EXPECT_EQ(zombie->resident_bytes, 0U);
  EXPECT_EQ(zombie->name, "posing_child");
  EXPECT_EQ(zombie->parent, getpid());
  one.process.wait();
  EXPECT_EQ(in_list(one.id()), std::nullopt);
}

TEST(processes, the_user_is_the_effective_one) {
  const uid_t user = geteuid() == 0 ? test::another_user : geteuid();
  EXPECT_EQ(at(pose({"user", std::to_string(user)}).id()).uid, user);
}

TEST(processes, memory_grows_by_what_is_touched) {
  constexpr std::size_t touched = 64, slack = 4;  // MiB
  poser one = pose({"grow"});
  const process_info before = at(one.id());
  ASSERT_TRUE(write_all(one.in.get(), as_bytes_view(std::to_string(touched) + "\n")));
  ASSERT_EQ(test::read_line(one.out.get()), "grown");
  const process_info after = at(one.id());
  EXPECT_GE(after.resident_bytes, before.resident_bytes + ((touched - slack) << 20));
  EXPECT_LE(after.resident_bytes, before.resident_bytes + ((touched + slack) << 20));
  EXPECT_GE(after.virtual_bytes, before.virtual_bytes + (touched << 20));
}

TEST(processes, processor_time_of_a_busy_one_grows) {
  poser one = pose({"spin"});
  const auto before = at(one.id()).user_time;
  EXPECT_TRUE(comes_true([&] { return at(one.id()).user_time >= before + milliseconds(50); }));
  EXPECT_LE(at(one.id()).user_time, at(one.id()).age);
}

TEST(processes, the_start_is_between_before_and_after_the_spawning) {
  constexpr auto tick = milliseconds(10),
                 step = milliseconds(10);  // the step of a wall clock that is adjusted
  const auto before = std::chrono::system_clock::now();
  poser one = pose({"stay"});
  const auto after = std::chrono::system_clock::now();
  const process_info info = at(one.id());
  EXPECT_GE(info.started_at, before - tick - step);
  EXPECT_LE(info.started_at, after + step);
  EXPECT_GE(info.age, nanoseconds(0));
  EXPECT_GE(at(one.id()).age, info.age);
  EXPECT_LE(info.age, std::chrono::system_clock::now() - before + tick + step);
}

TEST(processes, a_key_names_the_same_process_each_time_and_no_other) {
  poser one = pose({"stay"}), other = pose({"stay"});
  EXPECT_EQ(one.key(), one.key());
  EXPECT_NE(one.key(), other.key());
  EXPECT_LE(one.key().started, other.key().started);
  const std::unordered_set<process_key> keys = {one.key(), one.key(), other.key(), {one.id(), 1}};
  EXPECT_EQ(keys.size(), 3U);
}

TEST(processes, who_does_not_exist_is_not_found) {
  poser one = pose({"stay"});
  one.process.kill();
  one.process.wait();
  const auto gone = inspect(one.id());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, errc::not_found);
  EXPECT_TRUE(gone.error().context.starts_with("look at process " + std::to_string(one.id())));
  EXPECT_EQ(tree_below(one.id()).error().code, errc::not_found);
  for (const pid_t id : {0, -1}) EXPECT_EQ(inspect(id).error().code, errc::invalid_argument);
}

TEST(processes, the_number_of_a_thread_is_not_found) {
  std::thread([] {
    const auto none = inspect(static_cast<pid_t>(syscall(SYS_gettid)));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, errc::not_found);
    EXPECT_EQ(none.error().os_errno, ESRCH);  // whichever the kernel gave
  }).join();
}

TEST(processes, the_tree_has_parents_before_children_and_nobody_else) {
  poser one = pose({"nest", "3"}, "");
  poser stranger = pose({"stay"});
  ids family;
  for (int i = 0; i < 4; ++i) family.push_back(std::stoi(test::read_line(one.out.get())));
  ASSERT_EQ(family.front(), one.id());
  const auto tree = tree_below(one.id());
  ASSERT_TRUE(tree) << tree.error().message();
  EXPECT_EQ(ids_of(*tree), ids(family.begin() + 1, family.end()));
  EXPECT_EQ(ids_of(*tree_below(one.key())), ids_of(*tree));
  EXPECT_EQ(tree_below({one.id(), one.key().started + 1}).error().code, errc::not_found);

  const auto ours = ids_of(*tree_below(getpid()));
  for (const pid_t id : family) EXPECT_EQ(std::count(ours.begin(), ours.end(), id), 1);
  EXPECT_EQ(std::count(ours.begin(), ours.end(), stranger.id()), 1);
  EXPECT_EQ(std::count(ours.begin(), ours.end(), getpid()), 0);
}

TEST(processes, one_whose_first_thread_has_ended_is_still_in_the_tree) {
  poser one = pose({"end-first-thread"});
  ASSERT_TRUE(comes_true([&] { return at(one.id()).state == process_state::zombie; }));
  EXPECT_GT(at(one.id()).threads, 1U);
  const auto tree = ids_of(*tree_below(getpid()));
  EXPECT_EQ(std::count(tree.begin(), tree.end(), one.id()), 1);
  one.process.kill();
  ASSERT_TRUE(test::becomes_readable(one.process.pidfd()));
  const auto later = ids_of(*tree_below(getpid()));
  EXPECT_EQ(std::count(later.begin(), later.end(), one.id()), 0);
}

TEST(processes, a_tree_from_a_list_goes_by_generations) {
  const std::vector<process_info> all = {made_up(1, 0, 0),   made_up(2, 0, 0),   made_up(10, 5, 1),
                                         made_up(11, 6, 1),  made_up(12, 7, 10), made_up(13, 7, 11),
                                         made_up(14, 8, 13), made_up(20, 9, 2)};
  EXPECT_EQ(ids_of(tree_below({1, 0}, all)), (ids{10, 11, 12, 13, 14}));
  EXPECT_EQ(ids_of(tree_below({11, 6}, all)), (ids{13, 14}));
  EXPECT_EQ(ids_of(tree_below({14, 8}, all)), ids{});
}

TEST(processes, a_tree_needs_its_root_in_the_list) {
  const std::vector<process_info> all = {made_up(1, 5, 0), made_up(2, 6, 1)};
  EXPECT_TRUE(tree_below({1, 4}, all).empty());
  EXPECT_TRUE(tree_below({3, 5}, all).empty());
  EXPECT_TRUE(tree_below({1, 5}, {}).empty());
}

TEST(processes, a_parent_younger_than_its_child_is_a_stranger) {
  const std::vector<process_info> all = {made_up(1, 0, 0), made_up(5, 50, 1), made_up(6, 20, 5),
                                         made_up(7, 50, 5)};
  EXPECT_EQ(ids_of(tree_below({1, 0}, all)), (ids{5, 7}));
  EXPECT_EQ(ids_of(tree_below({5, 50}, all)), ids{7});
}

TEST(processes, a_list_with_loops_has_an_end) {
  const std::vector<process_info> all = {made_up(1, 9, 3), made_up(2, 9, 1), made_up(3, 9, 2),
                                         made_up(4, 9, 4), made_up(5, 9, 4)};
  EXPECT_EQ(ids_of(tree_below({1, 9}, all)), (ids{2, 3}));
  EXPECT_EQ(ids_of(tree_below({4, 9}, all)), ids{5});
}

TEST(processes, the_dead_are_left_out_of_the_tree_but_not_what_is_below_them) {
  std::vector<process_info> all = {made_up(1, 0, 0), made_up(2, 1, 1), made_up(3, 2, 2), made_up(4, 3, 1)};
  all[1].state = process_state::zombie;
  all[3].state = process_state::dead;
  EXPECT_EQ(ids_of(tree_below({1, 0}, all)), ids{3});
}

}  // namespace troupe::spawn::processes_test
