#include "probe.hpp"

#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/actors/shared.hpp>
#include <troupe/actors/test_system.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace shared_test {
namespace {

using troupe::share;
using troupe::shared;

struct prices {
  std::string shop;
  std::vector<int> cents;
  friend bool operator==(const prices&, const prices&) = default;
};

TEST(shared, copies_hold_the_same_value) {
  const auto one = share(prices{"north", {1, 2}});
  const auto other = one;
  EXPECT_EQ(one.get(), other.get());
  EXPECT_EQ(other->shop, "north");
  EXPECT_EQ((*other).cents, (std::vector<int>{1, 2}));
}

TEST(shared, gives_nobody_the_right_to_change) {
  using list = shared<const prices>;
  static_assert(std::is_same_v<decltype(*std::declval<list&>()), const prices&>);
  static_assert(std::is_same_v<decltype(std::declval<list&>().get()), const prices*>);
  static_assert(!std::is_constructible_v<list, std::shared_ptr<const prices>>,
                "somebody may hold it mutable");
}

TEST(shared, makes_its_value_in_place) {
  struct immovable {
    explicit immovable(int n) : number(n) {}
    std::atomic<int> number;
  };
  EXPECT_EQ(share<immovable>(7)->number, 7);
  EXPECT_EQ(share<std::string>(3, 'x')->size(), 3U);
  EXPECT_EQ(share<prices>(prices{"south", {}})->shop, "south");
}

TEST(shared, moves_a_value_in_without_a_copy) {
  auto copies = std::make_shared<std::atomic<int>>(0);
  probe::copy_counting value(copies);
  const auto held = share(std::move(value));
  EXPECT_TRUE(held);
  EXPECT_EQ(*copies, 0);
}

TEST(shared, passes_on_what_the_constructor_throws) {
  struct thrower {
    explicit thrower(int) { throw std::runtime_error("no"); }
  };
  EXPECT_THROW(static_cast<void>(share<thrower>(1)), std::runtime_error);
}

TEST(shared, is_empty_by_default_and_when_moved_from) {
  shared<const prices> list;
  EXPECT_FALSE(list);
  EXPECT_EQ(list.get(), nullptr);
  list = share<prices>();
  EXPECT_TRUE(list);
  const auto taken = std::move(list);
  EXPECT_TRUE(taken);
  EXPECT_FALSE(list);  // NOLINT: that is the promise
}

TEST(shared, compares_values) {
  const auto one = share(prices{"north", {1}});
  EXPECT_EQ(one, share(prices{"north", {1}}));
  EXPECT_NE(one, share(prices{"south", {1}}));
  EXPECT_NE(one, shared<const prices>());
  EXPECT_EQ(shared<const prices>(), shared<const prices>());
}

TEST(shared, may_stand_in_a_message_whose_value_is_defined_later) {
  struct later;
  struct message {
    shared<const later> held;
  };
  static_assert(troupe::sendable<message>);
  struct later {
    int number = 0;
  };
  EXPECT_EQ(message{share(later{5})}.held->number, 5);
}

/// Counts its ends.
class model {
 public:
  explicit model(std::atomic<int>& ends) : ends_(ends) {}
  model(const model&) = delete;
  model& operator=(const model&) = delete;
  ~model() { ++ends_; }

 private:
  std::atomic<int>& ends_;
};
struct use {
  shared<const model> which;
};
/// Keeps the model that it got, and writes down where that is.
class keeper {
 public:
  using receives = troupe::receives<use>;
  explicit keeper(std::vector<const model*>& seen) : seen_(seen) {}
  void operator()(use message) {
    held_ = std::move(message.which);
    seen_.push_back(held_.get());
  }

 private:
  std::vector<const model*>& seen_;
  shared<const model> held_;
};

TEST(shared, is_held_by_many_actors_and_ends_with_the_last) {
  std::atomic<int> ends = 0;
  std::vector<const model*> seen;
  troupe::test_system system;
  const auto one = system.spawn<keeper>({}, seen), other = system.spawn<keeper>({}, seen);
  auto made = share<model>(ends);
  const model* where = made.get();
  one.send(use{made});
  other.send(use{std::move(made)});
  system.run_until_idle();
  EXPECT_EQ(seen, (std::vector<const model*>{where, where}));
  one.stop();
  system.run_until_idle();
  EXPECT_EQ(ends, 0);
  other.stop();
  system.run_until_idle();
  EXPECT_EQ(ends, 1);
}

}  // namespace
}  // namespace shared_test
