// The actor that a test plays.
#include <troupe/actors/test_probe.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace test_probe_test {
namespace {

using namespace std::chrono_literals;
using troupe::errc;

struct stock {
  int left = 0;
};
struct buy {
  std::string item;
  using reply = std::optional<stock>;
};
struct sold_out {
  std::string item;
};
struct parcel {
  std::unique_ptr<int> content;
};
struct tick {};

/// Asks the shop at each tick; says so when there is nothing left, a second later.
class buyer {
 public:
  using receives = troupe::receives<tick, sold_out>;
  buyer(troupe::context& self, troupe::address<buy, sold_out> shop) : self_(self), shop_(std::move(shop)) {}
  troupe::task<> operator()(tick) {
    auto answer = shop_.ask(buy{"tea"});
    const auto got = co_await answer;
    if (got && !*got) self_.after<buyer>(1s, sold_out{"tea"});
  }
  void operator()(sold_out s) { shop_.send(std::move(s)); }

 private:
  troupe::context& self_;
  const troupe::address<buy, sold_out> shop_;
};

TEST(test_probe, plays_the_other_side_of_an_actor) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    troupe::test_system stage(seed);
    troupe::test_probe<buy, sold_out> shop(stage);
    const auto who = stage.spawn<buyer>({}, shop.address());
    who.send(tick{});
    auto question = shop.expect<buy>();
    ASSERT_TRUE(question) << question.error().message();
    EXPECT_EQ(question->message.item, "tea");
    EXPECT_TRUE(shop.is_silent(500ms)) << "it waits for its answer";
    question->answer.set(std::nullopt);
    const auto news = shop.expect<sold_out>();
    ASSERT_TRUE(news) << news.error().message();
    EXPECT_EQ(news->item, "tea");
    EXPECT_TRUE(shop.is_silent(1h));
  }
}

TEST(test_probe, of_whom_another_message_is_next_says_which_and_keeps_it) {
  troupe::test_system stage;
  troupe::test_probe<buy, sold_out, parcel> probe(stage);
  probe.address().send(parcel{std::make_unique<int>(7)});
  probe.address().send(sold_out{"tea"});
  const auto wrong = probe.expect<sold_out>();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, errc::wrong_kind);
  EXPECT_NE(wrong.error().message().find("expect 'sold_out': 'parcel' came"), std::string::npos)
      << wrong.error().message();
  EXPECT_FALSE(probe.is_silent(0s));
  EXPECT_FALSE(probe.is_silent(1h)) << "what waits is not silence";
  EXPECT_EQ(*probe.expect<parcel>().value().content, 7);
  EXPECT_EQ(probe.expect<sold_out>().value().item, "tea");
  EXPECT_EQ(probe.waiting(), 0U);
}

TEST(test_probe, waits_for_as_long_as_it_is_told_in_virtual_time) {
  troupe::test_system stage;
  troupe::test_probe<sold_out> probe(stage);
  const auto none = probe.expect<sold_out>(1h);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::timed_out);
  struct late {
    using receives = troupe::receives<tick>;
    troupe::address<sold_out> to;
    late(troupe::context& self, troupe::address<sold_out> whom) : to(std::move(whom)) {
      self.after<late>(30min, tick{});
    }
    void operator()(tick) { to.send(sold_out{"x"}); }
  };
  const auto held = stage.spawn<late>({}, troupe::address<sold_out>(probe.address()));
  EXPECT_FALSE(probe.expect<sold_out>(29min));
  EXPECT_TRUE(probe.expect<sold_out>(31min));
  const auto later = stage.spawn<late>({}, troupe::address<sold_out>(probe.address()));
  EXPECT_TRUE(probe.is_silent(30min - 1ns));
  EXPECT_FALSE(probe.is_silent(1ns));
}

TEST(test_probe, whose_question_is_dropped_has_answered_it) {
  troupe::test_system stage;
  troupe::test_probe<buy> probe(stage);
  auto answer = probe.address().ask(buy{"tea"}, 1h);
  ASSERT_TRUE(probe.expect<buy>());
  EXPECT_EQ(answer.get().error().code, errc::closed);
}

TEST(test_system, runs_until_it_is_so_or_patience_ends) {
  troupe::test_system stage;
  EXPECT_TRUE(stage.run_until([] { return true; }, 0s));
  EXPECT_FALSE(stage.run_until([] { return false; }, 1h));
  troupe::test_probe<sold_out> probe(stage);
  probe.address().send(sold_out{});
  EXPECT_TRUE(stage.run_until([&] { return probe.waiting() == 1; }, 0s));
}

}  // namespace
}  // namespace test_probe_test
