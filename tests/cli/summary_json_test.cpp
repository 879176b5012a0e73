#include "captured.hpp"

#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/summary_json.hpp>

#include <nlohmann/json.hpp>

#include <csignal>
#include <string>
#include <utility>

namespace troupe::cli::summary_json_test {
namespace {

using nlohmann::json;

TEST(summary_json, says_what_a_pipeline_has_done) {
  progress_reading now;
  now.items_read = 12;
  now.items_done = 10;
  now.quarantined = 2;
  now.workers_wanted = 4;
  runtime::outcome how{.kind = runtime::outcome_kind::quarantined};
  how.quarantine_folders = {"quarantine", "b\xff"};
  const auto text = summary_json("p.toml", {1.5, now, 0, {}}, how, 4);
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  const auto read = json::parse(text);
  EXPECT_EQ(read["file"], "p.toml");
  EXPECT_EQ(read["outcome"], "quarantined");
  EXPECT_EQ(read["exit_status"], 4);
  EXPECT_TRUE(read["signal"].is_null());
  EXPECT_EQ(read["seconds"], 1.5);
  EXPECT_EQ(read["pipeline"]["items_read"], 12);
  EXPECT_EQ(read["pipeline"]["items_done"], 10);
  EXPECT_EQ(read["pipeline"]["quarantined"], 2);
  EXPECT_EQ(read["pipeline"]["workers"], 4);
  EXPECT_EQ(read["pipeline"]["quarantine_folders"][1], "b\xef\xbf\xbd") << "what is no UTF-8 is marked";
  EXPECT_FALSE(read.contains("actors"));
}

TEST(summary_json, says_what_actors_have_lost) {
  dead_letter_counts lost;
  lost.full = 3;
  lost.expired = 1;
  const auto read = json::parse(summary_json("p.toml", {2, {}, 5, lost}, {}, 0));
  EXPECT_EQ(read["actors"]["count"], 5);
  EXPECT_EQ(read["actors"]["dead_letters"]["full"], 3);
  EXPECT_EQ(read["actors"]["dead_letters"]["total"], 4);
  EXPECT_FALSE(read.contains("pipeline"));
}

TEST(summary_json, says_who_ended_it_and_what_was_left) {
  runtime::outcome how{.kind = runtime::outcome_kind::interrupted, .signal = SIGINT, .drained = false};
  how.unfinished = {{"parse", 7}};
  const auto read = json::parse(summary_json("p.toml", {1, progress_reading(), 0, {}}, how, 130));
  EXPECT_EQ(read["outcome"], "interrupted");
  EXPECT_EQ(read["signal"], "SIGINT");
  EXPECT_EQ(read["drained"], false);
  EXPECT_EQ(read["pipeline"]["unfinished"], json::parse(R"([{"stage":"parse","items":7}])"));
}

TEST(summary_json, has_a_word_for_every_outcome) {
  using runtime::outcome_kind;
  const std::pair<outcome_kind, std::string> words[] = {
      {outcome_kind::done, "done"},
      {outcome_kind::failed, "failed"},
      {outcome_kind::input_failed, "input_failed"},
      {outcome_kind::output_failed, "output_failed"},
      {outcome_kind::output_reader_gone, "output_reader_gone"}};
  for (const auto& [kind, word] : words)
    EXPECT_EQ(json::parse(summary_json("p", {}, {.kind = kind, .message = "why"}, 1))["outcome"], word);
}

class summary_file_test : public speaking {
 protected:
  /// What it says; "" when it is opened.
  std::string open(const std::string& path, const std::string& sink = "out.jsonl") {
    const auto got = load_plan(
        {.file = file("[stage.measure]\nfrom = { files = \"in.txt\" }\nto = { file = \"" + sink + "\" }\n")},
        stages);
    EXPECT_TRUE(got);
    const auto opened = summary_file::open(path, *got);
    return opened ? std::string() : opened.error().message();
  }
};

TEST_F(summary_file_test, is_emptied_and_written_as_a_whole) {
  home.write("end.json", "something older and longer\n");
  const auto got = load_plan({.file = fine()}, stages);
  ASSERT_TRUE(got);
  const auto opened = summary_file::open(home.path("end.json"), *got);
  ASSERT_TRUE(opened) << opened.error().message();
  ASSERT_TRUE(opened->write("{}\n"));
  EXPECT_EQ(home.read("end.json"), "{}\n");
}

TEST_F(summary_file_test, is_no_file_that_the_run_needs) {
  EXPECT_NE(open(home.path("play.toml")).find("that is the configuration"), std::string::npos);
  EXPECT_NE(open(home.path("in.txt")).find("that is an input of 'measure.from'"), std::string::npos);
  EXPECT_NE(open(home.path("./out.jsonl")).find("that is the output of 'measure.to'"), std::string::npos);
  EXPECT_EQ(home.read("in.txt"), "one\n") << "nothing was emptied";
}

TEST_F(summary_file_test, shares_standard_output_with_no_sink) {
  EXPECT_NE(open("-", "-").find("that is the output of 'measure.to'; name another file"), std::string::npos);
  EXPECT_EQ(open("-"), "");
  EXPECT_EQ(open(home.path("end.json"), "-"), "");
}

TEST_F(summary_file_test, that_cannot_be_opened_says_why) {
  EXPECT_NE(open(home.path("gone/end.json")).find("No such file or directory"), std::string::npos);
}

TEST(summary_file, on_a_full_disk_is_an_error) {
  const auto opened = summary_file::open("/dev/full", {});
  ASSERT_TRUE(opened) << opened.error().message();
  const auto written = opened->write("{}\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message(), "write the summary to '/dev/full': No space left on device");
}

}  // namespace
}  // namespace troupe::cli::summary_json_test
