#include "../../end_to_end/folder.hpp"

#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/members/sink_file.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <thread>

namespace troupe::runtime::sink_file_test {
namespace {

class sink_file_test : public ::testing::Test {
 protected:
  result<sink_file> open(const std::string& name) {
    return sink_file::open({name == "-" ? name : home.path(name), {}}, abandoned);
  }
  /// A FIFO with its reading end, which does not wait.
  unique_fd read_fifo(const std::string& name) {
    EXPECT_EQ(::mkfifo(home.path(name).c_str(), 0600), 0);
    unique_fd reader(::open(home.path(name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_TRUE(reader);
    return reader;
  }
  /// The next so many bytes; fewer when they do not come.
  static std::string text_of(int fd, std::size_t size) {
    std::string text;
    std::array<std::byte, 65536> chunk{};
    const auto watchdog = deadline::after(std::chrono::minutes(1));
    while (text.size() < size) {
      if (!spawn::wait_ready(fd, spawn::readiness::read, watchdog).value_or(false)) return text;
      const auto got =
          spawn::read_some(fd, std::span(chunk).first(std::min(chunk.size(), size - text.size())));
      if (!got || got->value_or(1) == 0) return text;  // the writer has gone
      text.append(reinterpret_cast<const char*>(chunk.data()), got->value_or(0));
    }
    return text;
  }
  static result<> write(sink_file& into, const std::string& text) { return into.write(as_bytes_view(text)); }

  const end_to_end::folder home;
  std::atomic<bool> abandoned{false};
};

TEST_F(sink_file_test, a_file_is_created_and_holds_what_was_written) {
  auto file = open("out.txt");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_TRUE(write(*file, "one\n"));
  EXPECT_TRUE(write(*file, ""));
  EXPECT_TRUE(write(*file, "two\n"));
  EXPECT_EQ(home.read("out.txt"), "one\ntwo\n") << "before it is closed";
  EXPECT_TRUE(file->close());
}

TEST_F(sink_file_test, an_older_file_is_emptied_when_it_is_opened) {
  home.write("out.txt", "old, and longer than the new one\n");
  auto file = open("out.txt");
  ASSERT_TRUE(file);
  EXPECT_EQ(home.read("out.txt"), "");
}

TEST_F(sink_file_test, a_folder_that_is_not_there_is_named) {
  const auto file = open("gone/out.txt");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, errc::not_found);
  EXPECT_EQ(file.error().context, "create the output '" + home.path("gone/out.txt") +
                                      "' (its folder must be there, and may be written)");
}

TEST_F(sink_file_test, a_folder_is_no_file) {
  const auto file = sink_file::open({home.path(), {}}, abandoned);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, errc::wrong_kind);
  EXPECT_EQ(file.error().context,
            "create the output '" + home.path() + "' (its folder must be there, and may be written)");
}

TEST_F(sink_file_test, a_file_without_permission_is_named) {
  home.write("out.txt", "");
  ASSERT_EQ(::chmod(home.path("out.txt").c_str(), 0400), 0);
  const uid_t before = ::geteuid();
  if (before == 0) {  // root may write everything
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto file = open("out.txt");
  ASSERT_EQ(::seteuid(before), 0);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, errc::permission_denied);
}

TEST_F(sink_file_test, a_fifo_that_nobody_reads_is_refused_at_once) {
  ASSERT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0);
  const auto file = open("fifo");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().os_errno, ENXIO);
  EXPECT_NE(file.error().context.find("which nobody reads (start its reader first)"), std::string::npos)
      << file.error().message();
}

TEST_F(sink_file_test, a_device_that_is_full_says_so_when_written_to) {
  auto file = sink_file::open({"/dev/full", {}}, abandoned);
  ASSERT_TRUE(file) << file.error().message();
  const auto written = write(*file, "one\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().os_errno, ENOSPC);
}

TEST_F(sink_file_test, a_fifo_takes_more_than_it_can_hold_while_somebody_reads) {
  const auto reader = read_fifo("fifo");
  auto file = open("fifo");
  ASSERT_TRUE(file);
  std::string text;
  for (int i = 0; text.size() < (1U << 20U); ++i) text += "line " + std::to_string(i) + '\n';
  std::thread writer([&] {
    EXPECT_TRUE(write(*file, text));
    EXPECT_TRUE(file->close());
  });
  EXPECT_TRUE(text_of(reader.get(), text.size()) == text);
  writer.join();
}

TEST_F(sink_file_test, a_reader_that_goes_away_is_a_broken_pipe_and_no_signal) {
  auto reader = read_fifo("fifo");
  auto file = open("fifo");
  ASSERT_TRUE(file);
  EXPECT_TRUE(write(*file, "one\n"));
  reader.reset();
  const auto written = write(*file, "two\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::broken_pipe);
}

TEST_F(sink_file_test, nothing_is_written_for_a_run_that_was_abandoned) {
  auto file = open("out.txt");
  ASSERT_TRUE(file);
  abandoned = true;
  const auto written = write(*file, "one\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::cancelled);
  EXPECT_EQ(home.read("out.txt"), "");
}

TEST_F(sink_file_test, waiting_for_a_reader_ends_when_the_run_is_abandoned) {
  const auto reader = read_fifo("fifo");
  auto file = open("fifo");
  ASSERT_TRUE(file);
  std::thread waiting([&] {
    const auto written = write(*file, std::string(1U << 20U, 'x'));  // more than any pipe of ours holds
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, errc::cancelled);
  });
  EXPECT_EQ(text_of(reader.get(), 1), "x") << "it is at work";
  abandoned = true;
  waiting.join();
}

/// Puts another descriptor, or none, in the place of standard output for as long as it lives.
class other_stdout {
 public:
  explicit other_stdout(int instead) : kept_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10)) {
    if (instead >= 0)
      ::dup2(instead, STDOUT_FILENO);
    else
      ::close(STDOUT_FILENO);
  }
  ~other_stdout() { ::dup2(kept_.get(), STDOUT_FILENO); }

 private:
  unique_fd kept_;
};

TEST_F(sink_file_test, a_dash_is_standard_output_which_stays_open) {
  const auto pipe = spawn::make_pipe();
  ASSERT_TRUE(pipe);
  {
    const other_stdout piped(pipe->write_end.get());
    auto file = open("-");
    ASSERT_TRUE(file);
    EXPECT_TRUE(write(*file, "one\n"));
    EXPECT_TRUE(file->close());
    EXPECT_EQ(::write(STDOUT_FILENO, "two\n", 4), 4);
  }
  EXPECT_EQ(text_of(pipe->read_end.get(), 8), "one\ntwo\n");
}

TEST_F(sink_file_test, a_standard_output_that_is_closed_is_refused) {
  std::optional<result<sink_file>> file;
  {
    const other_stdout none(-1);
    file = open("-");
  }
  ASSERT_FALSE(*file);
  EXPECT_EQ(file->error().context, "write to standard output");
  EXPECT_EQ(file->error().os_errno, EBADF);
}

}  // namespace
}  // namespace troupe::runtime::sink_file_test
