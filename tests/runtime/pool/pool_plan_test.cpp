#include <troupe/runtime/pool/pool_plan.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::pool_plan_test {
namespace {

using std::chrono::hours;

stage_definition square(std::string name = "square") {
  return define_stage(std::move(name), [](std::int64_t n) { return n * n; });
}

struct sum {
  void operator()(std::int64_t n) { total += n; }
  void finish(emitter<std::int64_t>& out) { out(total); }
  std::int64_t total = 0;
};

TEST(pool_plan, has_a_member_for_jobs_a_stage_and_an_edge_that_returns) {
  const auto made = make_pool_plan(square(), "i64", {.workers = 4});
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_EQ(made->members.size(), 2U);
  EXPECT_EQ(made->members[0].kind, member_kind::jobs);
  EXPECT_EQ(made->members[0].name, "square.jobs");
  EXPECT_FALSE(made->members[0].in_process);
  EXPECT_EQ(made->members[1].kind, member_kind::stage);
  EXPECT_EQ(made->members[1].name, "square");
  EXPECT_EQ(made->members[1].call, "square");
  EXPECT_TRUE(made->members[1].in_process);
  EXPECT_EQ(made->members[1].origins, (std::vector<member_id>{made->members[0].id}));
  ASSERT_EQ(made->edges.size(), 1U);
  EXPECT_TRUE(made->edges[0].returns);
  EXPECT_EQ(made->edges[0].from, made->members[0].id);
  EXPECT_EQ(made->edges[0].to, made->members[1].id);
  EXPECT_EQ(made->members[0].out, (std::vector<edge_id>{made->edges[0].id}));
  EXPECT_EQ(made->members[1].in, (std::vector<edge_id>{made->edges[0].id}));
}

TEST(pool_plan, its_shape_is_that_of_the_way_there_and_back) {
  EXPECT_EQ(make_pool_plan(square(), "i64", {})->edges[0].shape, "i64 -> i64");
  EXPECT_EQ(make_pool_plan(square(), "void", {})->edges[0].shape, "i64 -> void");
}

TEST(pool_plan, takes_over_the_options) {
  const restart_options restart{.burst = 9};
  const auto made = make_pool_plan(square(), "i64",
                                   {.workers = 3,
                                    .timeout = milliseconds(1500),
                                    .max_attempts = 7,
                                    .max_in_flight = 11,
                                    .quarantine = "bad",
                                    .restart = restart});
  ASSERT_TRUE(made) << made.error().message();
  const auto& stage = made->members[1];
  EXPECT_EQ(stage.workers, 3U);
  EXPECT_EQ(stage.timeout, milliseconds(1500));
  EXPECT_EQ(stage.max_attempts, 7U);
  EXPECT_EQ(stage.quarantine, "bad");
  EXPECT_EQ(stage.restart, restart);
  EXPECT_EQ(made->edges[0].limit.items, 11U);
}

TEST(pool_plan, has_a_worker_at_least_when_nobody_says_how_many) {
  EXPECT_GE(make_pool_plan(square(), "i64", {})->members[1].workers, 1U);
}

TEST(pool_plan, takes_the_first_and_the_last_of_each_range) {
  const pool_options good[] = {
      {.workers = 1},          {.workers = 1024},           {.timeout = milliseconds(1)},
      {.timeout = hours(720)}, {.max_attempts = 1},         {.max_attempts = 1000},
      {.max_in_flight = 1},    {.max_in_flight = 1'000'000}};
  for (const auto& how : good) {
    const auto made = make_pool_plan(square(), "i64", how);
    EXPECT_TRUE(made) << made.error().message();
  }
}

TEST(pool_plan, says_of_each_wrong_option_what_it_may_be) {
  const std::pair<pool_options, const char*> wrong[] = {
      {{.workers = 1025}, "workers is 1025; 1 to 1024"},
      {{.timeout = milliseconds(0)}, "; 1ms to 30 days"},
      {{.timeout = milliseconds(-5)}, "; 1ms to 30 days"},
      {{.timeout = hours(720) + milliseconds(1)}, "; 1ms to 30 days"},
      {{.max_attempts = 0}, "max_attempts is 0; 1 to 1000"},
      {{.max_attempts = 1001}, "max_attempts is 1001; 1 to 1000"},
      {{.max_in_flight = 0}, "max_in_flight is 0; 1 to 1000000"},
      {{.max_in_flight = 1'000'001}, "max_in_flight is 1000001; 1 to 1000000"}};
  for (const auto& [how, text] : wrong) {
    const auto made = make_pool_plan(square(), "i64", how);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code, errc::invalid_argument);
    EXPECT_NE(made.error().context.find("open a pool of 'square': "), std::string::npos);
    EXPECT_NE(made.error().context.find(text), std::string::npos) << made.error().context;
  }
}

TEST(pool_plan, refuses_a_stage_that_keeps_state) {
  const auto made = make_pool_plan(define_stage<sum>("sum"), "i64", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::invalid_argument);
  EXPECT_NE(made.error().context.find("it keeps state"), std::string::npos) << made.error().context;
}

TEST(pool_plan, refuses_names_that_cannot_be_those_of_sockets) {
  for (const auto* const bad : {"", "a/b", "a b", "a.b", "ä"}) {
    const auto made = make_pool_plan(square(bad), "i64", {});
    ASSERT_FALSE(made) << bad;
    EXPECT_EQ(made.error().code, errc::invalid_argument);
    EXPECT_NE(made.error().context.find("letters, digits, '-' and '_'"), std::string::npos);
  }
  EXPECT_FALSE(make_pool_plan(square(std::string(65, 'a')), "i64", {}));
  EXPECT_TRUE(make_pool_plan(square(std::string(64, 'a')), "i64", {}));
  EXPECT_TRUE(make_pool_plan(square("Ab-9_z"), "i64", {}));
}

}  // namespace
}  // namespace troupe::runtime::pool_plan_test
