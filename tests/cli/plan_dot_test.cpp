#include "captured.hpp"

#include <troupe/actors/message.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/plan_dot.hpp>
#include <troupe/runtime/programs/filter_text.hpp>
#include <troupe/runtime/programs/find_program.hpp>

#include <string>

namespace troupe::cli::plan_dot_test {
namespace {

struct letter {};
struct postman {
  struct options {
    std::vector<address<letter>> to;
  };
  using receives = troupe::receives<letter>;
  postman(context&, options) {}
  void operator()(letter) {}
};
struct reader {
  using receives = troupe::receives<letter>;
  void operator()(letter) {}
};

class plan_dot_test : public speaking {
 protected:
  std::string dot(const std::string& text) {
    static_cast<void>(stages.add(runtime::define_actor<postman>("postman")));
    static_cast<void>(stages.add(runtime::define_actor<reader>("reader")));
    const auto got = load_wiring({.file = file(text)}, stages);
    EXPECT_TRUE(got);
    return got ? dot_of(got->plan, got->file) : std::string();
  }
};

testing::AssertionResult in(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << part << " is not in\n" << text;
}

constexpr auto pipeline = R"([stage.measure]
from    = { files = "gone/*.txt" }
workers = 2
[stage.twice]
from    = "measure"
place   = "thread"
ordered = true
to      = { file = "out.jsonl" }
)";

TEST_F(plan_dot_test, shows_sources_stages_sinks_and_what_flows_without_looking_at_inputs) {
  const auto text = dot(pipeline);
  EXPECT_TRUE(
      in(text, "\"measure.from\" [label=\"measure.from\\nlines of\\n" + home.path("gone/*.txt") + "\""));
  EXPECT_TRUE(in(text, "\"measure\" [label=\"measure\\n2 worker processes\", shape=box];"));
  EXPECT_TRUE(in(text, "\"twice\" [label=\"twice\\n1 thread of the director\", shape=box, style=rounded];"));
  EXPECT_TRUE(in(text, "\"measure.from\" -> \"measure\" [label=\"line\"];"));
  EXPECT_TRUE(in(text, "\"measure\" -> \"twice\" [label=\"long\"];"));
  EXPECT_TRUE(in(text, "\"twice\" -> \"twice.to\" [label=\"long\\nordered\", style=bold];"));
}

TEST_F(plan_dot_test, shows_batches_and_programs) {
  const auto text = dot(R"([stage.low]
from    = { files = "in.txt" }
command = ["tr", "A-Z", "a \"z\""]
mode    = "per_batch"
batch   = { size = 20 }
[stage.sum]
from    = "low"
command = ["cksum"]
mode    = "per_batch"
batch   = { size = 3000 }
to      = { file = "-", format = "lines" }
)");
  EXPECT_TRUE(in(text, "tr A-Z 'a \\\"z\\\"'"));
  EXPECT_TRUE(in(text, "\\nbatches of 20\"];"));
  EXPECT_TRUE(in(text, "\"sum.batch\" -> \"sum\""));
  EXPECT_TRUE(in(text, "\\nbatches of 3,000\"];"));
  EXPECT_TRUE(in(text, "standard output\\nlines"));
}

constexpr auto cast = R"([actor.ann]
call    = "postman"
options = { to = ["bob", "carl"] }
[actor.bob]
call  = "reader"
[actor.carl]
call  = "reader"
place = "back"
[process.back]
[supervisor.top]
children = ["ann", "below"]
[supervisor.below]
children = ["bob"]
)";

TEST_F(plan_dot_test, shows_actors_their_supervisors_their_processes_and_whom_they_name) {
  const auto text = dot(cast);
  EXPECT_TRUE(in(text, "subgraph \"cluster back\" {\n    label=\"process back\";\n    \"actor carl\""));
  EXPECT_TRUE(in(text, "\"supervisor top\" -> \"actor ann\" [style=dashed, arrowhead=none];"));
  EXPECT_TRUE(in(text, "\"supervisor top\" -> \"supervisor below\""));
  EXPECT_TRUE(in(text, "\"actor ann\" -> \"actor bob\" [label=\"names\"];"));
  EXPECT_TRUE(in(text, "\"actor ann\" -> \"actor carl\" [label=\"names\"];"));
}

TEST(dot_string, keeps_any_text_as_it_is) {
  EXPECT_EQ(dot_string("plain"), "\"plain\"");
  EXPECT_EQ(dot_string(R"(a "b" \n c)"), R"("a \"b\" \\n c")");
  EXPECT_EQ(dot_string("&lt;"), "\"&amp;lt;\"");
  EXPECT_EQ(dot_string("two\nlines"), "\"two\\nlines\"");
  EXPECT_EQ(dot_string("\x1b[2J"), "\"\xef\xbf\xbd[2J\"");
  EXPECT_EQ(dot_string("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
}

TEST_F(plan_dot_test, is_what_graphviz_reads_and_shows_as_written) {
  ASSERT_TRUE(runtime::find_program("dot")) << "graphviz is not installed: ./dev setup does it";
  for (const auto* text : {pipeline, cast}) {
    const auto drawn = runtime::filter_text({"dot", "-Tsvg"}, dot(text));
    ASSERT_TRUE(drawn) << drawn.error().message();
    EXPECT_NE(drawn->find("</svg>"), std::string::npos);
  }
  const auto odd = runtime::filter_text(
      {"dot", "-Tsvg"}, "digraph { " + dot_string("a&lt;\\N\"b\\") + " -> " + dot_string("\\") + "; }");
  ASSERT_TRUE(odd) << odd.error().message();
  EXPECT_TRUE(in(*odd, ">a&amp;lt;\\N&quot;b\\</text>"));
}

}  // namespace
}  // namespace troupe::cli::plan_dot_test
