#include "child_process.hpp"

#include <troupe/sync/file_lock.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <string>

namespace file_lock_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::file_lock;
using troupe::test::child_process;
using troupe::test::signal_pipe;

class file_lock_of_a_file : public testing::Test {
 protected:
  ~file_lock_of_a_file() override { ::unlink(path_.c_str()); }
  std::string path_ = testing::TempDir() + "file_lock_test-" + std::to_string(::getpid());
  file_lock lock_ = file_lock::open(path_).value();
};

TEST_F(file_lock_of_a_file, keeps_others_out_until_its_guard_ends) {
  auto held = lock_.lock();
  ASSERT_TRUE(held) << held.error().message();
  EXPECT_EQ(lock_.try_lock().error().code, errc::busy);
  EXPECT_EQ(lock_.try_lock_shared().error().code, errc::busy);
  EXPECT_EQ(lock_.lock_until(deadline::after(2ms)).error().code, errc::timed_out);
  held->unlock();
  EXPECT_FALSE(held->holds());
  EXPECT_TRUE(lock_.lock_until(deadline::after({}))) << "free: whatever the deadline";
}

TEST_F(file_lock_of_a_file, is_shared_by_readers) {
  const auto one = lock_.lock_shared();
  EXPECT_TRUE(lock_.try_lock_shared());
  EXPECT_TRUE(lock_.lock_shared_until(deadline::after(1s)));
  EXPECT_EQ(lock_.try_lock().error().code, errc::busy);
}

TEST_F(file_lock_of_a_file, of_one_range_leaves_the_others_free) {
  const auto held = lock_.lock({.start = 10, .length = 5});
  EXPECT_TRUE(lock_.try_lock({.start = 0, .length = 10}));
  EXPECT_TRUE(lock_.try_lock({.start = 15}));
  EXPECT_EQ(lock_.try_lock({.start = 14, .length = 1}).error().code, errc::busy);
  EXPECT_EQ(lock_.try_lock().error().code, errc::busy);
  const auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(lock_.try_lock({.start = most}).error().code, errc::invalid_argument);
  EXPECT_EQ(lock_.try_lock({.start = 1, .length = most}).error().code, errc::invalid_argument);
}

TEST_F(file_lock_of_a_file, is_given_back_by_the_death_of_its_owner) {
  const signal_pipe has_it;
  child_process owner([&] {
    const auto held = lock_.lock();
    has_it.say();
    ::pause();
    return held ? 0 : 1;
  });
  has_it.await_word();
  EXPECT_EQ(lock_.try_lock().error().code, errc::busy);
  owner.kill();
  EXPECT_TRUE(lock_.lock());
}

TEST(file_lock, says_which_file_cannot_be_locked) {
  const auto none = file_lock::open("/nowhere/file");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::not_found);
  EXPECT_NE(none.error().message().find("'/nowhere/file'"), std::string::npos);
  EXPECT_EQ(file_lock::open("/").error().code, errc::wrong_kind) << file_lock::open("/").error().message();
}

}  // namespace
}  // namespace file_lock_test
