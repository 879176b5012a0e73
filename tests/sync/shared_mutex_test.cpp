#include "child_process.hpp"

#include <troupe/sync/shared_mutex.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace shared_mutex_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::shared_mutex;
using troupe::test::child_process;
using troupe::test::signal_pipe;

struct pair {
  std::uint64_t first = 0, second = 0;  // equal, but in the midst of a change
};

std::string own_name(const std::string& what) {
  return "test-" + what + "-" + std::to_string(::getpid());
}

TEST(shared_mutex, is_poisoned_by_the_death_of_its_owner_and_mended_by_the_next) {
  auto both = shared_mutex<pair>::create();
  ASSERT_TRUE(both) << both.error().message();
  const signal_pipe held;
  child_process owner([&] {
    auto guard = both->lock();
    (*guard)->first = 1;
    held.say();
    ::pause();
    return 1;
  });
  held.await_word();
  EXPECT_EQ(both->try_lock().error().why().code, errc::busy);
  EXPECT_EQ(both->lock_until(deadline::after(1ms)).error().why().code, errc::timed_out);
  owner.kill();
  {
    auto next = both->lock();
    ASSERT_FALSE(next);
    ASSERT_TRUE(next.error().is_poisoned()) << next.error().why().message();
    EXPECT_EQ(next.error().poison()->inner()->first, 1U);
  }
  EXPECT_TRUE(both->try_lock().error().is_poisoned()) << "until somebody says that it is right again";
  {
    auto mended = troupe::sync::even_if_poisoned(both->lock_until(deadline::after(1min)));
    ASSERT_TRUE(mended);
    (*mended)->second = 1;
    both->clear_poison();
  }
  EXPECT_TRUE(both->lock());
}

TEST(shared_mutex, wakes_a_process_that_waits_when_the_owner_dies) {
  auto number = shared_mutex<int>::create(5);
  ASSERT_TRUE(number);
  const signal_pipe held;
  child_process owner([&] {
    const auto guard = number->lock();
    held.say();
    ::pause();
    return 1;
  });
  held.await_word();
  const signal_pipe at_it;
  child_process waiter([&] {
    at_it.say();
    auto got = number->lock();
    return !got && got.error().is_poisoned() ? 0 : 1;
  });
  at_it.await_word();
  owner.kill();
  EXPECT_EQ(waiter.wait(), 0);
}

TEST(shared_mutex, is_poisoned_by_an_exception_as_one_between_threads_is) {
  auto number = shared_mutex<int>::create();
  ASSERT_TRUE(number);
  try {
    const auto guard = number->lock();
    throw std::runtime_error("in the midst");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(number->is_poisoned());
  EXPECT_TRUE(number->lock().error().is_poisoned());
}

TEST(shared_mutex, is_found_by_its_name_and_by_its_descriptor) {
  auto named = shared_mutex<int>::open(own_name("mutex"), 3);
  ASSERT_TRUE(named) << named.error().message();
  auto same = shared_mutex<int>::open(own_name("mutex"), 4);
  ASSERT_TRUE(same);
  EXPECT_EQ(**same->lock(), 3);
  EXPECT_EQ(named->descriptor(), nullptr);
  EXPECT_EQ(shared_mutex<pair>::open(own_name("mutex")).error().code, errc::type_mismatch);

  auto made = shared_mutex<int>::create(8);
  ASSERT_TRUE(made);
  auto mapped =
      shared_mutex<int>::map(troupe::unique_fd(::fcntl(made->descriptor()->get(), F_DUPFD_CLOEXEC, 0)));
  ASSERT_TRUE(mapped) << mapped.error().message();
  **mapped->lock() = 9;
  EXPECT_EQ(**made->lock(), 9);
  EXPECT_EQ(shared_mutex<pair>::map(troupe::unique_fd(::fcntl(made->descriptor()->get(), F_DUPFD_CLOEXEC, 0)))
                .error()
                .code,
            errc::invalid_argument);
}

/// Changes both halves, for ever; 1 when it has seen them differ without being told.
int change(shared_mutex<pair>& both) {
  for (;;) {
    auto guard = both.lock_until(deadline::after(30s));
    if (!guard) {
      auto* const bad = guard.error().poison();
      if (bad == nullptr) return 2;  // it hung
      bad->inner()->second = bad->inner()->first;
      both.clear_poison();
      continue;
    }
    if ((*guard)->first != (*guard)->second) return 1;
    ++(*guard)->first;
    std::this_thread::yield();  // most deaths shall fall between the two
    ++(*guard)->second;
  }
}

TEST(shared_mutex, never_hangs_or_shows_a_torn_value_while_its_users_are_killed) {
  auto both = shared_mutex<pair>::create();
  ASSERT_TRUE(both);
  const char* const wanted = std::getenv("TROUPE_KILL_SECONDS");
  const auto end = deadline::after(std::chrono::seconds(wanted != nullptr ? std::atoi(wanted) : 1));
  std::mt19937 dice(1);
  std::vector<std::unique_ptr<child_process>> users(4);
  std::uint64_t kills = 0;
  for (; !end.passed(); ++kills) {
    auto& victim = users[dice() % users.size()];
    if (victim) {
      ASSERT_TRUE(victim->is_running()) << "it hung, or saw a torn value";
      victim->kill();
    }
    victim = std::make_unique<child_process>([&] { return change(*both); });
    const auto before = both->lock_until(deadline::after(30s));
    ASSERT_TRUE(before || before.error().why().code == errc::poisoned) << before.error().why().message();
  }
  for (auto& each : users) EXPECT_TRUE(!each || each->is_running()) << "it hung, or saw a torn value";
  EXPECT_GT(kills, 4U);
}

}  // namespace
}  // namespace shared_mutex_test
