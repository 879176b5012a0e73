// External programs that stay up and answer item by item.
#include "program_scene.hpp"

namespace troupe::end_to_end::persistent_programs_test {
namespace {

class persistent_programs : public program_scene {};

TEST_F(persistent_programs, persistent_answers_item_by_item_with_none_one_or_many) {
  write_numbers(9);
  home.write("filter.py", R"(
import json, sys
for text in sys.stdin:
    number = int(json.loads(text)["text"])
    if number % 3 == 0: answer = None
    elif number % 3 == 1: answer = {"n": number}
    else: answer = [number, -number]
    print(json.dumps(answer), flush=True)
)");
  const auto done = run_file(R"(
[stage.a]
from    = { files = "in.txt" }
command = ["python3", "filter.py"]
mode    = "persistent"
stdin   = "jsonl"
workers = 2
to      = { file = "out.txt" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(
      same_lines(out_lines(), {"{\"n\": 1}", "2", "-2", "{\"n\": 4}", "5", "-5", "{\"n\": 7}", "8", "-8"}));
}

TEST_F(persistent_programs, persistent_may_say_that_one_item_failed) {
  write_numbers(5);
  home.write("filter.py", R"(
import json, sys
for text in sys.stdin:
    number = int(text)
    print(json.dumps({"troupe": {"error": "no face in it"}} if number == 3 else number), flush=True)
)");
  const auto done = run_file(R"(
[stage.a]
from    = { files = "in.txt" }
command = ["python3", "filter.py"]
mode    = "persistent"
stdin   = "lines"
stdout  = "jsonl"
to      = { file = "out.txt" }
)");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(same_lines(out_lines(), {"1", "2", "4", "5"}));
  EXPECT_TRUE(holds_text(evidence(), "no face in it"));
  EXPECT_EQ(summary(done.err, "restarts"), 0U);
}

TEST_F(persistent_programs, persistent_that_dies_is_started_again_and_only_its_item_is_charged) {
  write_numbers(40);
  const auto done = run_file(std::string(R"(
[stage.a]
command = ["sh", "-c", "while read n; do if [ $n = 13 ]; then kill -SEGV $$; fi; echo $n; done"]
mode    = "persistent"
workers = 2
batch   = { size = 10 }
)") + from_lines);
  EXPECT_EQ(done.status.code(), 4) << done.err;
  std::vector<std::string> expected;
  for (int i = 1; i <= 40; ++i)
    if (i != 13) expected.push_back(std::to_string(i));
  EXPECT_TRUE(same_lines(out_lines(), expected));
  EXPECT_TRUE(holds_text(evidence(), "killed by SIGSEGV before it had answered"));
  EXPECT_TRUE(holds_text(evidence(), "\"attempts\":3"));
  EXPECT_EQ(summary(done.err, "restarts"), 0U) << done.err;  // the worker lives
}

TEST_F(persistent_programs, persistent_that_ends_between_items_is_started_again_and_nobody_is_charged) {
  home.write("play.toml", R"(
[stage.a]
from    = { stdin = true }
command = ["sh", "-c", "read n; echo $n; echo $n >> asked"]
mode    = "persistent"
batch   = { size = 1, wait = "1ms" }
to      = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(running.feed(std::to_string(i) + "\n"));
    running.wait_for_lines(static_cast<std::size_t>(i));
    if (i < 3)
      running.wait_until("it has ended",
                         [&] { return lines_of(home.read("asked")).size() == static_cast<std::size_t>(i); });
  }
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.out, "1\n2\n3\n");
  EXPECT_EQ(done.status.code(), 0) << done.err;
}

TEST_F(persistent_programs, persistent_that_prints_what_is_no_answer_is_stopped_with_the_bytes_shown) {
  write_numbers(1);
  const auto done = run_file(R"(
[stage.a]
from    = { files = "in.txt" }
command = ["sh", "-c", "while read n; do echo loading $n; done"]
mode    = "persistent"
stdin   = "lines"
stdout  = "jsonl"
to      = { file = "out.txt" }
)");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(holds_text(evidence(), "no JSON at column 1"));
  EXPECT_TRUE(holds_text(evidence(), "'loading 1'"));
  EXPECT_TRUE(holds_text(evidence(), "it was stopped"));
}

TEST_F(persistent_programs, persistent_that_speaks_unasked_is_stopped_with_the_bytes_shown) {
  home.write("play.toml", R"(
[stage.a]
from         = { stdin = true }
command      = ["sh", "-c", """
read n; echo $n
until [ -e go ]; do sleep 0.01; done
echo chatter; touch spoken; cat > /dev/null"""]
mode         = "persistent"
batch        = { size = 1, wait = "1ms" }
max_attempts = 1
to           = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  ASSERT_TRUE(running.feed("1\n"));
  running.wait_for_lines(1);
  home.write("go", "");
  running.wait_until("it has spoken", [&] { return home.holds("spoken"); });
  ASSERT_TRUE(running.feed("2\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(done.out, "1\n");
  EXPECT_TRUE(holds_text(evidence(), R"(printed 'chatter\\n' before it was asked; it was stopped)"));
}

TEST_F(persistent_programs, persistent_that_does_not_flush_is_told_so_when_its_time_is_up) {
  write_numbers(1);
  home.write("slow.py", "import sys\nfor line in sys.stdin:\n    print(line.strip())\n");
  const auto done = run_file(std::string(R"(
[stage.a]
command      = ["python3", "slow.py"]
mode         = "persistent"
timeout      = "3s"
max_attempts = 1
)") + from_lines,
                             {.env = {{"PYTHONUNBUFFERED", ""}}});
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(holds_text(evidence(),
                         "ran longer than its timeout of 3s and was killed; its program has read the item "
                         "and answered nothing: does it flush its output? (python3 -u"));
}

TEST_F(persistent_programs, persistent_that_closes_its_output_is_stopped_and_charged) {
  write_numbers(1);
  const auto done = run_file(std::string(R"(
[stage.a]
command      = ["sh", "-c", "exec >&-; cat > /dev/null; sleep 1000"]
mode         = "persistent"
max_attempts = 2
)") + from_lines);
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(holds_text(evidence(), "closed its standard output before it had answered; it was stopped"));
}

TEST_F(persistent_programs, persistent_that_does_not_read_is_told_so_when_its_time_is_up) {
  write_numbers(1);
  const auto done = run_file(std::string(R"(
[stage.a]
command      = ["sleep", "1000"]
mode         = "persistent"
timeout      = "300ms"
max_attempts = 1
)") + from_lines);
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_TRUE(holds_text(evidence(), "its program has not read all of the item"));
}

TEST_F(persistent_programs, persistent_pumps_blocks_that_are_larger_than_its_pipes) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "line number " + std::to_string(i) + '\n';
  home.write("in.txt", text);
  const auto done = run_file(
      std::string("[stage.a]\ncommand = ['cat']\nmode = 'persistent'\nbatch = { bytes = '8MiB' }\n") +
      from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("out.txt"), text);
}

}  // namespace
}  // namespace troupe::end_to_end::persistent_programs_test
