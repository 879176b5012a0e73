#include <troupe/runtime/plan/make_plan.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime::plan_test {
namespace {

struct word {
  std::string text;
};
struct number {
  std::int64_t value = 0;
};
struct tally {
  void operator()(number n) { sum += n.value; }
  void finish(emitter<number>& out) { out({sum}); }
  std::int64_t sum = 0;
};

registry stages() {
  registry all;
  const auto add = [&](stage_definition d) { ASSERT_TRUE(all.add(std::move(d))); };
  add(define_stage("split", [](line l) { return std::vector<word>{{l.text}}; }));
  add(define_stage("measure", [](word w) { return number{static_cast<std::int64_t>(w.text.size())}; }));
  add(define_stage("blocks", [](lines) { return number{}; }));
  add(define_stage("count", [](std::int64_t) { return std::optional<number>{}; }));
  add(define_stage("natural", [](std::uint64_t) { return number{}; }));
  add(define_stage("swallow", [](word) {}));
  add(define_stage<tally>("tally"));
  return all;
}

struct outcome {
  std::optional<plan> made;
  std::vector<std::string> errors;
};

outcome make(const std::string& text) {
  const auto file = config::parse(text, "p.toml");
  outcome result;
  if (!file) {
    for (const auto& d : file.error()) result.errors.push_back(config::to_string(d));
    return result;
  }
  auto made = make_plan(*file, stages());
  if (made)
    result.made = std::move(*made);
  else
    for (const auto& d : made.error()) result.errors.push_back(config::to_string(d));
  return result;
}

TEST(plan, of_actors_alone_is_empty) {
  const auto got = make("[actor.shop]\n[supervisor.store]\nchildren = [\"shop\"]\n");
  ASSERT_TRUE(got.made) << got.errors.front();
  EXPECT_TRUE(got.made->members.empty() && got.made->edges.empty());
}

TEST(plan, wires_sources_stages_and_sinks) {
  const auto got = make(R"(
[stage.split]
from = { files = "*.txt" }
workers = 3
[stage.measure]
from = "split"
[stage.tally]
from = "measure"
place = "thread"
to = { file = "-" }
)");
  ASSERT_TRUE(got.made) << got.errors.front();
  const auto& plan = *got.made;
  ASSERT_EQ(plan.members.size(), 5U);
  ASSERT_EQ(plan.edges.size(), 4U);
  const auto named = [&](const std::string& name) {
    for (const auto& m : plan.members)
      if (m.name == name) return m;
    return member_plan{};
  };
  EXPECT_TRUE(named("split").in_process);
  EXPECT_EQ(named("split").workers, 3U);
  EXPECT_TRUE(named("tally").keeps_state);
  EXPECT_EQ(named("tally").origins, (std::vector<member_id>{named("split.from").id}));
  EXPECT_EQ(named("tally.to").origins, (std::vector<member_id>{named("tally").id}));
}

TEST(plan, restores_the_order_where_it_is_asked_to) {
  const auto got = make(R"(
[stage.split]
from = { files = "*.txt" }
[stage.measure]
from = "split"
max_in_flight = 3
ordered = { size = 100, bytes = "1K" }
[stage.tally]
from = "measure"
place = "thread"
ordered = true
to = { file = "-" }
)");
  ASSERT_TRUE(got.made) << got.errors.front();
  const auto& plan = *got.made;
  for (const auto& edge : plan.edges) {
    const auto from = plan.member(edge.from).name, to = plan.member(edge.to).name;
    EXPECT_EQ(edge.ordered, from == "measure" || from == "tally") << from;
    EXPECT_EQ(edge.limit.items, to == "measure" ? 3U : 1024U) << to;
  }
  for (const auto& member : plan.members) {
    const auto most = member.spread.value_or(window{0, 0});
    EXPECT_EQ(most.items, member.name == "split.from" ? 100U
                          : member.name == "tally"    ? 100'000U
                                                      : 0U)
        << member.name;
    EXPECT_EQ(most.bytes, member.name == "split.from" ? 1024U
                          : member.name == "tally"    ? 64U << 20U
                                                      : 0U)
        << member.name;
  }
}

TEST(plan, takes_in_order_also_where_batches_are_formed_for_a_program) {
  const auto got = make(R"(
[stage.split]
from = { files = "*.txt" }
[stage.count]
from = "split"
command = ["cat"]
mode = "per_batch"
ordered = { size = 10 }
to = { file = "-", format = "lines" }
)");
  ASSERT_TRUE(got.made) << got.errors.front();
  const auto& plan = *got.made;
  for (const auto& edge : plan.edges) {
    const auto to = plan.member(edge.to).name;
    EXPECT_EQ(edge.ordered, to == "count.batch" || to == "count.to") << to;
  }
  for (const auto& member : plan.members)
    EXPECT_EQ(member.spread.has_value(), member.name == "split.from" || member.name == "count.batch")
        << member.name;
}

TEST(plan, travels_to_workers_as_bytes) {
  const auto got =
      make("[stage.split]\nfrom = { stdin = true }\nto = { file = \"-\", format = \"lines\" }\n");
  ASSERT_TRUE(got.made) << got.errors.front();
  byte_buffer out;
  encode(out, *got.made);
  const auto back = decode<plan>(out.view());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->members.size(), got.made->members.size());
  EXPECT_EQ(back->member(1).name, "split");
  EXPECT_EQ(back->edge(1).shape, got.made->edge(1).shape);
}

struct wrong {
  const char* name;
  const char* text;
  const char* says;
};

class plan_refuses : public ::testing::TestWithParam<wrong> {};

TEST_P(plan_refuses, with_place_and_reason) {
  const auto got = make(GetParam().text);
  ASSERT_FALSE(got.made);
  ASSERT_EQ(got.errors.size(), 1U) << got.errors[1];
  EXPECT_NE(got.errors[0].find(GetParam().says), std::string::npos) << got.errors[0];
  EXPECT_EQ(got.errors[0].rfind("p.toml:", 0), 0U) << got.errors[0];
}

INSTANTIATE_TEST_SUITE_P(
    files, plan_refuses,
    ::testing::Values(
        wrong{"unregistered", "[stage.splitt]\nfrom = { stdin = true }\nto = { file = \"-\" }\n",
              "did you mean 'split'?"},
        wrong{"types",
              "[stage.split]\nfrom = { stdin = true }\n[stage.tally]\nfrom = \"split\"\nplace = "
              "\"thread\"\nto = { file = \"-\" }\n",
              "stage 'tally' takes number, but 'split' gives word"},
        wrong{"order_that_would_be_lost",
              "[stage.split]\nfrom = { stdin = true }\nordered = true\n[stage.measure]\nfrom = "
              "\"split\"\nto = { file = \"-\" }\n",
              "p.toml:3:11: error: stage 'split' is ordered, but 'measure', which takes from it, works on "
              "several items "
              "at once and would lose the order; write ordered = true in [stage.measure]"},
        wrong{"order_of_nothing",
              "[stage.split]\nfrom = { stdin = true }\n[stage.swallow]\nfrom = \"split\"\nordered = true\n",
              "stage 'swallow' is ordered, but gives nothing"},
        wrong{"nobody_takes", "[stage.split]\nfrom = { stdin = true }\n", "gives word, which nobody takes"},
        wrong{"state_in_process",
              "[stage.tally]\ncall = \"tally\"\nfrom = \"m\"\nto = { file = \"-\" }\n[stage.m]\ncall = "
              "\"count\"\nfrom = { range = [0, 9] }\n",
              "write place = \"thread\""},
        wrong{"source_type", "[stage.measure]\nfrom = { stdin = true }\nto = { file = \"-\" }\n",
              "takes word, but this source gives line, lines or vector<line>"},
        wrong{"batch_of_one",
              "[stage.split]\nfrom = { stdin = true }\nbatch = { size = 5 }\nto = { file = \"-\" }\n",
              "has a batch but takes one line at a time"},
        wrong{"sink_of_nothing",
              "[stage.split]\nfrom = { stdin = true }\n[stage.swallow]\nfrom = \"split\"\nto = { file = "
              "\"-\" }\n",
              "has a sink but gives nothing"},
        wrong{"range_below_zero", "[stage.natural]\nfrom = { range = [-1, 9] }\nto = { file = \"-\" }\n",
              "some of its numbers are below 0"},
        wrong{"no_text_field",
              "[stage.count]\nfrom = { range = [0, 9] }\nto = { file = \"-\", format = \"lines\" }\n",
              "does not have exactly one std::string field"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(plan, names_every_input_that_cannot_be_read) {
  const auto file = config::parse(
      "[stage.split]\nfrom = { files = [\"/nowhere/*.log\", \"/\", \"/nowhere/x\"] }\nto = { file = \"-\" "
      "}\n",
      "p.toml");
  auto made = make_plan(*file, stages());
  ASSERT_TRUE(made);
  const auto problems = resolve_inputs(*made, *file);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_NE(problems[0].message.find("cannot list the folder of '/nowhere/*.log'"), std::string::npos)
      << problems[0].message;
  EXPECT_EQ(problems[0].at, (config::position{2, 18}));
  EXPECT_NE(problems[1].message.find("it is a folder"), std::string::npos) << problems[1].message;
  EXPECT_NE(problems[2].message.find("No such file"), std::string::npos) << problems[2].message;
}

TEST(plan, blames_the_override_that_is_wrong) {
  const auto file = config::parse("[stage.split]\nfrom = { files = \"a\" }\nto = { file = \"-\" }\n",
                                  "p.toml", {"stage.split.workers=2", "stage.split.from.files=/nowhere/b"});
  auto made = make_plan(*file, stages());
  ASSERT_TRUE(made);
  const auto missing = resolve_inputs(*made, *file);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].file, "--set stage.split.from.files=/nowhere/b");
  EXPECT_EQ(missing[0].at.line, 0U);

  const auto renamed = config::parse("[stage.split]\nfrom = { stdin = true }\nto = { file = \"-\" }\n",
                                     "p.toml", {"stage.split.call=splitt"});
  const auto unknown = make_plan(*renamed, stages());
  ASSERT_FALSE(unknown);
  EXPECT_EQ(config::to_string(unknown.error().front()).find("--set stage.split.call=splitt: error: "), 0U);
}

}  // namespace
}  // namespace troupe::runtime::plan_test
