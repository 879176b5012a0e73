#include <troupe/base/unique_fd.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace unique_fd_test {
namespace {

using troupe::unique_fd;

unique_fd open_null() {
  return unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}
bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(unique_fd, default_owns_nothing) {
  const unique_fd none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get(), -1);
}

TEST(unique_fd, closes_when_it_ends) {
  int number = -1;
  {
    const unique_fd fd = open_null();
    number = fd.get();
    ASSERT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(unique_fd, moving_leaves_the_source_empty) {
  unique_fd from = open_null();
  const int number = from.get();
  const unique_fd to = std::move(from);
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  EXPECT_EQ(to.get(), number);
}

TEST(unique_fd, assigning_closes_what_was_owned) {
  unique_fd first = open_null();
  const int number = first.get();
  first = open_null();
  EXPECT_TRUE(first);
  EXPECT_FALSE(is_open(number) && number != first.get());
}

TEST(unique_fd, assigning_to_itself_keeps_the_descriptor) {
  unique_fd fd = open_null();
  unique_fd& alias = fd;
  fd = std::move(alias);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(unique_fd, released_descriptor_stays_open) {
  unique_fd fd = open_null();
  const unique_fd other(fd.release());
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(other.get()));
}

TEST(unique_fd, closing_keeps_errno) {
  unique_fd fd = open_null();
  unique_fd twin(fd.get());  // closing this one second fails with EBADF
  errno = ENOENT;
  fd.reset();
  twin.reset();
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace unique_fd_test
