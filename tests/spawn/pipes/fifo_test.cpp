#include "../../base/storm.hpp"
#include "../support.hpp"
#include "folder.hpp"
#include "pattern.hpp"

#include <troupe/spawn/pipes/fifo.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace troupe::spawn::fifo_test {

namespace {

deadline soon() {
  return deadline::after(milliseconds(30));
}
deadline in_time() {
  return deadline::after(test::watchdog);
}

template <class T>
errc code_of(const result<T>& of) {
  EXPECT_FALSE(of);
  return of ? errc{} : of.error().code;
}

class fifo : public testing::Test {
 protected:
  fifo() { EXPECT_TRUE(make_fifo(path)); }

  const test::folder where;
  const std::string path = where.path("fifo");
};

/// A shell, whose open(2) of a FIFO blocks.
child shell(const std::string& script) {
  auto made = command("sh").args({"-c", script}).stdout_to(stdio::piped()).spawn();
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

void expect_blocking_and_closed_on_exec(int fd) {
  EXPECT_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

}  // namespace

TEST_F(fifo, is_made_with_the_mode_asked_for) {
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode, S_IFIFO | 0600U);
  EXPECT_EQ(is_fifo(path), true);
}

TEST_F(fifo, a_name_that_is_taken_is_refused_and_says_by_what) {
  const auto again = make_fifo(path);
  EXPECT_EQ(code_of(again), errc::already_exists);
  EXPECT_NE(again.error().context.find("there is one already"), std::string::npos);
  std::ofstream(where.path("file")) << "kept";
  const auto over_file = make_fifo(where.path("file"));
  EXPECT_EQ(code_of(over_file), errc::already_exists);
  EXPECT_NE(over_file.error().context.find("what is there is no FIFO"), std::string::npos);
}

TEST_F(fifo, a_path_without_a_folder_is_not_found) {
  EXPECT_EQ(code_of(make_fifo(where.path("no/fifo"))), errc::not_found);
}

TEST_F(fifo, a_path_that_system_calls_would_cut_is_refused) {
  const std::string cut = path + std::string("\0x", 2);
  for (const std::string& wrong : {cut, std::string()}) {
    EXPECT_EQ(code_of(make_fifo(wrong)), errc::invalid_argument);
    EXPECT_EQ(code_of(is_fifo(wrong)), errc::invalid_argument);
    EXPECT_EQ(code_of(remove_fifo(wrong)), errc::invalid_argument);
    EXPECT_EQ(code_of(open_fifo_reader(wrong)), errc::invalid_argument);
    EXPECT_EQ(code_of(open_fifo_writer(wrong)), errc::invalid_argument);
  }
}

TEST_F(fifo, nothing_there_is_not_found) {
  const std::string nothing = where.path("nothing");
  EXPECT_EQ(code_of(is_fifo(nothing)), errc::not_found);
  EXPECT_EQ(code_of(remove_fifo(nothing)), errc::not_found);
  EXPECT_EQ(code_of(open_fifo_reader(nothing)), errc::not_found);
  EXPECT_EQ(code_of(open_fifo_writer(nothing)), errc::not_found);
}

TEST_F(fifo, whatever_else_is_there_is_the_wrong_kind_and_stays) {
  std::ofstream(where.path("file")) << "kept";
  std::filesystem::create_directory(where.path("folder"));
  std::filesystem::create_symlink(path, where.path("link"));
  for (const std::string& other : {where.path("file"), where.path("folder"), where.path("link")}) {
    EXPECT_EQ(is_fifo(other), false) << other;
    EXPECT_EQ(code_of(remove_fifo(other)), errc::wrong_kind) << other;
    EXPECT_EQ(code_of(open_fifo_reader(other)), errc::wrong_kind) << other;
    EXPECT_EQ(code_of(open_fifo_writer(other)), errc::wrong_kind) << other;
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(other))) << other;
  }
  EXPECT_EQ(code_of(open_fifo_writer("/dev/null")), errc::wrong_kind);
}

TEST_F(fifo, removing_it_leaves_nothing) {
  EXPECT_TRUE(remove_fifo(path));
  EXPECT_EQ(code_of(is_fifo(path)), errc::not_found);
}

TEST_F(fifo, one_thread_opens_both_ends_the_reader_first) {
  const auto reader = open_fifo_reader(path, deadline::never(), fifo_wait::no);
  const auto writer = open_fifo_writer(path);
  ASSERT_TRUE(reader && writer);
  expect_blocking_and_closed_on_exec(reader->get());
  expect_blocking_and_closed_on_exec(writer->get());
  EXPECT_TRUE(write_all(writer->get(), as_bytes_view("abc")));
  std::array<std::byte, 3> got;
  EXPECT_TRUE(read_exact(reader->get(), got, in_time()));
}

TEST_F(fifo, without_a_peer_both_ends_are_late) {
  EXPECT_EQ(code_of(open_fifo_writer(path, soon())), errc::timed_out);
  EXPECT_EQ(code_of(open_fifo_reader(path, soon())), errc::timed_out);
  EXPECT_EQ(code_of(open_fifo_writer(path, deadline::after(nanoseconds(0)))), errc::timed_out);
  EXPECT_EQ(code_of(open_fifo_reader(path, deadline::after(nanoseconds(0)))), errc::timed_out);
}

TEST_F(fifo, a_writer_that_opened_and_wrote_nothing_is_a_peer) {
  const unique_fd both(open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(open_fifo_reader(path, in_time()));
}

TEST_F(fifo, a_reader_does_not_lose_the_byte_it_waited_for) {
  const unique_fd both(open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(write_all(both.get(), as_bytes_view("a")));
  const auto reader = open_fifo_reader(path, in_time());
  ASSERT_TRUE(reader);
  expect_blocking_and_closed_on_exec(reader->get());
  std::byte one{};
  EXPECT_TRUE(read_exact(reader->get(), std::span(&one, 1), in_time()));
  EXPECT_EQ(one, std::byte{'a'});
}

TEST_F(fifo, a_reader_of_a_child_that_writes_gets_all_of_it_whoever_opens_first) {
  for (int round = 0; round < 10; ++round) {
    child writing = shell("printf 'some text' > '" + path + "'");
    const auto reader = open_fifo_reader(path, in_time());
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(test::read_to_end(reader->get()), "some text");
    writing.wait();
  }
}

TEST_F(fifo, a_reader_that_waits_first_gets_all_of_it) {
  test::event_box<std::string> read;
  std::thread reading([&] {
    const auto reader = open_fifo_reader(path, in_time());
    read.put(reader ? test::read_to_end(reader->get()) : reader.error().message());
  });
  // A writer finds somebody only once the reader has opened and is waiting.
  { const auto writer = open_fifo_writer(path, in_time()); }
  EXPECT_EQ(read.wait_for(1).at(0), "");
  reading.join();
}

TEST_F(fifo, a_writer_that_has_come_and_gone_leaves_the_end_of_file) {
  for (int round = 0; round < 10; ++round) {
    child writing = shell(": > '" + path + "'");
    const auto reader = open_fifo_reader(path, in_time());
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(test::read_to_end(reader->get()), "");
    writing.wait();
  }
}

TEST_F(fifo, a_writer_reaches_a_child_that_reads_whoever_opens_first) {
  for (int round = 0; round < 10; ++round) {
    child reading = shell("exec cat '" + path + "'");
    auto writer = open_fifo_writer(path, in_time());
    ASSERT_TRUE(writer) << writer.error().message();
    expect_blocking_and_closed_on_exec(writer->get());
    EXPECT_TRUE(write_all(writer->get(), as_bytes_view("some text"), in_time()));
    writer->reset();
    EXPECT_EQ(test::read_to_end(reading.take_stdout().get()), "some text");
    reading.wait();
  }
}

TEST_F(fifo, a_writer_that_waits_first_reaches_the_child_that_comes) {
  test::event_box<std::string> opened;
  std::thread writing([&] {
    const auto writer = open_fifo_writer(path, in_time());
    const auto written = writer ? write_all(writer->get(), as_bytes_view("some text"), in_time())
                                : result<>(tl::unexpected(writer.error()));
    opened.put(written ? "written" : written.error().message());
  });
  child reading = shell("exec cat '" + path + "'");
  EXPECT_EQ(test::read_to_end(reading.take_stdout().get()), "some text");
  EXPECT_EQ(opened.wait_for(1).at(0), "written");
  writing.join();
  reading.wait();
}

TEST_F(fifo, a_storm_of_interrupting_signals_does_not_end_the_wait) {
  troupe::test::in_storms(
      [&] {
        const auto reader = open_fifo_reader(path, in_time());
        ASSERT_TRUE(reader) << reader.error().message();
        std::vector<std::byte> got(1 << 20);
        EXPECT_TRUE(read_exact(reader->get(), got, in_time()));
        EXPECT_EQ(got, pattern(got.size()));
      },
      [&] {
        const auto writer = open_fifo_writer(path, in_time());
        ASSERT_TRUE(writer) << writer.error().message();
        EXPECT_TRUE(write_all(writer->get(), pattern(1 << 20), in_time()));
      });
}

TEST_F(fifo, no_descriptor_is_left_behind_by_an_error) {
  const std::size_t before = test::count_open_descriptors();
  static_cast<void>(open_fifo_reader(path, soon()));
  static_cast<void>(open_fifo_writer(path, soon()));
  static_cast<void>(open_fifo_reader(where.path("nothing")));
  EXPECT_EQ(test::count_open_descriptors(), before);
}

}  // namespace troupe::spawn::fifo_test
