#include "../../base/storm.hpp"
#include "../support.hpp"
#include "pattern.hpp"

#include <troupe/spawn/pipes/splice.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>
#include <thread>

namespace troupe::spawn::splice_test {

namespace {

/// A file without a name that holds `size` bytes of the pattern, to be read from the beginning.
unique_fd file_of(std::size_t size, int flags = 0) {
  unique_fd file(open(testing::TempDir().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600));
  EXPECT_TRUE(file && write_all(file.get(), pattern(size)));
  EXPECT_EQ(lseek(file.get(), 0, SEEK_SET), 0);
  return file;
}

std::vector<std::byte> content_of(int file) {
  std::vector<std::byte> all(static_cast<std::size_t>(lseek(file, 0, SEEK_END)));
  lseek(file, 0, SEEK_SET);
  EXPECT_TRUE(read_exact(file, all));
  return all;
}

std::pair<unique_fd, unique_fd> socket_pair() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

/// What comes out of `fd` until its end.
std::vector<std::byte> drain(int fd) {
  const std::string text = test::read_to_end(fd);
  const auto view = as_bytes_view(text);
  return {view.begin(), view.end()};
}

/// Splices all from `from` to `to` on a thread, which then closes both ends.
std::thread splicing(unique_fd from, unique_fd to, std::uint64_t expected) {
  return std::thread([from = std::move(from), to = std::move(to), expected] {
    EXPECT_EQ(splice_all(from.get(), to.get()), expected);
  });
}

constexpr std::size_t large = (3 << 20) + 5;

}  // namespace

TEST(splice, a_file_goes_into_a_pipe_and_out_of_it_into_another) {
  auto first = make_pipe();
  auto second = make_pipe();
  ASSERT_TRUE(first && second);
  std::thread in = splicing(file_of(large), std::move(first->write_end), large);
  std::thread through = splicing(std::move(first->read_end), std::move(second->write_end), large);
  EXPECT_EQ(drain(second->read_end.get()), pattern(large));
  in.join();
  through.join();
}

TEST(splice, a_pipe_goes_into_a_file_at_its_position) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), as_bytes_view("cdef")));
  ends->write_end.reset();
  const unique_fd file = file_of(0);
  ASSERT_TRUE(write_all(file.get(), as_bytes_view("ab")));
  EXPECT_EQ(splice_all(ends->read_end.get(), file.get()), 4U);
  const auto all = content_of(file.get());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(all.data()), all.size()), "abcdef");
}

TEST(splice, a_pipe_goes_through_a_socket_pair_into_a_pipe) {
  auto first = make_pipe();
  auto second = make_pipe();
  ASSERT_TRUE(first && second);
  auto [near, far] = socket_pair();
  std::thread in = splicing(file_of(large), std::move(first->write_end), large);
  std::thread out = splicing(std::move(first->read_end), std::move(near), large);
  std::thread back = splicing(std::move(far), std::move(second->write_end), large);
  EXPECT_EQ(drain(second->read_end.get()), pattern(large));
  in.join();
  out.join();
  back.join();
}

TEST(splice, where_the_kernel_cannot_the_bytes_are_read_and_written) {
  const unique_fd plain = file_of(large);
  const unique_fd copy = file_of(0);
  EXPECT_EQ(splice_all(plain.get(), copy.get()), large);
  EXPECT_EQ(content_of(copy.get()), pattern(large));

  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), pattern(1000)));
  const unique_fd appending = file_of(0, O_APPEND);
  EXPECT_TRUE(splice_exact(ends->read_end.get(), appending.get(), 1000));
  EXPECT_EQ(content_of(appending.get()), pattern(1000));
}

TEST(splice, exactly_so_many_bytes_leave_the_rest) {
  auto from = make_pipe();
  auto to = make_pipe();
  ASSERT_TRUE(from && to && write_all(from->write_end.get(), as_bytes_view("abcdef")));
  EXPECT_TRUE(splice_exact(from->read_end.get(), to->write_end.get(), 4));
  EXPECT_TRUE(splice_exact(from->read_end.get(), to->write_end.get(), 0));
  from->write_end.reset();
  to->write_end.reset();
  EXPECT_EQ(test::read_to_end(to->read_end.get()), "abcd");
  EXPECT_EQ(test::read_to_end(from->read_end.get()), "ef");
}

TEST(splice, a_stream_that_ends_too_soon_is_end_of_file_with_what_came) {
  auto from = make_pipe();
  auto to = make_pipe();
  ASSERT_TRUE(from && to && write_all(from->write_end.get(), as_bytes_view("abc")));
  from->write_end.reset();
  const auto moved = splice_exact(from->read_end.get(), to->write_end.get(), 4);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, errc::end_of_file);
  EXPECT_NE(moved.error().context.find("3 of 4 bytes"), std::string::npos) << moved.error().context;
}

TEST(splice, some_bytes_not_yet_and_the_end_are_told_apart) {
  auto from = make_pipe();
  auto to = make_pipe();
  ASSERT_TRUE(from && to && set_nonblocking(from->read_end.get()));
  const int in = from->read_end.get();
  const int out = to->write_end.get();
  EXPECT_EQ(splice_some(in, out, 100).value(), std::nullopt);
  ASSERT_TRUE(write_all(from->write_end.get(), as_bytes_view("abc")));
  EXPECT_EQ(splice_some(in, out, 2).value(), 2U);
  EXPECT_EQ(splice_some(in, out, 0).value(), 0U);
  EXPECT_EQ(splice_some(in, out, 100).value(), 1U);
  from->write_end.reset();
  EXPECT_EQ(splice_some(in, out, 100).value(), 0U);
}

TEST(splice, a_full_non_blocking_pipe_takes_nothing) {
  auto to = make_pipe();
  ASSERT_TRUE(to && set_nonblocking(to->write_end.get()));
  ASSERT_TRUE(write_all(to->write_end.get(), pattern(pipe_capacity)));
  const unique_fd file = file_of(10);
  EXPECT_EQ(splice_some(file.get(), to->write_end.get(), 10).value(), std::nullopt);
}

TEST(splice, all_of_a_stream_waits_on_non_blocking_ends_too) {
  auto first = make_pipe();
  auto second = make_pipe();
  ASSERT_TRUE(first && second);
  for (const int fd : {first->read_end.get(), first->write_end.get(), second->write_end.get()})
    ASSERT_TRUE(set_nonblocking(fd));
  std::thread in = splicing(file_of(large), std::move(first->write_end), large);
  std::thread through = splicing(std::move(first->read_end), std::move(second->write_end), large);
  EXPECT_EQ(drain(second->read_end.get()), pattern(large));
  in.join();
  through.join();
}

TEST(splice, the_two_ends_of_one_pipe_are_refused) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends && write_all(ends->write_end.get(), as_bytes_view("abc")));
  const auto moved = splice_all(ends->read_end.get(), ends->write_end.get());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, errc::invalid_argument);
}

TEST(splice, a_closed_descriptor_is_an_error_that_names_both) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  const auto moved = splice_all(-1, ends->write_end.get());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().os_errno, EBADF);
  EXPECT_NE(moved.error().context.find("-1 to "), std::string::npos) << moved.error().context;
}

TEST(splice, a_gone_reader_is_broken_pipe_and_no_signal_however_it_is_moved) {
  command splicing_child(SPAWNING_CHILD);
  EXPECT_EQ(test::output_of(splicing_child.arg("broken-splice")),
            "pipe: broken_pipe\nfile: broken_pipe\nsocket: broken_pipe\nno pipe: broken_pipe\n");
}

TEST(splice, a_storm_of_interrupting_signals_loses_nothing) {
  auto first = make_pipe();
  auto second = make_pipe();
  ASSERT_TRUE(first && second);
  std::vector<std::byte> got(large);
  std::thread in = splicing(file_of(large), std::move(first->write_end), large);
  troupe::test::in_storms(
      [&] { EXPECT_TRUE(splice_exact(first->read_end.get(), second->write_end.get(), large)); },
      [&] { EXPECT_TRUE(read_exact(second->read_end.get(), got)); });
  in.join();
  EXPECT_EQ(got, pattern(large));
}

}  // namespace troupe::spawn::splice_test
