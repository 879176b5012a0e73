#include <troupe/base/clock.hpp>
#include <troupe/base/text.hpp>
#include <troupe/spawn/internal/warden.hpp>
#include <troupe/spawn/spawner.hpp>

#include <tests/spawn/orphans.hpp>
#include <tests/spawn/wardens.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

namespace troupe::spawn::warden_test {

using test::event_box;
using test::orphanage;
using test::own_wardens;

namespace {

/// A program that supervises a family, until its first `lines` lines have been read.
struct family {
  child parent;
  std::vector<std::string> lines;
};

family start_family(const std::string& task, std::size_t lines) {
  auto parent = command(SPAWNING_CHILD).arg(task).stdout_to(stdio::piped()).spawn();
  EXPECT_TRUE(parent) << parent.error().message();
  const auto out = parent->take_stdout();
  family made{std::move(*parent), {}};
  for (std::size_t i = 0; i < lines; ++i) made.lines.push_back(test::read_line(out.get()));
  return made;
}

}  // namespace

TEST(warden, ends_children_and_grandchildren_of_a_parent_that_is_sigkilled) {
  const orphanage here;
  pid_t child_id = 0, grandchild = 0;
  {
    auto [parent, lines] = start_family("supervise-family", 2);
    child_id = std::stoi(lines[0]);
    grandchild = std::stoi(lines[1]);
    parent.kill();
    parent.wait();
  }
  const auto buried = orphanage::bury_all();
  ASSERT_TRUE(buried);
  EXPECT_EQ(buried->at(child_id).signal(), SIGKILL);
  EXPECT_EQ(buried->at(grandchild).signal(), SIGKILL);
  EXPECT_EQ(buried->size(), 3U) << "and the warden itself";
}

TEST(warden, ends_them_also_when_the_parent_exits_without_a_word) {
  const orphanage here;
  {
    auto [parent, lines] = start_family("supervise-family-and-quit", 2);
    EXPECT_EQ(parent.wait().status, exit_status::exited{0});
  }
  ASSERT_TRUE(orphanage::bury_all());
}

TEST(warden, nobody_is_left_whenever_the_parent_is_sigkilled) {
  const orphanage here;
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  // From the first instruction of the parent to the middle of its launches; a round takes about 20 ms.
  std::uniform_int_distribution<std::int64_t> moment(0, 15'000'000);
  steady::duration slowest{};  // printed, not judged: the machine may be busy
  for (int round = 0; round < test::rounds(1000); ++round) {
    {
      auto parent = command(SPAWNING_CHILD).arg("launch-for-ever").spawn();
      ASSERT_TRUE(parent);
      EXPECT_EQ(parent->wait_until(deadline::after(nanoseconds(moment(random)))), std::nullopt);
      parent->kill();
      parent->wait();
    }
    const auto died = steady::now();
    ASSERT_TRUE(orphanage::bury_all()) << "round " << round << ", seed " << seed;
    slowest = std::max(slowest, steady::now() - died);
  }
  std::cout << "the last orphan lived for " << format_duration(slowest) << " at most\n";
}

TEST(warden, a_spawner_that_is_destroyed_takes_its_warden_along) {
  {
    auto crew = spawner::start();
    ASSERT_TRUE(crew);
    EXPECT_EQ(test::own_wardens_at_work().size(), 1U);
  }
  EXPECT_TRUE(own_wardens().empty());
  EXPECT_EQ(test::count_zombies(), 0U);
}

TEST(warden, a_spawner_can_do_without) {
  auto crew = spawner::start({}, guarding::none);
  ASSERT_TRUE(crew);
  EXPECT_TRUE(own_wardens().empty());
  event_box<exit_report> ends;
  ASSERT_TRUE(
      (*crew)->launch(command("true"), {.on_exit = [&](const exit_report& report) { ends.put(report); }}));
  EXPECT_EQ(ends.wait_for(1).size(), 1U);
}

TEST(warden, one_that_is_killed_is_replaced) {
  event_box<std::vector<pid_t>> seen;
  auto crew = spawner::start();
  ASSERT_TRUE(crew);
  const auto first = test::own_wardens_at_work();
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(::kill(first[0], SIGKILL), 0);
  loop& events = (*crew)->events();
  std::function<void()> look = [&] {
    const auto now = own_wardens();
    if (now.size() == 1 && now != first) return seen.put(now);
    events.post(look);
  };
  events.post(look);
  EXPECT_EQ(seen.wait_for(1).size(), 1U);
}

TEST(warden, signals_for_a_whole_terminal_do_not_end_it) {
  auto crew = spawner::start();
  ASSERT_TRUE(crew);
  const auto wardens = test::own_wardens_at_work();
  ASSERT_EQ(wardens.size(), 1U);
  const auto ignored = [id = wardens[0]] {
    std::ifstream status("/proc/" + std::to_string(id) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigIgn:")) return std::stoull(line.substr(8), nullptr, 16);
    return 0ULL;
  };
  const auto until = deadline::after(test::watchdog);
  while (ignored() >> 63 == 0 && !until.passed()) continue;  // it has just begun to run
  const auto mask = ignored();
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1})
    EXPECT_TRUE(mask >> (number - 1) & 1U) << number;
  EXPECT_NE(getsid(wardens[0]), getsid(0));
}

TEST(warden, does_not_touch_a_stranger_that_has_the_number_of_an_old_group) {
  const orphanage here;
  auto stranger = command(REPORT_CHILD).arg("wait").stdout_to(stdio::piped()).new_session().spawn();
  ASSERT_TRUE(stranger);
  const auto out = stranger->take_stdout();
  ASSERT_EQ(test::read_line(out.get()), "ready");
  {
    auto parent =
        command(SPAWNING_CHILD).arg("leave-an-old-entry").arg(std::to_string(stranger->id())).spawn();
    ASSERT_TRUE(parent);
    EXPECT_EQ(parent->wait().status, exit_status::exited{0});
  }
  siginfo_t info{};  // of the warden, our orphan; the stranger is still here
  while (waitid(P_ALL, 0, &info, WEXITED) != 0) ASSERT_EQ(errno, EINTR);
  EXPECT_NE(info.si_pid, stranger->id());
  EXPECT_EQ(stranger->try_wait(), std::nullopt);
}

TEST(warden, entries_are_given_back_and_at_last_refused) {
  auto table = internal::warden_table::create();
  ASSERT_TRUE(table);
  for (std::size_t i = 0; i < internal::warden_entries; ++i) ASSERT_TRUE((*table)->take());
  EXPECT_EQ((*table)->take(), std::nullopt);
  (*table)->give_back(7);
  EXPECT_EQ((*table)->take(), 7U);
}

TEST(warden, an_entry_is_cleared_before_it_is_given_back) {
  auto table = internal::warden_table::create();
  ASSERT_TRUE(table);
  internal::warden_slot slot(*table, *(*table)->take());
  slot.entry()->group = 77;
  slot.clear();
  EXPECT_EQ(slot.entry()->group, 0);
  slot.entry()->group = 78;
  internal::warden_entry* const entry = slot.entry();
  slot = {};
  EXPECT_EQ(entry->group, 0);
  EXPECT_EQ(slot.entry(), nullptr);
}

}  // namespace troupe::spawn::warden_test
