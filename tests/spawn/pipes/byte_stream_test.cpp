#include "../support.hpp"
#include "pattern.hpp"

#include <troupe/spawn/pipes/byte_stream.hpp>

#include <algorithm>
#include <cstdint>
#include <thread>

namespace troupe::spawn::byte_stream_test {

namespace {

const deadline past = deadline::after(nanoseconds(0));

deadline soon() {
  return deadline::after(milliseconds(5));
}
deadline in_time() {
  return deadline::after(test::watchdog);
}

stream_ends stream_of(std::size_t capacity) {
  auto made = make_stream(capacity);
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

/// What is read at once.
std::string read_text(stream_reader& from, std::size_t size) {
  std::string text(size, '?');
  const auto got = from.try_read(std::as_writable_bytes(std::span(text)));
  if (!got) return got.error().message();
  if (!*got) return "not yet";
  text.resize(**got);
  return text;
}

template <class T>
errc code_of(const result<T>& of) {
  EXPECT_FALSE(of);
  return of ? errc{} : of.error().code;
}

}  // namespace

TEST(byte_stream, bytes_come_out_in_the_order_they_went_in) {
  auto [in, out] = stream_of(4);
  EXPECT_EQ(in.try_write(as_bytes_view("abc")).value(), 3U);
  EXPECT_EQ(read_text(out, 2), "ab");
  EXPECT_EQ(in.try_write(as_bytes_view("defgh")).value(), 3U);  // around the end of the memory
  EXPECT_EQ(in.try_write(as_bytes_view("x")).value(), std::nullopt);
  EXPECT_EQ(read_text(out, 10), "cdef");
  EXPECT_EQ(read_text(out, 10), "not yet");
}

TEST(byte_stream, every_size_of_step_through_every_capacity_keeps_the_bytes) {
  const auto sent = pattern(2000);
  for (std::size_t capacity = 1; capacity < 9; ++capacity)
    for (std::size_t step = 1; step < 11; ++step) {
      auto [in, out] = stream_of(capacity);
      std::vector<std::byte> got;
      std::array<std::byte, 16> chunk;
      for (std::size_t done = 0; got.size() < sent.size();) {
        const auto left = byte_view(sent).subspan(done);
        done += in.try_write(left.first(std::min(step, left.size()))).value().value_or(0);
        const auto more = out.try_read(std::span(chunk).first(1 + (got.size() + step) % 7)).value();
        got.insert(got.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(more.value_or(0)));
      }
      EXPECT_EQ(got, sent) << capacity << ' ' << step;
    }
}

TEST(byte_stream, much_goes_through_a_little_between_two_threads) {
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{1000}, pipe_capacity}) {
    auto [in, out] = stream_of(capacity);
    const auto sent = pattern(capacity == 1 ? 20'000 : 8 << 20);
    std::thread writer([&sent, end = std::move(in)]() mutable { EXPECT_TRUE(end.write_all(sent)); });
    std::vector<std::byte> got(sent.size());
    EXPECT_TRUE(out.read_exact(got, in_time()));
    EXPECT_EQ(got, sent);
    std::byte one{};
    EXPECT_EQ(out.read_some(std::span(&one, 1), in_time()), 0U);
    writer.join();
  }
}

TEST(byte_stream, a_dropped_writer_is_end_of_file_behind_what_it_wrote) {
  auto ends = stream_of(10);
  {
    const auto dropped = std::move(ends.write_end);
    EXPECT_TRUE(stream_writer(std::move(ends.write_end)).try_write({}).error().code == errc::closed);
  }
  EXPECT_EQ(read_text(ends.read_end, 10), "");
  EXPECT_EQ(read_text(ends.read_end, 10), "");

  auto [in, out] = stream_of(10);
  EXPECT_TRUE(in.write_all(as_bytes_view("abc")));
  in.close();
  EXPECT_EQ(read_text(out, 2), "ab");
  EXPECT_EQ(read_text(out, 2), "c");
  EXPECT_EQ(read_text(out, 2), "");
}

TEST(byte_stream, a_dropped_reader_is_broken_pipe_at_once) {
  auto [in, out] = stream_of(10);
  EXPECT_TRUE(in.write_all(as_bytes_view("abc")));
  { const stream_reader dropped(std::move(out)); }
  EXPECT_EQ(code_of(in.try_write(as_bytes_view("d"))), errc::broken_pipe);
  EXPECT_EQ(code_of(in.write_some(as_bytes_view("d"))), errc::broken_pipe);
  EXPECT_EQ(code_of(in.write_all(as_bytes_view("d"))), errc::broken_pipe);
}

// Whether the writer waits already when the reader goes is up to the scheduler; it must come back either way.
TEST(byte_stream, a_waiting_writer_learns_that_the_reader_has_gone) {
  for (int round = 0; round < 100; ++round) {
    auto [in, out] = stream_of(1);
    EXPECT_TRUE(in.write_all(as_bytes_view("x")));
    std::thread reader([end = std::move(out)]() mutable { end.close(); });
    EXPECT_EQ(code_of(in.write_all(as_bytes_view("y"), in_time())), errc::broken_pipe);
    reader.join();
  }
}

TEST(byte_stream, a_waiting_reader_learns_that_the_writer_has_gone) {
  for (int round = 0; round < 100; ++round) {
    auto [in, out] = stream_of(1);
    std::thread writer([end = std::move(in)]() mutable { end.close(); });
    std::byte one{};
    EXPECT_EQ(out.read_some(std::span(&one, 1), in_time()), 0U);
    writer.join();
  }
}

TEST(byte_stream, a_stream_that_ends_too_soon_is_end_of_file_with_what_came) {
  auto [in, out] = stream_of(10);
  EXPECT_TRUE(in.write_all(as_bytes_view("abc")));
  in.close();
  std::array<std::byte, 4> wanted;
  const auto got = out.read_exact(wanted);
  EXPECT_EQ(code_of(got), errc::end_of_file);
  EXPECT_NE(got.error().context.find("3 of 4 bytes"), std::string::npos) << got.error().context;
  EXPECT_EQ(wanted[2], std::byte{'c'});
}

TEST(byte_stream, late_reads_and_writes_say_how_much_was_done) {
  auto [in, out] = stream_of(4);
  const auto written = in.write_all(as_bytes_view("abcdef"), soon());
  EXPECT_EQ(code_of(written), errc::timed_out);
  EXPECT_NE(written.error().context.find("4 of 6 bytes"), std::string::npos) << written.error().context;
  EXPECT_EQ(code_of(in.write_some(as_bytes_view("x"), soon())), errc::timed_out);

  std::array<std::byte, 6> wanted;
  const auto got = out.read_exact(wanted, soon());
  EXPECT_EQ(code_of(got), errc::timed_out);
  EXPECT_NE(got.error().context.find("4 of 6 bytes"), std::string::npos) << got.error().context;
  EXPECT_EQ(code_of(out.read_some(wanted, soon())), errc::timed_out);
}

TEST(byte_stream, what_can_be_done_at_once_is_done_after_the_deadline_too) {
  auto [in, out] = stream_of(4);
  EXPECT_TRUE(in.write_all(as_bytes_view("ab"), past));
  EXPECT_EQ(in.write_some(as_bytes_view("cdef"), past), 2U);
  std::array<std::byte, 2> two;
  EXPECT_TRUE(out.read_exact(two, past));
  EXPECT_EQ(out.read_some(two, past), 2U);
}

TEST(byte_stream, nothing_to_move_does_not_wait) {
  auto [in, out] = stream_of(1);
  EXPECT_EQ(out.read_some({}), 0U);
  EXPECT_TRUE(out.read_exact({}));
  EXPECT_TRUE(in.write_all(as_bytes_view("x")));
  EXPECT_TRUE(in.write_all({}));
  EXPECT_EQ(in.write_some({}), 0U);
}

TEST(byte_stream, a_closed_end_says_so) {
  auto [in, out] = stream_of(4);
  in.close();
  in.close();
  out.close();
  out.close();
  std::byte one{};
  EXPECT_EQ(code_of(in.write_all(as_bytes_view("x"))), errc::closed);
  EXPECT_EQ(code_of(in.write_some(as_bytes_view("x"))), errc::closed);
  EXPECT_EQ(code_of(in.try_write(as_bytes_view("x"))), errc::closed);
  EXPECT_EQ(code_of(out.read_exact(std::span(&one, 1))), errc::closed);
  EXPECT_EQ(code_of(out.read_some(std::span(&one, 1))), errc::closed);
  EXPECT_EQ(code_of(out.try_read(std::span(&one, 1))), errc::closed);
}

TEST(byte_stream, an_end_that_is_assigned_to_closes_the_stream_it_had) {
  auto first = stream_of(4);
  auto second = stream_of(4);
  first.write_end = std::move(second.write_end);
  EXPECT_EQ(read_text(first.read_end, 1), "");
  EXPECT_TRUE(first.write_end.write_all(as_bytes_view("x")));
  auto third = stream_of(4);
  second.read_end = std::move(third.read_end);
  EXPECT_EQ(code_of(first.write_end.write_all(as_bytes_view("y"))), errc::broken_pipe);
}

TEST(byte_stream, a_capacity_of_nothing_is_refused) {
  EXPECT_EQ(code_of(make_stream(0)), errc::invalid_argument);
  EXPECT_EQ(code_of(make_duplex(0)), errc::invalid_argument);
}

TEST(byte_stream, a_capacity_beyond_all_memory_is_exhausted) {
  if (sanitized) GTEST_SKIP() << "the sanitizers end the process instead of throwing std::bad_alloc";
  EXPECT_EQ(code_of(make_stream(SIZE_MAX)), errc::exhausted);
  EXPECT_EQ(code_of(make_duplex(SIZE_MAX)), errc::exhausted);
}

TEST(byte_stream, a_duplex_answers_and_each_direction_ends_alone) {
  auto ends = make_duplex(8);
  ASSERT_TRUE(ends);
  std::thread server([end = std::move(ends->other)]() mutable {
    std::array<std::byte, 1000> question;
    EXPECT_TRUE(end.in.read_exact(question, in_time()));
    EXPECT_EQ(end.in.read_some(question, in_time()), 0U);
    EXPECT_TRUE(end.out.write_all(question, in_time()));
  });
  const auto question = pattern(1000);
  EXPECT_TRUE(ends->one.out.write_all(question, in_time()));
  ends->one.out.close();
  std::vector<std::byte> answer(question.size());
  EXPECT_TRUE(ends->one.in.read_exact(answer, in_time()));
  EXPECT_EQ(answer, question);
  server.join();
  EXPECT_EQ(ends->one.in.read_some(answer, in_time()), 0U);
}

}  // namespace troupe::spawn::byte_stream_test
