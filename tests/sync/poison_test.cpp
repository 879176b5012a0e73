#include <troupe/sync/internal/uncaught.hpp>
#include <troupe/sync/poison.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

namespace poison_test {
namespace {

using troupe::errc;
using troupe::error;
using troupe::sync::even_if_poisoned;
using troupe::sync::lock_failure;
using troupe::sync::lock_result;
using troupe::sync::poisoned;
using troupe::sync::sound;
using troupe::sync::unwinding;

using guard = std::unique_ptr<int>;  // as guards are: movable, not copyable

lock_result<guard> half_written(int value) {
  return tl::unexpected(lock_failure<guard>(poisoned<guard>(std::make_unique<int>(value))));
}

lock_result<guard> busy() {
  return tl::unexpected(lock_failure<guard>(error{errc::busy, "lock the table", 0}));
}

TEST(poison, a_poisoned_lock_gives_its_guard_on_purpose_only) {
  auto locked = half_written(7);
  ASSERT_FALSE(locked);
  EXPECT_TRUE(locked.error().is_poisoned());
  EXPECT_EQ(locked.error().why().code, errc::poisoned);
  ASSERT_NE(locked.error().poison(), nullptr);
  EXPECT_EQ(*locked.error().poison()->inner(), 7);
  EXPECT_EQ(*std::move(*locked.error().poison()).into_inner(), 7);
}

TEST(poison, a_failure_without_a_guard_says_its_own_error) {
  auto locked = busy();
  EXPECT_FALSE(locked.error().is_poisoned());
  EXPECT_EQ(locked.error().poison(), nullptr);
  EXPECT_EQ(locked.error().why().message(), "lock the table: somebody else holds it");
}

TEST(poison, even_if_poisoned_lets_poison_pass_and_no_other_failure) {
  EXPECT_EQ(**even_if_poisoned(half_written(3)), 3);
  EXPECT_EQ(**even_if_poisoned(lock_result<guard>(std::make_unique<int>(4))), 4);
  EXPECT_EQ(even_if_poisoned(busy()).error().code, errc::busy);
}

TEST(poison, sound_refuses_a_poisoned_value_with_a_sentence) {
  EXPECT_EQ(**sound(lock_result<guard>(std::make_unique<int>(4))), 4);
  EXPECT_EQ(sound(half_written(3)).error().message(),
            "lock: a holder ended in the midst of a change: the value may be half-written");
}

/// Notes in its destructor whether an exception had begun since it was made.
struct witness {
  explicit witness(bool& to) : saw(to) {}
  ~witness() { saw = watching.has_begun(); }
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  bool& saw;
  unwinding watching;
};

/// Makes a witness within its own destructor.
struct tidy {
  explicit tidy(bool& to) : saw(to) {}
  ~tidy() { const witness inside(saw); }
  tidy(const tidy&) = delete;
  tidy& operator=(const tidy&) = delete;
  bool& saw;
};

TEST(poison, unwinding_is_seen_by_what_an_exception_destroys) {
  bool saw = true;
  { const witness calm(saw); }
  EXPECT_FALSE(saw);
  try {
    const witness torn(saw);
    throw std::runtime_error("in the midst");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(saw);
}

TEST(poison, what_begins_and_ends_while_an_exception_unwinds_is_not_torn_by_it) {
  bool saw = true;
  try {
    const tidy tidying(saw);
    throw std::runtime_error("in the midst");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(saw);
}

/// Holds in its destructor what the standard library and what we say.
struct compares {
  explicit compares(std::pair<int, unsigned>& to) : both(to) {}
  ~compares() { both = {std::uncaught_exceptions(), troupe::sync::internal::uncaught_exceptions()}; }
  compares(const compares&) = delete;
  compares& operator=(const compares&) = delete;
  std::pair<int, unsigned>& both;
};

TEST(poison, exceptions_in_flight_are_counted_as_the_standard_library_counts_them_in_each_thread) {
  const auto look = [] {
    std::pair<int, unsigned> both{7, 7};
    { const compares calm(both); }
    EXPECT_EQ(both, (std::pair<int, unsigned>{0, 0}));
    try {
      const compares torn(both);
      throw std::runtime_error("in flight");
    } catch (const std::runtime_error&) {
      EXPECT_EQ(troupe::sync::internal::uncaught_exceptions(), 0U);
    }
    EXPECT_EQ(both, (std::pair<int, unsigned>{1, 1}));
  };
  look();
  std::thread(look).join();
}

}  // namespace
}  // namespace poison_test
