// `each`: a command for every file or line, several at once.
#include "orphanage.hpp"
#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

namespace troupe::end_to_end::each_test {
namespace {

class each : public testing::Test {
 protected:
  ended run_each(std::vector<std::string> words, const std::string& input = {}) {
    words.insert(words.begin(), "each");
    program started(home, std::move(words), {.in = stream::ours});
    EXPECT_TRUE(input.empty() || started.feed(input));
    started.close_stdin();
    return started.wait();
  }
  const folder home;
};

TEST_F(each, runs_the_command_for_every_file_that_matches) {
  for (const auto* name : {"a.txt", "b c.txt", "-d.txt", "e.log"})
    home.write(name, std::string("in ") + name + '\n');
  const auto done = run_each({"*.txt", "-j2", "--", "cat", "{input}"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(done.out), {"in a.txt", "in b c.txt", "in -d.txt"}));
}

TEST_F(each, gives_the_input_as_last_argument_where_the_command_names_none) {
  home.write("a.txt", "one\n");
  const auto done = run_each({"a.txt", "--", "wc", "-c"});
  EXPECT_EQ(done.out, "4 a.txt\n") << done.err;
}

TEST_F(each, never_gives_a_file_that_looks_like_an_option) {
  home.write("-n", "one\n");
  const auto done = run_each({"*", "--", "cat"});
  EXPECT_EQ(done.out, "one\n") << done.err;
}

TEST_F(each, refuses_numbers_that_mean_nothing) {
  EXPECT_NE(run_each({"-", "-j", "-1", "--", "true"}, "a\n").err.find("-j is -1; 1 to "), std::string::npos);
  const auto done = run_each({"-", "--timeout", "0s", "--", "true"}, "a\n");
  EXPECT_EQ(done.status.code(), 255);
  EXPECT_NE(done.err.find("--timeout is 0s; 1ms to "), std::string::npos) << done.err;
}

TEST_F(each, never_mixes_what_two_jobs_print) {
  const auto done =
      run_each({"-", "-j4", "--", "sh", "-c", "for i in 1 2 3 4 5; do echo $0 $i; done", "{input}"},
               "a\nb\nc\nd\ne\nf\ng\nh\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  const auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 40U) << done.out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].front(), lines[i / 5 * 5].front()) << i;
    EXPECT_EQ(lines[i].substr(2), std::to_string(i % 5 + 1));
  }
}

TEST_F(each, keeps_the_order_of_the_inputs_when_asked_to) {
  const auto done =
      run_each({"-", "-j3", "--ordered", "--", "sh", "-c", "test $0 = 1 && sleep 0.2; echo $0", "{input}"},
               "1\n2\n3\n4\n5\n6\n");
  EXPECT_EQ(done.out, "1\n2\n3\n4\n5\n6\n") << done.err;
}

TEST_F(each, tells_with_its_exit_status_how_many_jobs_have_failed) {
  const auto done = run_each({"-", "--", "sh", "-c", "exit $0", "{input}"}, "0\n1\n0\n7\n3\n");
  EXPECT_EQ(done.status.code(), 3) << done.err;
  EXPECT_NE(done.err.find("3 of 5 jobs failed: 2 4 5"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("job 4 exited with code 7: sh -c 'exit $0' 7"), std::string::npos) << done.err;
  std::string many;
  for (int i = 0; i < 120; ++i) many += "1\n";
  EXPECT_EQ(run_each({"-", "-q", "--", "false"}, many).status.code(), 101);
}

TEST_F(each, writes_a_log_with_a_line_per_job) {
  const auto done =
      run_each({"-", "--joblog", "log", "--ordered", "--", "sh", "-c", "exit $0", "{input}"}, "0\n4\n");
  EXPECT_EQ(done.status.code(), 1) << done.err;
  const auto lines = lines_of(home.read("log"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand");
  EXPECT_TRUE(lines[1].starts_with("1\t") && lines[1].ends_with("\t0\t0\tsh -c 'exit $0' 0")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("2\t") && lines[2].ends_with("\t4\t0\tsh -c 'exit $0' 4")) << lines[2];
}

TEST_F(each, kills_what_takes_too_long_and_what_that_has_started) {
  const auto done =
      run_each({"-", "-j1", "--timeout", "300ms", "--", "sh", "-c",
                "echo $$ >> shells; if [ $0 = slow ]; then sleep 1000 & wait; fi; echo done $0", "{input}"},
               "quick\nslow\nlast\n");
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(done.out, "done quick\ndone last\n");
  EXPECT_NE(done.err.find("job 2 ran longer than its timeout of 300ms and was killed"), std::string::npos)
      << done.err;
}

TEST_F(each, tries_again_what_has_failed) {
  const auto done = run_each({"-", "-j1", "--attempts", "3", "--", "sh", "-c",
                              "echo $TROUPE_ATTEMPT >> tries-$0; [ $(wc -l < tries-$0) -ge $0 ]", "{input}"},
                             "1\n3\n4\n");
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(home.read("tries-1"), "1\n");
  EXPECT_EQ(home.read("tries-3"), "1\n2\n3\n");
  EXPECT_EQ(home.read("tries-4"), "1\n2\n3\n");
}

TEST_F(each, survives_a_command_that_is_ended_by_a_signal) {
  const auto done = run_each(
      {"-", "-j1", "--", "sh", "-c", "[ $0 = bad ] && kill -SEGV $$; echo $0", "{input}"}, "bad\ngood\n");
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_EQ(done.out, "good\n");
  EXPECT_NE(done.err.find("job 1 was ended by signal 11"), std::string::npos) << done.err;
}

TEST_F(each, ends_what_a_job_leaves_in_its_group_with_the_job) {
  const orphanage here;
  const auto done = run_each({"-", "--", "sh", "-c", "sleep 1000 & echo $0", "{input}"}, "1\n2\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(done.out), {"1", "2"}));
  EXPECT_EQ(orphanage::bury_all(), 2U);
}

TEST_F(each, leaves_nothing_running_when_it_is_killed) {
  const orphanage here;
  program started(home, {"each", "-", "-j2", "--", "sh", "-c", "sleep 1000 & : > began-$0; wait", "{input}"},
                  {.in = stream::ours});
  ASSERT_TRUE(started.feed("1\n2\n3\n"));
  started.wait_until("two jobs run", [&] { return home.holds("began-1") && home.holds("began-2"); });
  started.signal(SIGKILL);
  EXPECT_EQ(started.wait().status.signal(), SIGKILL);
  EXPECT_EQ(orphanage::bury_all(), 5U) << "two shells, two sleepers and the warden";
  EXPECT_FALSE(home.holds("began-3"));
}

TEST_F(each, stops_all_that_runs_when_nobody_reads_what_it_prints) {
  program started(
      home,
      {"each", "-", "-j2", "--", "sh", "-c",
       ": > began-$0; [ $0 = 2 ] && exec sleep 1000; while ! [ -e go ]; do sleep 0.01; done; echo $0",
       "{input}"},
      {.in = stream::ours, .out = stream::ours});
  ASSERT_TRUE(started.feed("1\n2\n3\n4\n"));
  started.wait_until("two jobs run", [&] { return home.holds("began-1") && home.holds("began-2"); });
  static_cast<void>(started.take_stdout());
  home.write("go", "");
  EXPECT_NE(started.wait().status.code(), 0);
}

TEST_F(each, hears_how_a_job_ends_where_it_was_started_with_sigchld_ignored) {
  program started(home, {"each", "-", "--", "sh", "-c", "exit $0", "{input}"},
                  {.in = stream::ours, .prefix = {"sh", "-c", "trap '' CHLD; exec \"$0\" \"$@\""}});
  ASSERT_TRUE(started.feed("0\n7\n"));
  started.close_stdin();
  const auto done = started.wait();
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("job 2 exited with code 7"), std::string::npos) << done.err;
}

TEST_F(each, lets_no_more_outputs_wait_than_a_few_for_each_job_when_they_are_ordered) {
  std::string many;
  for (int i = 1; i <= 60; ++i) many += std::to_string(i) + '\n';
  const auto done =
      run_each({"-", "-j2", "--ordered", "--", "sh", "-c",
                ": > began-$0; if [ $0 = 1 ]; then while ! [ -e began-18 ]; do sleep 0.01; done; "
                "ls | grep -c began; else ls > /dev/null; fi",
                "{input}"},
               many);
  EXPECT_EQ(done.out, "18\n") << done.err;
  EXPECT_EQ(done.status.code(), 0) << done.err;
}

TEST_F(each, prints_large_outputs_whole) {
  const auto done =
      run_each({"-", "-j2", "--", "sh", "-c", "head -c $0 /dev/zero | tr '\\0' x; echo", "{input}"},
               "20000000\n9000000\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  auto lines = lines_of(done.out);
  ASSERT_EQ(lines.size(), 2U);
  std::ranges::sort(lines, {}, &std::string::size);
  EXPECT_EQ(lines[0].size(), 9'000'000U);
  EXPECT_EQ(lines[1].size(), 20'000'000U);
}

TEST_F(each, takes_a_file_whose_name_looks_like_a_pattern_for_itself) {
  home.write("a[1].txt", "brackets\n");
  home.write("a1.txt", "digit\n");
  home.write("*", "star\n");
  const auto done = run_each({"a[1].txt", "*", "--", "cat", "{input}"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(done.out), {"brackets", "star"}));
}

TEST_F(each, prints_what_jobs_give_when_nobody_takes_their_errors) {
  program started(home, {"each", "-", "-j1", "--", "sh", "-c", "echo bad $0 >&2; echo good $0", "{input}"},
                  {.in = stream::ours, .prefix = {"sh", "-c", "exec \"$0\" \"$@\" 2> /dev/full"}});
  ASSERT_TRUE(started.feed("1\n2\n3\n"));
  started.close_stdin();
  const auto done = started.wait();
  EXPECT_EQ(done.status.code(), 0);
  EXPECT_TRUE(same_lines(lines_of(done.out), {"good 1", "good 2", "good 3"}));
}

TEST_F(each, waits_for_no_child_that_a_job_has_left_and_leaves_none_behind) {
  const auto done = run_each(
      {"-", "-j1", "--", "sh", "-c", "sleep 1000 & echo $! >> strays; echo done $0", "{input}"}, "1\n2\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(lines_of(done.out), {"done 1", "done 2"}));
  const auto strays = lines_of(home.read("strays"));
  ASSERT_EQ(strays.size(), 2U);
  for (const auto& id : strays) {
    const stranger left(std::stoi(id));
    EXPECT_TRUE(left.ends_within(watchdog)) << id;
  }
}

TEST_F(each, does_not_wait_for_the_end_of_its_input) {
  program started(home, {"each", "-", "--", "echo", "{input}"}, {.in = stream::ours});
  ASSERT_TRUE(started.feed("one\n"));
  started.wait_for_lines(1);
  ASSERT_TRUE(started.feed("two\nthree"));
  started.wait_for_lines(2);
  started.close_stdin();
  const auto done = started.wait();
  EXPECT_EQ(done.status.code(), 0);
  EXPECT_EQ(done.out, "one\ntwo\nthree\n");
}

TEST_F(each, shows_its_commands_without_running_them) {
  home.write("a b.txt", "");
  home.write("c.tar.gz", "");
  const auto done = run_each({"*", "--dry-run", "--", "touch", "{stem}.out", "it's {name}"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(done.out, "touch 'a b.out' 'it'\\''s a b.txt'\ntouch c.tar.out 'it'\\''s c.tar.gz'\n");
  EXPECT_FALSE(home.holds("c.tar.out"));
}

TEST_F(each, does_nothing_where_there_is_no_line) {
  const auto done = run_each({"-", "--", "false"});
  EXPECT_EQ(done.status.code(), 0) << done.err;
}

struct refusal {
  std::vector<std::string> words;
  const char* says;
};

TEST_F(each, refuses_what_makes_no_sense_before_it_starts_anything) {
  home.write("a", "");
  for (const auto& [words, says] : std::vector<refusal>{
           {{"a"}, "there is no command: write it behind --"},
           {{"--", "true"}, "there is no input: name files or patterns, or - for lines"},
           {{"*.none", "--", "true"}, "no file matches '*.none'"},
           {{"a", "--", "no-such-program", "{input}"}, "no-such-program"},
           {{"a", "--", "echo", "{imput}"}, "{imput}"},
           {{"a", "--", "echo", "{output}"}, "{output} has a meaning in a file's stage only"},
           {{"a", "--timeout", "soon", "--", "true"}, "--timeout"},
           {{"a", "-j", "5000", "--", "true"}, "1 to 1024"},
           {{"a", "--joblog", "nowhere/log", "--", "true"}, "open the job log 'nowhere/log'"},
       }) {
    const auto done = run_each(words);
    EXPECT_EQ(done.status.code(), 255) << done.err;
    EXPECT_NE(done.err.find(says), std::string::npos) << says << " in:\n" << done.err;
    EXPECT_EQ(done.out, "");
  }
}

}  // namespace
}  // namespace troupe::end_to_end::each_test
