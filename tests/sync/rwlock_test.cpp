#include "together.hpp"

#include <troupe/sync/rwlock.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <utility>

namespace rwlock_test {
namespace {

using namespace std::chrono_literals;
using troupe::deadline;
using troupe::errc;
using troupe::sync::even_if_poisoned;
using troupe::sync::rwlock;
using troupe::sync::sound;

TEST(rwlock, many_read_at_once) {
  rwlock<int> number(3);
  auto one = number.read();
  auto other = number.read();
  EXPECT_EQ(**one + **other, 6);
  EXPECT_EQ(number.try_write().error().why().code, errc::busy);
}

TEST(rwlock, a_writer_is_alone) {
  rwlock<int> number(3);
  auto writing = number.write();
  **writing = 4;
  EXPECT_EQ(number.try_read().error().why().code, errc::busy);
  EXPECT_EQ(number.try_write().error().why().code, errc::busy);
  EXPECT_EQ(number.read_until(deadline::after(1ms)).error().why().code, errc::timed_out);
  EXPECT_EQ(number.write_until(deadline::after(1ms)).error().why().code, errc::timed_out);
  writing->unlock();
  EXPECT_EQ(**number.read_until(deadline::after(-1s)), 4);
}

TEST(rwlock, what_a_writer_wrote_is_read_by_those_who_waited) {
  rwlock<int> number(0);
  auto writing = number.write();
  std::atomic<int> seen = 0;
  std::thread one([&] { seen += **number.read(); });
  std::thread other([&] { seen += **number.read(); });
  **writing = 5;
  writing->unlock();
  one.join();
  other.join();
  EXPECT_EQ(seen, 10);
}

TEST(rwlock, a_writer_that_waits_keeps_new_readers_out_and_is_next) {
  rwlock<int> number(0);
  auto reading = number.read();
  std::thread writer([&number] { **number.write() = 1; });
  troupe::test::await("a reader who stands back for the writer", [&number] { return !number.try_read(); });
  EXPECT_EQ(number.read_until(deadline::after(5ms)).error().why().code, errc::timed_out);
  int read = 0;
  std::thread reader([&number, &read] { read = **number.read(); });
  reading->unlock();
  writer.join();
  reader.join();
  EXPECT_EQ(read, 1) << "the reader came after the writer";
}

TEST(rwlock, readers_that_stood_back_go_on_when_the_writer_gives_up) {
  rwlock<int> number(7);
  auto reading = number.read();
  std::atomic<bool> gave_up = false;
  std::thread writer([&] { gave_up = !number.write_until(deadline::after(20ms)); });
  int read = 0;
  std::thread reader([&] { read = **number.read(); });
  reader.join();
  writer.join();
  EXPECT_TRUE(gave_up);
  EXPECT_EQ(read, 7);
}

TEST(rwlock, a_writer_that_throws_poisons_for_readers_and_writers) {
  rwlock<int> number(1);
  try {
    auto writing = number.write();
    **writing = 2;
    throw std::runtime_error("half-way");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(sound(number.read()).error().code, errc::poisoned);
  EXPECT_EQ(sound(number.try_write()).error().code, errc::poisoned);
  EXPECT_EQ(**even_if_poisoned(number.read()), 2);
  **even_if_poisoned(number.write()) = 3;
  number.clear_poison();
  EXPECT_EQ(**number.read(), 3);
  EXPECT_EQ(std::move(number).into_inner(), 3);
}

TEST(rwlock, a_reader_that_throws_poisons_nothing) {
  rwlock<int> number(1);
  try {
    auto reading = number.read();
    throw std::runtime_error("while reading");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(number.write());
}

TEST(rwlock_stress, no_increment_is_lost_and_no_reader_sees_half_of_one) {
  constexpr int threads = 4;
  constexpr std::uint64_t rounds = 500;
  rwlock<std::pair<std::uint64_t, std::uint64_t>> equal;
  std::atomic<std::uint64_t> torn = 0, written = 0;
  troupe::test::together(threads, [&](int me) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      if ((i + static_cast<std::uint64_t>(me)) % 3 == 0) {
        auto writing = equal.write_until(deadline::after(i % 2 == 0 ? 1us : 10s));
        if (!writing) continue;
        ++(*writing)->first;
        ++(*writing)->second;
        ++written;
      } else {
        auto reading = i % 2 == 0 ? equal.read() : equal.read_until(deadline::after(1us));
        if (reading && (*reading)->first != (*reading)->second) ++torn;
      }
    }
  });
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ((*equal.read())->first, written);
}

}  // namespace
}  // namespace rwlock_test
