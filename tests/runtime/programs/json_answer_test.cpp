#include <troupe/runtime/programs/json_answer.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::json_answer_test {
namespace {

using items = std::vector<std::string_view>;

TEST(json_answer, null_is_no_item) {
  EXPECT_EQ(items_of_answer(" null "), items{});
}

TEST(json_answer, any_other_value_is_one_item) {
  for (const std::string_view text :
       {"1", "\"a,b\"", "true", R"({"a":[1,2]})", R"({"troupe":1,"b":2})", "{}"})
    EXPECT_EQ(items_of_answer(text), items{text}) << text;
}

TEST(json_answer, elements_of_an_array_are_many) {
  EXPECT_EQ(items_of_answer(R"([1, "a]\",", {"b":[2,3]}, null ])"),
            (items{"1", R"("a]\",")", R"({"b":[2,3]})", "null"}));
}

TEST(json_answer, an_empty_array_is_no_item) {
  EXPECT_EQ(items_of_answer("[ ]"), items{});
}

TEST(json_answer, an_array_in_an_array_is_one_item) {
  EXPECT_EQ(items_of_answer("[[1,2]]"), items{"[1,2]"});
}

TEST(json_answer, a_failure_comes_with_its_text) {
  const auto got = items_of_answer(R"( {"troupe" : {"error" : "bad \"x\"\n\u00e9\ud83d\ude00\ud800"} } )");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::handler_failed);
  EXPECT_EQ(got.error().context, "bad \"x\"\n\u00e9\U0001F600\uFFFD");
}

TEST(json_answer, other_words_to_troupe_are_refused) {
  for (const std::string_view text :
       {R"({"troupe":{"eror":"x"}})", R"({"troupe":null})", R"({"troupe":{"error":1}})"}) {
    const auto got = items_of_answer(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, errc::malformed) << text;
  }
}

}  // namespace
}  // namespace troupe::runtime::json_answer_test
