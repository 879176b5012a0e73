#include <troupe/spawn/guard.hpp>

#include <tests/spawn/orphans.hpp>
#include <tests/spawn/wardens.hpp>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace troupe::spawn::guard_test {

using test::own_wardens;
using test::own_wardens_at_work;

TEST(guard, gives_a_child_a_session_of_its_own) {
  const auto guarded = guard::start();
  ASSERT_TRUE(guarded) << guarded.error().message();
  auto one = (*guarded)->spawn(std::move(command("sleep").arg("1000")));
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(::getsid(one->id()), one->id());
  one->kill_group();
  EXPECT_EQ(one->wait().status.signal(), SIGKILL);
}

TEST(guard, ends_a_child_with_the_thread_that_started_it) {
  const auto guarded = guard::start();
  ASSERT_TRUE(guarded);
  std::optional<child> one;
  std::thread([&] {
    auto made = (*guarded)->spawn(std::move(command("sleep").arg("1000")));
    if (made) one = std::move(*made);
  }).join();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->wait().status.signal(), SIGKILL);
}

TEST(guard, starts_a_warden_that_was_killed_again_before_the_next_child) {
  const auto guarded = guard::start();
  ASSERT_TRUE(guarded);
  const auto first = own_wardens_at_work();
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(::kill(first.front(), SIGKILL), 0);
  while (test::count_zombies() == 0) std::this_thread::yield();
  auto one = (*guarded)->spawn(command("true"));
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_TRUE(one->wait().status.success());
  const auto second = own_wardens_at_work();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_NE(second, first);
}

TEST(guard, names_the_program_that_cannot_be_started) {
  const auto guarded = guard::start();
  ASSERT_TRUE(guarded);
  const auto one = (*guarded)->spawn(command("/no/such/program"));
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, errc::not_found);
  EXPECT_NE(one.error().message().find("/no/such/program"), std::string::npos);
}

TEST(guard, takes_its_warden_along) {
  { ASSERT_TRUE(guard::start()); }
  EXPECT_TRUE(own_wardens().empty());
  EXPECT_EQ(test::count_zombies(), 0U);
}

}  // namespace troupe::spawn::guard_test
