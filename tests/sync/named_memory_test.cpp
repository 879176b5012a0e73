#include "child_process.hpp"

#include <troupe/sync/named_memory.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace named_memory_test {
namespace {

using troupe::errc;
using troupe::sync::named_memory;
using troupe::test::child_process;
using troupe::test::signal_pipe;

std::string own_name(const std::string& what) {
  return "test-" + what + "-" + std::to_string(::getpid());
}
std::string path_of(const std::string& name) {
  return "/dev/shm/troupe." + name;
}
bool is_there(const std::string& name) {
  return ::access(path_of(name).c_str(), F_OK) == 0;
}
void nothing(std::span<std::byte>) {}
auto open_of(const std::string& name, std::size_t size = 100, std::uint32_t version = 1) {
  return named_memory::open(name, {.size = size, .version = version}, nothing);
}

TEST(named_memory, is_one_object_for_all_who_open_its_name_and_goes_with_the_last) {
  const auto name = own_name("one");
  {
    auto first = named_memory::open(name, {.size = 100}, [](auto at) { at[3] = std::byte{7}; });
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(first->memory().size(), 100U);
    auto second = named_memory::open(name, {.size = 100}, [](auto) { FAIL() << "it is there already"; });
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_EQ(second->memory()[3], std::byte{7});
    struct stat status {};
    ASSERT_EQ(::stat(path_of(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    { const auto gone = std::move(*first); }
    EXPECT_TRUE(is_there(name)) << "the second is still here";
  }
  EXPECT_FALSE(is_there(name));
}

TEST(named_memory, refuses_names_and_sizes_that_cannot_be) {
  EXPECT_EQ(open_of("").error().code, errc::invalid_argument);
  EXPECT_EQ(open_of("a/b").error().code, errc::invalid_argument);
  EXPECT_EQ(open_of(std::string("a\0b", 3)).error().code, errc::invalid_argument);
  EXPECT_EQ(open_of(std::string(201, 'a')).error().code, errc::too_large);
  EXPECT_EQ(open_of("a", 0).error().code, errc::invalid_argument);
}

TEST(named_memory, refuses_another_size_or_version_while_it_is_in_use) {
  const auto name = own_name("fits");
  const auto first = open_of(name);
  ASSERT_TRUE(first);
  EXPECT_EQ(open_of(name, 101).error().code, errc::type_mismatch);
  EXPECT_EQ(open_of(name, 100, 2).error().code, errc::version_mismatch);
  EXPECT_TRUE(open_of(name));
}

TEST(named_memory, takes_all_its_room_at_once_or_leaves_nothing) {
  const auto name = own_name("full");
  const auto huge = open_of(name, std::size_t{1} << 46);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, errc::exhausted) << huge.error().message();
  EXPECT_FALSE(is_there(name));
}

TEST(named_memory, refuses_what_others_may_read) {
  const auto name = own_name("mode");
  { std::ofstream(path_of(name)) << "x"; }
  ::chmod(path_of(name).c_str(), 0644);
  EXPECT_EQ(open_of(name).error().code, errc::permission_denied);
  ::unlink(path_of(name).c_str());
}

TEST(named_memory, of_killed_users_begins_anew_and_goes_with_the_last) {
  const auto name = own_name("stale");
  const signal_pipe is_open;
  child_process user([&] {
    const auto mine = named_memory::open(name, {.size = 50}, [](auto at) { at[0] = std::byte{1}; });
    is_open.say();
    ::pause();
    return mine ? 0 : 1;
  });
  is_open.await_word();
  EXPECT_EQ(named_memory::remove_unused(name).error().code, errc::busy);
  user.kill();
  EXPECT_TRUE(is_there(name)) << "this is what a killed user leaves";
  {
    const auto next = open_of(name, 100, 2);
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_EQ(next->memory()[0], std::byte{0});
  }
  EXPECT_FALSE(is_there(name));
}

TEST(named_memory, of_a_user_killed_while_it_made_it_begins_anew_or_can_be_removed) {
  const auto name = own_name("half");
  const signal_pipe at_it;
  child_process maker([&] {
    const auto mine = named_memory::open(name, {.size = 50}, [&](auto) {
      at_it.say();
      ::pause();
    });
    return 1;
  });
  at_it.await_word();
  EXPECT_EQ(
      named_memory::open(name, {.size = 50, .until = troupe::deadline::after({})}, nothing).error().code,
      errc::timed_out);
  maker.kill();
  EXPECT_TRUE(named_memory::remove_unused(name).value());
  EXPECT_FALSE(named_memory::remove_unused(name).value());
  EXPECT_TRUE(open_of(name));
  EXPECT_FALSE(is_there(name));
}

TEST(named_memory, is_made_once_by_many_who_open_and_leave_at_once) {
  const auto name = own_name("race");
  std::vector<child_process> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([&name] {
      for (int n = 0; n < 300; ++n) {
        const auto mine = named_memory::open(name, {.size = 64},
                                             [](auto at) { std::fill(at.begin(), at.end(), std::byte{9}); });
        if (!mine) return 1;
        const auto at = mine->memory();
        if (!std::all_of(at.begin(), at.end(), [](std::byte each) { return each == std::byte{9}; })) return 2;
      }
      return 0;
    });
  for (auto& each : all) EXPECT_EQ(each.wait(), 0);
  EXPECT_FALSE(is_there(name));
}

}  // namespace
}  // namespace named_memory_test
