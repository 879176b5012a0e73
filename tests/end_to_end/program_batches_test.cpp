// External programs that get a batch at once, from a source and from another stage.
#include "program_scene.hpp"

#include <filesystem>

namespace troupe::end_to_end::program_batches_test {
namespace {

class program_batches : public program_scene {};

TEST_F(program_batches, per_batch_gets_a_batch_on_standard_input) {
  write_numbers(100);
  const auto done =
      run_file(std::string("[stage.a]\nmode = 'per_batch'\nbatch = { size = 10 }\nsuccess = [0, 1]\n"
                           "command = ['grep', '5']\nworkers = 2\n") +
               from_lines);
  EXPECT_EQ(done.status.code(), 0) << done.err;
  std::vector<std::string> expected;
  for (int i = 1; i <= 100; ++i)
    if (std::to_string(i).find('5') != std::string::npos) expected.push_back(std::to_string(i));
  EXPECT_TRUE(same_lines(out_lines(), expected));
}

TEST_F(program_batches, per_batch_that_fails_gives_nothing_and_its_items_are_tried_one_by_one) {
  write_numbers(30);
  const auto done = run_file(std::string("[stage.a]\nmode = 'per_batch'\nbatch = { size = 10 }\n"
                                         "command = ['awk', '{{ print; if ($1 == 15) exit 3 }}']\n") +
                             from_lines);
  EXPECT_EQ(done.status.code(), 4) << done.err;
  std::vector<std::string> expected;
  for (int i = 1; i <= 30; ++i)
    if (i != 15) expected.push_back(std::to_string(i));
  EXPECT_TRUE(same_lines(out_lines(), expected));  // nothing of the failed batch, and nothing twice
  EXPECT_TRUE(holds_text(evidence(), "exited with code 3"));
}

TEST_F(program_batches, per_batch_takes_items_of_another_stage_in_batches) {
  write_numbers(25);
  const auto done = run_file(R"(
[stage.each]
from    = { files = "in.txt", split = "lines" }
command = ["echo", "{input}"]
stdout  = "lines"
workers = 2
[stage.count]
from    = "each"
command = ["wc", "-l"]
mode    = "per_batch"
batch   = { size = 10, wait = "1h" }
to      = { file = "out.txt", format = "lines" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(out_lines(), (std::vector<std::string>{"10", "10", "5"}));
}

TEST_F(program_batches, batch_of_another_stage_that_fails_is_tried_item_by_item) {
  write_numbers(12);
  const auto done = run_file(R"(
[stage.each]
from    = { files = "in.txt", split = "lines" }
command = ["echo", "{input}"]
stdout  = "lines"
[stage.all]
from    = "each"
command = ["awk", "{{ if ($1 == 7) exit 3; print }}"]
mode    = "per_batch"
batch   = { size = 100, wait = "1h" }
to      = { file = "out.txt", format = "lines" }
)");
  EXPECT_EQ(done.status.code(), 4) << done.err;
  std::vector<std::string> expected;
  for (int i = 1; i <= 12; ++i)
    if (i != 7) expected.push_back(std::to_string(i));
  EXPECT_TRUE(same_lines(out_lines(), expected));
  EXPECT_EQ(summary(done.err, "quarantined"), 1U) << done.err;
}

TEST_F(program_batches, batch_of_another_stage_does_not_wait_longer_than_it_may) {
  home.write("play.toml", R"(
[stage.each]
from    = { stdin = true }
command = ["echo", "{input}"]
stdout  = "lines"
[stage.all]
from    = "each"
command = ["cat"]
mode    = "per_batch"
batch   = { size = 1000, wait = "10ms" }
to      = { file = "-", format = "lines" }
)");
  program running(home, {"run", "play.toml"}, {.in = stream::ours});
  ASSERT_TRUE(running.feed("a\n"));
  running.wait_for_lines(1);  // while more may come
  running.close_stdin();
  EXPECT_EQ(running.wait().status.code(), 0);
}

TEST_F(program_batches, in_three_modes_after_each_other_join_as_the_design_has_it) {
  std::filesystem::create_directory(home.path("photos"));
  for (int i = 0; i < 6; ++i)
    home.write("photos/p" + std::to_string(i) + ".jpg", i % 2 == 0 ? "a cat" : "a dog");
  home.write("caption.py", R"(
import json, sys
for text in sys.stdin:
    path = json.loads(text)["path"]
    print(json.dumps({"path": path, "caption": open(path).read().strip()}))
)");
  const auto done = run_file(R"(
[stage.thumb]
from    = { files = "photos/*.jpg" }
command = ["cp", "{input}", "{output}"]
output  = "thumbs/{stem}.jpg"
[stage.caption]
from    = "thumb"
command = ["python3", "-u", "caption.py"]
mode    = "persistent"
stdin   = "jsonl"
stdout  = "jsonl"
workers = 2
[stage.cats]
from    = "caption"
command = ["grep", "-i", "cat"]
mode    = "per_batch"
batch   = { size = 1000, wait = "1s" }
success = [0, 1]
to      = { file = "out.txt" }
)");
  EXPECT_EQ(done.status.code(), 0) << done.err;
  std::vector<std::string> expected;
  for (const auto* n : {"0", "2", "4"})
    expected.push_back(std::string(R"({"path": "thumbs/p)") + n + R"(.jpg", "caption": "a cat"})");
  EXPECT_TRUE(same_lines(out_lines(), expected));
}

}  // namespace
}  // namespace troupe::end_to_end::program_batches_test
