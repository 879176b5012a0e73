#include "../../end_to_end/folder.hpp"
#include "../scene.hpp"

#include <troupe/runtime/director/quarantine.hpp>

#include <sys/stat.h>

namespace troupe::runtime::quarantine_test {
namespace {

class quarantine_test : public ::testing::Test {
 protected:
  quarantine_test() {
    of.members[1].quarantine = home.path("kept/items");
    of.edges[0].type = "troupe::line";
  }
  static lineage item(std::uint64_t seq, std::uint32_t span = 1) {
    return {source_id, seq, span, {{to_stage, 0, 1}}};
  }
  static verdict against(const lineage& what, member_id stage = stage_id) {
    return {stage, what, {.charges = 2, .kills = 1, .quarantined = true}, the_stage, "killed by SIGSEGV"};
  }
  static item_handed_in bytes_of(const lineage& what, const std::string& text, member_id stage = stage_id) {
    return {stage, what, bytes::copy_of(as_bytes_view(text)), false};
  }

  const end_to_end::folder home;
  plan of = small_plan();
  quarantine kept{of, "run-1", "./play replay"};
};

TEST_F(quarantine_test, nothing_is_awaited_at_first) {
  EXPECT_EQ(kept.expected(), 0U);
  EXPECT_TRUE(kept.folders().empty());
}

TEST_F(quarantine_test, an_item_is_stored_with_its_evidence) {
  auto verdict = against(item(5));
  verdict.facts.signal = 11;
  verdict.facts.user = std::chrono::milliseconds(1500);
  verdict.facts.peak_rss = 4096;
  kept.expect(verdict, {"one", "two \"quoted\""});
  auto handed_in = bytes_of(item(5), "abc");
  handed_in.may_be_delivered = true;
  ASSERT_TRUE(kept.store(handed_in));
  EXPECT_EQ(home.list("kept/items"), (std::vector<std::string>{"work-1_5_1.0.item", "work-1_5_1.0.json"}));
  EXPECT_EQ(home.read("kept/items/work-1_5_1.0.item"), "abc");
  EXPECT_EQ(
      home.read("kept/items/work-1_5_1.0.json"),
      "{\"stage\":\"work\",\"item\":\"1:5/1.0\",\"cause\":\"killed by SIGSEGV\",\"attempts\":3,"
      "\"input_is_kept\":true,\"may_have_been_delivered\":true,\"input_type\":\"troupe::line\",\"input_"
      "bytes\":3,"
      "\"exit_code\":null,\"signal\":11,\"over_memory_max\":false,\"machine_out_of_memory\":false,"
      "\"user_seconds\":1.5,\"system_seconds\":0,\"peak_rss_bytes\":4096,"
      "\"last_lines_on_stderr\":[\"one\",\"two \\\"quoted\\\"\"],"
      "\"replay\":\"./play replay " +
          home.path("kept/items/work-1_5_1.0.item") +
          "\",\"call\":\"repeat\",\"id\":6,\"config\":\"small.toml\",\"run\":\"run-1\",\"worker\":{\"timeout_"
          "seconds\":null,\"limits\":{\"memory_max\":null,\"address_space\":null,\"open_files\":null,\"core_"
          "size\":null,\"cpu_time\":null,\"processes\":null,\"tasks_max\":null,\"file_size\":null,\"stack\":"
          "null},\"nice\":null,\"cpu_affinity\":[],\"env\":[],\"cwd\":\"\"}}\n");
}

TEST_F(quarantine_test, a_batch_has_its_span_in_its_name) {
  kept.expect(against(item(5, 10)), {});
  ASSERT_TRUE(kept.store(bytes_of(item(5, 10), "abc")));
  EXPECT_TRUE(home.holds("kept/items/work-1_5+10_1.0.item"));
}

TEST_F(quarantine_test, an_item_is_kept_once_however_often_it_is_judged_and_handed_in) {
  kept.expect(against(item(5)), {"first"});
  kept.expect(against(item(5)), {"second"});
  EXPECT_EQ(kept.expected(), 1U);
  ASSERT_TRUE(kept.store(bytes_of(item(5), "abc")));
  ASSERT_TRUE(kept.store(bytes_of(item(5), "another copy")));
  EXPECT_EQ(home.read("kept/items/work-1_5_1.0.item"), "abc");
  EXPECT_NE(home.read("kept/items/work-1_5_1.0.json").find("first"), std::string::npos);
}

TEST_F(quarantine_test, what_nobody_has_judged_is_not_stored) {
  ASSERT_TRUE(kept.store(bytes_of(item(5), "abc")));
  kept.expect(against(item(6)), {});
  ASSERT_TRUE(kept.store(bytes_of(item(5), "abc")));
  EXPECT_FALSE(home.holds("kept"));
}

TEST_F(quarantine_test, stages_are_told_apart) {
  of.members[2].quarantine = home.path("other");
  kept.expect(against(item(5)), {});
  kept.expect(against(item(5), sink_id), {});
  EXPECT_EQ(kept.expected(), 2U);
  ASSERT_TRUE(kept.store(bytes_of(item(5), "abc", sink_id)));
  EXPECT_TRUE(home.holds("other/work.to-1_5_1.0.item"));
  EXPECT_FALSE(home.holds("kept"));
  EXPECT_EQ(kept.folders(), (std::vector<std::string>{home.path("other")}));
  ASSERT_TRUE(kept.store_what_is_missing());
  EXPECT_EQ(kept.folders(), (std::vector<std::string>{home.path("kept/items"), home.path("other")}));
}

TEST_F(quarantine_test, a_folder_of_two_stages_is_named_once) {
  of.members[2].quarantine = of.members[1].quarantine;
  kept.expect(against(item(5)), {});
  kept.expect(against(item(5), sink_id), {});
  ASSERT_TRUE(kept.store_what_is_missing());
  EXPECT_EQ(kept.folders().size(), 1U);
}

TEST_F(quarantine_test, a_folder_that_cannot_be_made_is_named) {
  home.write("kept", "a file");
  kept.expect(against(item(5)), {});
  const auto stored = kept.store(bytes_of(item(5), "abc"));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().context, "make the quarantine folder '" + home.path("kept/items") + "'");
  EXPECT_EQ(stored.error().os_errno, ENOTDIR);
}

TEST_F(quarantine_test, a_file_that_cannot_be_written_is_named) {
  const auto path = home.path("kept/items/work-1_5_1.0.item");
  std::filesystem::create_directories(path);
  kept.expect(against(item(5)), {});
  const auto stored = kept.store(bytes_of(item(5), "abc"));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, errc::wrong_kind);
  EXPECT_EQ(stored.error().context, "quarantine an item in '" + path + "'");
}

TEST_F(quarantine_test, what_an_earlier_run_has_kept_stays) {
  kept.expect(against(item(5)), {});
  ASSERT_TRUE(kept.store(bytes_of(item(5), "first")));
  quarantine later{of, "run-2"};
  later.expect(against(item(5)), {});
  ASSERT_TRUE(later.store(bytes_of(item(5), "second")));
  EXPECT_EQ(home.read("kept/items/work-1_5_1.0.item"), "first");
  EXPECT_EQ(home.read("kept/items/work-1_5_1.0-2.item"), "second");
}

TEST_F(quarantine_test, bytes_that_never_came_leave_evidence_that_says_so) {
  kept.expect(against(item(5)), {});
  kept.expect(against(item(6)), {});
  ASSERT_TRUE(kept.store(bytes_of(item(5), "abc")));
  ASSERT_TRUE(kept.store_what_is_missing());
  EXPECT_EQ(home.list("kept/items"),
            (std::vector<std::string>{"work-1_5_1.0.item", "work-1_5_1.0.json", "work-1_6_1.0.json"}));
  EXPECT_NE(home.read("kept/items/work-1_5_1.0.json").find("\"input_is_kept\":true"), std::string::npos);
  EXPECT_NE(home.read("kept/items/work-1_6_1.0.json").find("\"input_is_kept\":false"), std::string::npos);
}

TEST_F(quarantine_test, others_cannot_read_what_is_kept) {
  kept.expect(against(item(5)), {});
  ASSERT_TRUE(kept.store(bytes_of(item(5), "abc")));
  struct stat found {};
  ASSERT_EQ(::stat(home.path("kept/items/work-1_5_1.0.item").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0077U, 0U);
}

}  // namespace
}  // namespace troupe::runtime::quarantine_test
