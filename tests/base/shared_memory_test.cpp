#include <troupe/base/shared_memory.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

namespace shared_memory_test {
namespace {

using troupe::errc;
using troupe::shared_memory;
using troupe::unique_fd;

unique_fd duplicate(const unique_fd& fd) {
  return unique_fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
}

TEST(shared_memory, is_zeroed_and_has_the_size_asked_for) {
  const auto region = shared_memory::create("test", 5000);
  ASSERT_TRUE(region);
  EXPECT_EQ(region->size(), 5000U);
  const auto memory = region->memory();
  EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](std::byte each) { return each == std::byte{0}; }));
}

TEST(shared_memory, two_mappings_of_one_descriptor_show_the_same_bytes) {
  const auto one = shared_memory::create("test", 100);
  ASSERT_TRUE(one);
  const auto two = shared_memory::map(duplicate(one->descriptor()), 100);
  ASSERT_TRUE(two) << two.error().message();
  one->memory()[99] = std::byte{7};
  EXPECT_EQ(two->memory()[99], std::byte{7});
  EXPECT_NE(one->memory().data(), two->memory().data());
}

TEST(shared_memory, a_child_process_writes_into_it) {
  const auto region = shared_memory::create("test", sizeof(std::atomic<int>));
  ASSERT_TRUE(region);
  auto* const number = new (region->memory().data()) std::atomic<int>(1);
  const pid_t child = ::fork();
  if (child == 0) {
    number->store(2);
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(number->load(), 2);
}

TEST(shared_memory, its_descriptor_is_closed_on_exec) {
  const auto region = shared_memory::create("test", 1);
  ASSERT_TRUE(region);
  EXPECT_NE(::fcntl(region->descriptor().get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(shared_memory, nobody_can_change_its_size) {
  const auto region = shared_memory::create("test", 4096);
  ASSERT_TRUE(region);
  EXPECT_EQ(::ftruncate(region->descriptor().get(), 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(region->descriptor().get(), 8192), -1);
}

TEST(shared_memory, a_smaller_region_than_wanted_is_refused_with_both_sizes) {
  const auto region = shared_memory::create("test", 100);
  ASSERT_TRUE(region);
  const auto mapped = shared_memory::map(duplicate(region->descriptor()), 101);
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().code, errc::invalid_argument);
  EXPECT_EQ(mapped.error().context, "map shared memory of 101 bytes: it has 100");
}

TEST(shared_memory, memory_that_could_shrink_is_refused) {
  unique_fd unsealed(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(unsealed.get(), 100), 0);
  const auto mapped = shared_memory::map(std::move(unsealed), 100);
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().code, errc::wrong_kind);
}

TEST(shared_memory, what_is_no_memory_at_all_is_refused) {
  EXPECT_EQ(shared_memory::map(unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC)), 1).error().code,
            errc::wrong_kind);
  EXPECT_FALSE(shared_memory::map(unique_fd(), 1));
}

TEST(shared_memory, sizes_that_cannot_be_are_refused) {
  EXPECT_EQ(shared_memory::create("test", 0).error().code, errc::invalid_argument);
  EXPECT_EQ(shared_memory::create("test", SIZE_MAX).error().code, errc::invalid_argument);
  EXPECT_FALSE(shared_memory::create("test", std::size_t{1} << 62));
  EXPECT_EQ(shared_memory::create(std::string(300, 'n'), 1).error().code, errc::invalid_argument);
}

TEST(shared_memory, moving_moves_the_mapping) {
  auto from = shared_memory::create("test", 10);
  ASSERT_TRUE(from);
  std::byte* const where = from->memory().data();
  shared_memory to = std::move(*from);
  EXPECT_FALSE(*from);
  EXPECT_EQ(to.memory().data(), where);
  shared_memory third;
  third = std::move(to);
  EXPECT_EQ(third.memory().data(), where);
}

}  // namespace
}  // namespace shared_memory_test
