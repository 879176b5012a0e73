#include "support.hpp"

#include <troupe/spawn/spawner.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

namespace troupe::spawn::spawner_test {

using test::event_box;

namespace {

std::unique_ptr<spawner> start_spawner(capture_limits limits = {}) {
  auto made = spawner::start(limits);
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

command reporting(std::vector<std::string> task) {
  command what(REPORT_CHILD);
  what.args(std::move(task));
  return what;
}

/// Launches, with the exit put into `ends`.
supervised_child launch(spawner& crew, std::vector<std::string> task, event_box<exit_report>& ends) {
  command what = reporting(std::move(task));
  what.stdout_to(stdio::null());
  auto made = crew.launch(std::move(what), {.on_exit = [&](const exit_report& report) { ends.put(report); }});
  EXPECT_TRUE(made) << made.error().message();
  return *made;
}

}  // namespace

TEST(spawner, an_exit_is_reported_once) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  const auto one = launch(*crew, {"exit", "3"}, ends);
  EXPECT_GT(one.id(), 0);
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  EXPECT_TRUE(one.has_ended());
  EXPECT_EQ(ends.wait_for(1)[0].status, exit_status::exited{3});
}

TEST(spawner, a_program_that_cannot_start_is_an_error_of_launch) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  const auto made =
      crew->launch(command("/nowhere/x"), {.on_exit = [&](const exit_report& report) { ends.put(report); }});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::not_found);
  launch(*crew, {"exit", "0"}, ends);
  EXPECT_EQ(ends.wait_for(1).size(), 1U);
}

TEST(spawner, lines_of_both_streams_arrive_before_the_exit) {
  event_box<std::string> events;
  const auto crew = start_spawner();
  const auto say = [&events](const std::string& what) {
    return [&events, what](std::string_view line) { events.put(what + std::string(line)); };
  };
  child_handlers handlers{.on_exit = [&](const exit_report& report) { events.put(report.status.describe()); },
                          .on_stdout_line = say("out: "),
                          .on_stderr_line = say("err: ")};
  ASSERT_TRUE(crew->launch(reporting({"say", "one\ntwo\nlast", "oops\n"}), std::move(handlers)));
  auto seen = events.wait_for(5);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen.back(), "exited with code 0");
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end() - 1),
            (std::set<std::string>{"out: one", "out: two", "out: last", "err: oops"}));
}

TEST(spawner, a_long_line_is_cut_and_says_so) {
  event_box<std::string> lines;
  const auto crew = start_spawner({.line = 10});
  child_handlers handlers{.on_stdout_line = [&](std::string_view line) { lines.put(std::string(line)); }};
  ASSERT_TRUE(crew->launch(reporting({"say", "0123456789abcde\nnext\n"}), std::move(handlers)));
  EXPECT_EQ(lines.wait_for(2), (std::vector<std::string>{"0123456789 [cut: 5 bytes more]", "next"}));
}

TEST(spawner, a_flood_on_stderr_arrives_whole_and_its_tail_is_in_the_report) {
  constexpr std::size_t flooded = 100'000;
  event_box<exit_report> ends;
  std::atomic<std::size_t> lines{0};
  const auto crew = start_spawner({.stderr_tail = 3});
  child_handlers handlers{.on_exit = [&](const exit_report& report) { ends.put(report); },
                          .on_stderr_line = [&](std::string_view) { ++lines; }};
  ASSERT_TRUE(crew->launch(reporting({"flood", std::to_string(flooded)}), std::move(handlers)));
  const auto seen = ends.wait_for(1);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(lines, flooded);
  EXPECT_EQ(seen[0].stderr_tail, std::vector<std::string>(3, std::string(99, 'x')));
}

TEST(spawner, a_grandchild_that_holds_the_pipe_does_not_hold_back_the_exit) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  event_box<std::string> lines;
  event_box<exit_report> ends;
  {
    const auto crew = start_spawner({.drain = milliseconds(20)});
    child_handlers handlers{.on_exit = [&](const exit_report& report) { ends.put(report); },
                            .on_stdout_line = [&](std::string_view line) { lines.put(std::string(line)); }};
    ASSERT_TRUE(crew->launch(reporting({"leave", "elsewhere"}), std::move(handlers)));
    ASSERT_EQ(ends.wait_for(1).size(), 1U);
  }
  ASSERT_EQ(lines.wait_for(1).size(), 1U);
  const pid_t grandchild = std::stoi(lines.wait_for(1)[0]);
  EXPECT_EQ(::kill(grandchild, SIGKILL), 0);
  EXPECT_EQ(test::reap_inherited(grandchild), SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(spawner, children_belong_to_a_session_of_their_own) {
  event_box<std::string> lines;
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  child_handlers handlers{.on_exit = [&](const exit_report& report) { ends.put(report); },
                          .on_stdout_line = [&](std::string_view line) { lines.put(std::string(line)); }};
  const auto one = crew->launch(reporting({"report"}), std::move(handlers));
  ASSERT_TRUE(one);
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  std::string text;
  for (const auto& line : lines.wait_for(0)) text += line + "\n";
  const auto report = test::parse_report(text);
  EXPECT_EQ(test::value(report, "sid"), std::to_string(one->id()));
  EXPECT_EQ(test::value(report, "SigBlk:"), "0000000000000000");
  EXPECT_EQ(test::value(report, "ppid"), std::to_string(getpid()));
}

TEST(spawner, stop_is_a_signal_for_those_who_listen) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  const auto one = launch(*crew, {"wait"}, ends);
  one.stop(SIGTERM, test::watchdog * 2);
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  EXPECT_EQ(ends.wait_for(1)[0].status.signal(), SIGTERM);
}

TEST(spawner, stop_is_a_kill_for_those_who_do_not) {
  event_box<std::string> ready;
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  child_handlers handlers{.on_exit = [&](const exit_report& report) { ends.put(report); },
                          .on_stdout_line = [&](std::string_view line) { ready.put(std::string(line)); }};
  const auto one = crew->launch(reporting({"ignore", std::to_string(SIGTERM)}), std::move(handlers));
  ASSERT_TRUE(one);
  ASSERT_EQ(ready.wait_for(1).size(), 1U);
  one->stop(SIGTERM, milliseconds(10));
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  EXPECT_EQ(ends.wait_for(1)[0].status.signal(), SIGKILL);
}

TEST(spawner, a_handle_is_harmless_after_the_death_and_after_the_spawner) {
  event_box<exit_report> ends;
  auto crew = start_spawner();
  const auto one = launch(*crew, {"exit", "0"}, ends);
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  crew.reset();
  one.kill();
  one.kill_group();
  one.stop(SIGTERM, milliseconds(1));
  EXPECT_EQ(one.signal(SIGTERM).error().code, errc::not_found);
}

TEST(spawner, destroying_it_kills_reaps_and_reports_every_child) {
  event_box<exit_report> ends;
  {
    const auto crew = start_spawner();
    for (int i = 0; i < 10; ++i) launch(*crew, {"wait"}, ends);
  }
  const auto seen = ends.wait_for(10);
  ASSERT_EQ(seen.size(), 10U);
  for (const auto& report : seen) EXPECT_EQ(report.status.signal(), SIGKILL);
  EXPECT_EQ(test::count_zombies(), 0U);
}

TEST(spawner, a_handler_may_launch_the_successor) {
  event_box<exit_report> ends;
  int generation = 0;
  std::function<void(const exit_report&)> restart;
  const auto crew = start_spawner();  // goes before what its thread uses
  restart = [&](const exit_report& report) {
    ends.put(report);
    if (++generation == 5) return;
    EXPECT_TRUE(crew->launch(reporting({"exit", std::to_string(generation)}), {.on_exit = restart}));
  };
  ASSERT_TRUE(crew->launch(reporting({"exit", "0"}), {.on_exit = restart}));
  const auto seen = ends.wait_for(5);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[4].status.code(), 4);
}

TEST(spawner, nothing_is_launched_while_it_is_being_destroyed) {
  event_box<result<supervised_child>> outcomes;
  event_box<exit_report> ends;
  auto crew = start_spawner();
  spawner& same = *crew;
  child_handlers handlers{.on_exit = [&](const exit_report&) {
    outcomes.put(same.launch(reporting({"exit", "0"})));
  }};
  command what = reporting({"wait"});
  what.stdout_to(stdio::null());
  ASSERT_TRUE(crew->launch(std::move(what), std::move(handlers)));
  crew.reset();
  ASSERT_EQ(outcomes.wait_for(1).size(), 1U);
  EXPECT_EQ(outcomes.wait_for(1)[0].error().code, errc::closed);
}

TEST(spawner, every_launch_from_elsewhere_is_answered_when_it_is_being_destroyed) {
  for (int round = 0; round < test::rounds(100); ++round) {
    auto crew = start_spawner();
    spawner& same = *crew;
    std::atomic<int> begun{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        command what = reporting({"wait"});
        what.stdout_to(stdio::null());
        ++begun;
        const auto made = same.launch(std::move(what));
        wrong += !made && made.error().code != errc::closed;
      });
    while (begun < 3) std::this_thread::yield();
    same.events().post(
        [&] { same.events().stop(); });  // what its destructor does, with the handle still valid
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

TEST(spawner, stopping_its_loop_ends_its_children_and_tells_of_them) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  launch(*crew, {"wait"}, ends);
  crew->events().post([&] { crew->events().stop(); });
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  EXPECT_EQ(ends.wait_for(1)[0].status.signal(), SIGKILL);
  EXPECT_EQ(crew->launch(reporting({"exit", "0"})).error().code, errc::closed);
}

TEST(spawner, four_threads_may_launch_at_once) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) launch(*crew, {"exit", "0"}, ends);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ends.wait_for(80).size(), 80U);
}

TEST(spawner, the_thread_that_asked_may_end_and_the_child_lives_on) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  std::optional<supervised_child> one;
  std::thread([&] { one = launch(*crew, {"wait"}, ends); }).join();
  EXPECT_FALSE(one->has_ended());
  EXPECT_TRUE(one->signal(SIGUSR1));
  ASSERT_EQ(ends.wait_for(1).size(), 1U);
  EXPECT_EQ(ends.wait_for(1)[0].status.signal(), SIGUSR1);
}

TEST(spawner, piped_streams_without_a_handler_are_the_callers) {
  event_box<exit_report> ends;
  const auto crew = start_spawner();
  command what = reporting({"cat"});
  what.stdin_from(stdio::piped()).stdout_to(stdio::piped());
  const auto one =
      crew->launch(std::move(what), {.on_exit = [&](const exit_report& report) { ends.put(report); }});
  ASSERT_TRUE(one);
  auto in = one->take_stdin();
  const auto out = one->take_stdout();
  ASSERT_TRUE(write_all(in.get(), as_bytes_view("there and back")));
  in.reset();
  EXPECT_EQ(test::read_to_end(out.get()), "there and back");
  EXPECT_EQ(ends.wait_for(1).size(), 1U);
}

TEST(spawner, ten_thousand_children_that_die_at_the_same_moment_are_all_reported) {
  rlimit open_files{};
  getrlimit(RLIMIT_NOFILE, &open_files);
  const rlimit before = open_files;
  open_files.rlim_cur = open_files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &open_files);
  // A pidfd each.
  const auto count =
      std::min<std::size_t>(static_cast<std::size_t>(test::rounds(10'000)), open_files.rlim_cur - 100);
  {
    event_box<exit_report> ends;
    event_box<std::size_t> launched;
    auto gate = make_pipe();
    ASSERT_TRUE(gate);
    const auto crew = start_spawner();
    // On its own thread, which spares twenty thousand hand-overs.
    crew->events().post([&] {
      std::size_t done = 0;
      for (; done < count; ++done) {
        command what(GATE_CHILD);
        what.stdin_from(stdio::borrowed(gate->read_end.get()));
        const auto made =
            crew->launch(std::move(what), {.on_exit = [&](const exit_report& report) { ends.put(report); }});
        EXPECT_TRUE(made) << made.error().message();
        if (!made) break;
      }
      launched.put(done);
    });
    ASSERT_EQ(launched.wait_for(1, test::watchdog * 5).at(0), count);
    gate->write_end.reset();
    const auto seen = ends.wait_for(count);
    ASSERT_EQ(seen.size(), count);
    for (const auto& report : seen) ASSERT_EQ(report.status, exit_status::exited{0});
    EXPECT_EQ(test::count_zombies(), 0U);
  }
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(spawner, its_children_die_with_a_parent_that_is_sigkilled) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto middle = command(SPAWNING_CHILD).arg("supervise").stdout_to(stdio::piped()).spawn();
  ASSERT_TRUE(middle);
  const auto out = middle->take_stdout();
  const pid_t orphan = std::stoi(test::read_line(out.get()));
  middle->kill();
  middle->wait();
  EXPECT_EQ(test::reap_inherited(orphan), SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0) continue;  // its warden
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(spawner, its_loop_serves_the_owner_too) {
  event_box<bool> seen;
  const auto crew = start_spawner();
  loop& events = crew->events();
  events.post([&] { events.after(milliseconds(1), [&] { seen.put(events.on_loop_thread()); }); });
  EXPECT_EQ(seen.wait_for(1), std::vector<bool>{true});
}

}  // namespace troupe::spawn::spawner_test
