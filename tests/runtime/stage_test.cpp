// What a stage's code may look like, and what it is told about its item.
#include <troupe/runtime/stage.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

namespace troupe::runtime::stage_test {
namespace {

using number = std::int64_t;

// Each gives item + 10 * id + 100 * attempt, and 1000 more when it is called off.
number told(number item, const job& about) {
  return item + 10 * static_cast<number>(about.id()) + 100 * static_cast<number>(about.attempt()) +
         (about.cancelled() ? 1000 : 0);
}

number function(number item, const job& about) {
  return told(item, about);
}
number careful_function(number item, const job& about) noexcept {
  return told(item, about);
}
number function_of_reference(const number& item, const job& about) {
  return told(item, about);
}
std::optional<number> perhaps(number item, const job& about) {
  return about.cancelled() ? std::nullopt : std::optional(told(item, about));
}
struct plain_class {
  number operator()(number item, const job& about) { return told(item, about); }
};
struct const_class {
  number operator()(number item, const job& about) const { return told(item, about); }
};
struct careful_class {
  number operator()(number item, const job& about) noexcept { return told(item, about); }
};
struct careful_const_class {
  number operator()(number item, const job& about) const noexcept { return told(item, about); }
};

result<std::vector<number>> run(const stage_definition& of, number item, const job& about) {
  auto body = of.make();
  if (!body) return tl::unexpected(body.error());
  byte_buffer input;
  encode(input, item);
  std::vector<bytes> outputs;
  if (auto done = (*body)->call(input.take(), about, outputs); !done) return tl::unexpected(done.error());
  std::vector<number> all;
  for (const auto& output : outputs) all.push_back(decode<number>(output).value());
  return all;
}

TEST(stage_of_a_job, is_told_about_its_item_whatever_it_is_made_of) {
  const auto lambda = [](number item, const job& about) { return told(item, about); };
  const auto careful_lambda = [](number item, const job& about) noexcept { return told(item, about); };
  const auto lambda_that_counts = [calls = number{0}](number item, const job& about) mutable {
    ++calls;
    return told(item, about);
  };
  const std::vector<stage_definition> stages = {define_stage("function", function),
                                                define_stage("careful_function", careful_function),
                                                define_stage("function_of_reference", function_of_reference),
                                                define_stage("perhaps", perhaps),
                                                define_stage("lambda", lambda),
                                                define_stage("careful_lambda", careful_lambda),
                                                define_stage("lambda_that_counts", lambda_that_counts),
                                                define_stage<plain_class>("plain_class"),
                                                define_stage<const_class>("const_class"),
                                                define_stage<careful_class>("careful_class"),
                                                define_stage<careful_const_class>("careful_const_class")};
  for (const auto& stage : stages) {
    EXPECT_EQ(run(stage, 4, {3, 2, nullptr}), std::vector<number>{234}) << stage.name;
    EXPECT_EQ(stage.in.shape, shape_of<number>()) << stage.name;
    ASSERT_TRUE(stage.out) << stage.name;
    EXPECT_EQ(stage.out->shape, shape_of<number>()) << stage.name;
    EXPECT_FALSE(stage.keeps_state) << stage.name;
  }
}

TEST(stage_of_a_job, need_not_ask_about_its_item) {
  const auto stage = define_stage("twice", [](number item) noexcept { return 2 * item; });
  EXPECT_EQ(run(stage, 21, {1, 1, nullptr}), std::vector<number>{42});
}

TEST(stage_of_a_job, learns_while_it_runs_that_it_is_called_off) {
  std::atomic<bool> called_off = false;
  const auto stage = define_stage("patient", [&called_off](number, const job& about) {
    const number before = about.cancelled() ? 1 : 0;
    called_off = true;
    return std::vector<number>{before, about.cancelled() ? number{1} : number{0}};
  });
  EXPECT_EQ(run(stage, 0, {1, 1, &called_off}), (std::vector<number>{0, 1}));
}

TEST(stage_of_a_job, an_item_of_a_pipeline_is_never_called_off) {
  EXPECT_FALSE(job(1, 1, nullptr).cancelled());
}

TEST(stage_of_a_job, may_give_nothing_of_one_that_is_called_off) {
  const std::atomic<bool> called_off = true;
  EXPECT_EQ(run(define_stage("perhaps", perhaps), 4, {3, 2, &called_off}), std::vector<number>{});
}

TEST(stage_of_a_job, a_throw_becomes_an_error) {
  const auto stage = define_stage("thrower", [](number, const job& about) -> number {
    throw std::runtime_error("attempt " + std::to_string(about.attempt()));
  });
  const auto got = run(stage, 0, {1, 7, nullptr});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::handler_failed);
  EXPECT_NE(got.error().context.find("std::runtime_error: attempt 7"), std::string::npos);
}

TEST(stage_of_a_job, its_types_are_those_of_the_item_and_of_what_comes_back) {
  using lambda = decltype([](const std::string&, const job&) -> std::optional<number> { return 1; });
  static_assert(std::is_same_v<stage_input<lambda>, std::string>);
  static_assert(std::is_same_v<stage_result<lambda>, std::optional<number>>);
  static_assert(std::is_same_v<stage_input<decltype(function)>, number>);
  static_assert(std::is_same_v<stage_result<careful_const_class>, number>);
  EXPECT_EQ(result_shape<void>(), "void");
  EXPECT_EQ(result_shape<number>(), shape_of<number>());
  EXPECT_NE(result_shape<std::optional<number>>(), result_shape<number>());
}

}  // namespace
}  // namespace troupe::runtime::stage_test
