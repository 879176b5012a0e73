#include "captured.hpp"

#include <troupe/actors/message.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/plan_promises.hpp>
#include <troupe/cli/plan_text.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace troupe::cli::plan_text_test {
namespace {

struct order {};
struct teller {
  using receives = troupe::receives<order>;
  void operator()(order) {}
};

/// One text with single spaces: how lines are broken does not matter.
std::string flat(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != '\n' && c != ' ')
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  return out;
}

class plan_text_test : public speaking {
 protected:
  std::string plan(const std::string& text) {
    static_cast<void>(stages.add(runtime::define_actor<teller>("teller")));
    const captured out(std::cout), err(std::cerr);
    EXPECT_EQ(check_verb({.file = file(text), .plan = true}, stages), 0);
    EXPECT_EQ(err.text(), "");
    return out.text();
  }
};

testing::AssertionResult says(const std::string& text, const std::string& part) {
  if (flat(text).find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << part << " is not in\n" << text;
}

constexpr auto everything = R"([stage.measure]
from     = { files = "in.txt" }
workers  = 5
timeout  = "1500ms"
limits   = { memory_max = "1G" }
max_jobs = 10000
[stage.twice]
from    = "measure"
place   = "thread"
ordered = { size = 500 }
to      = { file = "out.jsonl" }
[actor.front]
call = "teller"
mailbox = { overflow = "drop_oldest" }
[actor.ledger]
call  = "teller"
place = "back"
[process.back]
limits = { nofile = 1024 }
[supervisor.top]
children = ["ledger"]
)";

TEST_F(plan_text_test, says_who_is_where_with_how_many_slots) {
  const auto text = plan(everything);
  EXPECT_TRUE(says(
      text, "director runs twice (1 thread); reads for measure.from; writes for twice.to; actors front "));
  EXPECT_TRUE(says(text, "back actor ledger "));
  EXPECT_TRUE(says(text, "measure 5 worker processes; 7 slots (2 for those that are replaced) "));
  EXPECT_TRUE(says(text, "measure.from reads 1 file, 4 B, line by line "));
  EXPECT_TRUE(says(text, "supervisor top: one_for_one"));
}

TEST_F(plan_text_test, says_what_flows_and_what_bounds_it) {
  const auto text = plan(everything);
  EXPECT_TRUE(says(text, "measure -> twice long; at most 1,024 items or 4 MiB before each taker "));
  EXPECT_TRUE(says(text, "twice -> twice.to long, in the order of its origin; "));
  EXPECT_TRUE(
      says(text, "measure timeout 1.5s for an item, memory_max 1 GiB, replaced after about 10,000 items, "));
  EXPECT_TRUE(says(text, "measure.from at most 500 items or 64 MiB are under way"));
  EXPECT_TRUE(says(text, "back nofile 1,024 "));
}

TEST_F(plan_text_test, fits_a_terminal_of_80_columns) {
  auto text = plan(everything);
  const auto at = text.find(home.path());  // the name of a folder is as long as it is
  ASSERT_NE(at, std::string::npos);
  for (const auto& line : end_to_end::lines_of(text)) {
    if (line.find(home.path()) != std::string::npos) continue;
    EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST_F(plan_text_test, promises_more_where_the_file_asks_for_more) {
  const auto calm = plan(everything);
  EXPECT_FALSE(says(calm, "measure: weaker")) << calm;
  EXPECT_FALSE(says(calm, "in no order")) << calm;
  EXPECT_TRUE(says(calm,
                   "measure: a crash takes one worker, never the run; an item may be started 3 times (after: "
                   "crash, timeout), then it goes to"));
  EXPECT_TRUE(says(calm, "twice: runs in the director: a crash there ends the run"));
  EXPECT_TRUE(says(calm, "front: weaker: a full mailbox loses its oldest messages"));
  EXPECT_TRUE(says(calm, "actors in other processes: a message arrives at most once"));
}

TEST_F(plan_text_test, names_what_is_weakened_and_why) {
  const auto bare = plan(R"([stage.measure]
from          = { stdin = true }
max_attempts  = 1
on_quarantine = "stop"
to            = { file = "-" }
[actor.front]
call    = "teller"
mailbox = { capacity = 0 }
)");
  EXPECT_TRUE(says(bare, "measure: weaker, as it has no timeout"));
  EXPECT_TRUE(says(bare, "measure: weaker, as it has no limits"));
  EXPECT_TRUE(says(bare, "an item that fails once goes to"));
  EXPECT_TRUE(says(bare, "and the first one ends the run"));
  EXPECT_TRUE(says(bare, "measure.from: standard input can be read once"));
  EXPECT_TRUE(says(bare, "in no order: results come as they are ready"));
  EXPECT_TRUE(says(bare, "what a reader has taken cannot be taken back"));
  EXPECT_TRUE(says(bare, "front: weaker: its mailbox has no bound"));
  EXPECT_FALSE(says(bare, "actors in other processes"));
}

TEST(wrapped, breaks_at_spaces_and_hangs_below_its_lead) {
  EXPECT_EQ(wrapped("a  ", "one two three", 10), "a  one two\n   three\n");
  EXPECT_EQ(wrapped("- ", "a-very-long-word b", 6), "- a-very-long-word\n  b\n");
  EXPECT_EQ(wrapped("", "", 80), "\n");
  EXPECT_EQ(wrapped("", "\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9", 5), "\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\n")
      << "characters count, not bytes";
}

}  // namespace
}  // namespace troupe::cli::plan_text_test
