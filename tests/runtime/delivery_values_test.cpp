// The small values of delivery: lineage, ledger, terminal memory, charges.
#include <troupe/runtime/delivery/charges.hpp>
#include <troupe/runtime/delivery/origin_ledger.hpp>
#include <troupe/runtime/delivery/terminal_memory.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::delivery_values_test {
namespace {

TEST(lineage, identity_ignores_the_counts_of_its_path) {
  const lineage a{1, 5, 1, {{2, 0, 3}}}, b{1, 5, 1, {{2, 0, 4}}}, c{1, 5, 1, {{2, 1, 3}}};
  EXPECT_TRUE(a == b);
  EXPECT_EQ(lineage_hash{}(a), lineage_hash{}(b));
  EXPECT_FALSE(a == c);
  EXPECT_FALSE((a == lineage{1, 5, 2, {{2, 0, 3}}}));
}

TEST(lineage, prints_as_a_person_can_read_it) {
  EXPECT_EQ(to_string(lineage{1, 42, 1, {}}), "1:42");
  EXPECT_EQ(to_string(lineage{1, 42, 1000, {{3, 0, 1}, {4, 2, 5}}}), "1:42+1000/3.0/4.2");
}

TEST(origin_ledger, the_watermark_waits_for_the_lowest_seq) {
  origin_ledger ledger;
  EXPECT_EQ(ledger.open(1, 1), 0U);
  EXPECT_EQ(ledger.open(3, 1), 1U);
  EXPECT_EQ(ledger.open(1, 2), 4U);
  ledger.complete(1, 3);
  EXPECT_EQ(ledger.watermark(), 0U);
  ledger.complete(0, 1);
  EXPECT_EQ(ledger.watermark(), 4U);
  ledger.complete(4, 1);
  EXPECT_EQ(ledger.watermark(), 4U) << "two edges, one acknowledgement";
  ledger.complete(4, 1);
  EXPECT_TRUE(ledger.all_complete());
}

TEST(origin_ledger, opens_no_more_than_the_window_of_who_restores_the_order) {
  origin_ledger ledger(1000, window{.items = 4, .bytes = 100});
  static_cast<void>(ledger.open(1, 1, 200));
  EXPECT_FALSE(ledger.may_open()) << "one may always be open, however large";
  ledger.complete(0, 1);
  EXPECT_TRUE(ledger.may_open());
  static_cast<void>(ledger.open(3, 1, 99));
  EXPECT_TRUE(ledger.may_open());
  static_cast<void>(ledger.open(1, 1, 0));
  EXPECT_FALSE(ledger.may_open());
  ledger.complete(4, 1);
  EXPECT_FALSE(ledger.may_open()) << "the first is not complete";
  ledger.complete(1, 3);
  EXPECT_TRUE(ledger.may_open());
}

TEST(origin_ledger, what_nobody_takes_is_complete_at_once) {
  origin_ledger ledger;
  static_cast<void>(ledger.open(2, 0));
  EXPECT_TRUE(ledger.all_complete());
  EXPECT_EQ(ledger.watermark(), 2U);
}

TEST(terminal_memory, recognises_copies_stale_items_and_contradictions) {
  terminal_memory memory;
  const lineage item{1, 7, 1, {{2, 0, 2}}};
  EXPECT_EQ(memory.take(item), arrival_kind::fresh);
  EXPECT_EQ(memory.take(item), arrival_kind::copy);
  EXPECT_EQ(memory.take({1, 7, 1, {{2, 1, 2}}}), arrival_kind::fresh);
  EXPECT_EQ(memory.take({1, 7, 1, {{2, 0, 3}}}), arrival_kind::contradiction);
  memory.prune(1, 8);
  EXPECT_EQ(memory.size(), 0U);
  EXPECT_EQ(memory.take(item), arrival_kind::stale);
  EXPECT_EQ(memory.take({2, 7, 1, {{2, 0, 2}}}), arrival_kind::fresh) << "another origin";
}

TEST(terminal_memory, a_watermark_never_falls_and_a_batch_is_kept_until_its_last_seq_is_below) {
  terminal_memory memory;
  const lineage batch{1, 10, 5, {{2, 0, 1}}};
  EXPECT_EQ(memory.take(batch), arrival_kind::fresh);
  memory.prune(1, 14);
  EXPECT_EQ(memory.take(batch), arrival_kind::copy);
  memory.prune(1, 15);
  memory.prune(1, 3);
  EXPECT_EQ(memory.take(batch), arrival_kind::stale);
}

TEST(charges, the_rule_by_failure_and_history) {
  struct row {
    const char* what;
    charge before;
    failure how;
    std::uint32_t span;
    bool may_split;
    charge after;
  };
  const std::vector<row> table = {
      {"first crash", {}, failure::crash, 1, false, {.charges = 1}},
      {"last crash", {.charges = 2}, failure::crash, 1, false, {.charges = 3, .quarantined = true}},
      {"timeout", {.charges = 2}, failure::timeout, 1, false, {.charges = 3, .quarantined = true}},
      {"a throw is not retried", {}, failure::thrown, 1, false, {.charges = 1, .quarantined = true}},
      {"an operator's kill charges nothing",
       {.charges = 2},
       failure::killed,
       1,
       false,
       {.charges = 2, .kills = 1}},
      {"the sixteenth does", {.kills = 15}, failure::killed, 1, false, {.charges = 1, .kills = 15}},
      {"a clean batch is split", {}, failure::crash, 9, true, {.alone = true}},
      {"a batch that threw is split", {}, failure::thrown, 9, true, {.alone = true}},
      {"a killed batch stays whole", {}, failure::killed, 9, true, {.kills = 1}},
      {"a batch that may be delivered is charged", {}, failure::crash, 9, false, {.charges = 1}},
  };
  for (const auto& r : table)
    EXPECT_EQ(weigh(r.before, r.how, r.span, {3, r.may_split, {}}), r.after) << r.what;
}

TEST(charges, what_retry_does_not_list_ends_at_once_and_what_it_lists_at_the_last_attempt) {
  struct row {
    failure how;
    retry_rules retry;
    bool again;
  };
  const std::vector<row> table = {
      {failure::crash, {.crash = true}, true},     {failure::crash, {.crash = false}, false},
      {failure::timeout, {.timeout = true}, true}, {failure::timeout, {.timeout = false}, false},
      {failure::thrown, {.error = true}, true},    {failure::thrown, {.error = false}, false},
  };
  for (const auto& r : table) {
    EXPECT_EQ(weigh({}, r.how, 1, {3, false, r.retry}).quarantined, !r.again);
    EXPECT_TRUE(weigh({.charges = 2}, r.how, 1, {3, false, r.retry}).quarantined);
  }
  EXPECT_FALSE(weigh({}, failure::killed, 1, {3, false, {.crash = false}}).quarantined)
      << "an operator's kill is none";
  EXPECT_TRUE(weigh({}, failure::thrown, 9, {3, true, {}}).alone) << "a batch is taken apart first";
}

TEST(charges, are_found_by_stage_and_lineage) {
  charge_table table;
  const lineage item{1, 2, 1, {{3, 0, 1}}};
  EXPECT_EQ(table.find(5, item), nullptr);
  table.set({5, item, {.charges = 1}, {}, ""});
  ASSERT_NE(table.find(5, item), nullptr);
  EXPECT_EQ(table.find(5, item)->attempt(), 2U);
  EXPECT_EQ(table.find(6, item), nullptr);
  EXPECT_EQ(table.all().size(), 1U);
}

}  // namespace
}  // namespace troupe::runtime::delivery_values_test
