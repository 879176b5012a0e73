#include <troupe/runtime/delivery/running_page.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace troupe::runtime::running_page_test {
namespace {

const instance source{1, 0, 1}, other_source{1, 1, 4};
constexpr edge_id edge = 1;

running_note note(std::uint64_t number, const instance& from = source) {
  return {from, edge, number, false, {1, number, 1, {{edge, 0, 1}}}};
}

class running_page_test : public ::testing::Test {
 protected:
  std::unique_ptr<running_page> page = std::make_unique<running_page>();
};

TEST_F(running_page_test, a_new_page_says_that_nothing_was_done) {
  const auto reading = read_page(*page);
  EXPECT_FALSE(reading.running);
  EXPECT_TRUE(reading.marks.empty());
  EXPECT_TRUE(reading.marks_complete);
}

TEST_F(running_page_test, what_has_begun_is_running_and_not_completed) {
  page_writer writer(*page);
  writer.begin(note(1), 500);
  writer.end(note(1));
  writer.begin(note(2), 600);
  const auto reading = read_page(*page);
  ASSERT_TRUE(reading.running);
  EXPECT_EQ(reading.running->number, 2U);
  EXPECT_EQ(reading.running_since, 600U);
  EXPECT_EQ(reading.executed, 1U);
  ASSERT_EQ(reading.marks.size(), 1U);
  EXPECT_EQ(reading.marks[0].completed, 1U);
}

TEST_F(running_page_test, a_call_that_failed_has_let_nothing_out) {
  page_writer writer(*page);
  writer.begin(note(1), 500);
  writer.end(note(1));
  writer.begin(note(2), 600);
  writer.fail();
  const auto reading = read_page(*page);
  EXPECT_FALSE(reading.running);
  EXPECT_EQ(reading.executed, 2U);
  ASSERT_EQ(reading.marks.size(), 1U);
  EXPECT_EQ(reading.marks[0].completed, 1U);
}

TEST_F(running_page_test, channels_are_told_apart) {
  page_writer writer(*page);
  writer.begin(note(3), 1);
  writer.end(note(3));
  writer.begin(note(9, other_source), 1);
  writer.end(note(9, other_source));
  const auto reading = read_page(*page);
  ASSERT_EQ(reading.marks.size(), 2U);
  EXPECT_EQ(reading.marks[0].from, source);
  EXPECT_EQ(reading.marks[1].from, other_source);
  EXPECT_EQ(reading.marks[1].completed, 9U);
}

TEST_F(running_page_test, a_sender_that_lives_again_takes_the_place_of_its_last_life) {
  page_writer writer(*page);
  for (std::uint64_t life = 1; life <= 2 * running_page::mark_capacity; ++life) {
    const auto one = note(7, {1, 0, life});
    writer.begin(one, 1);
    writer.end(one);
  }
  const auto late = note(9, {1, 0, 3});
  writer.begin(late, 1);
  writer.end(late);
  const auto reading = read_page(*page);
  EXPECT_TRUE(reading.marks_complete);
  ASSERT_EQ(reading.marks.size(), 1U);
  EXPECT_EQ(reading.marks[0].from, (instance{1, 0, 2 * running_page::mark_capacity}));
  EXPECT_EQ(reading.marks[0].completed, 7U);
}

TEST_F(running_page_test, more_channels_than_it_holds_are_admitted) {
  page_writer writer(*page);
  for (std::uint32_t slot = 0; slot <= running_page::mark_capacity; ++slot) {
    const instance from{1, slot, 1};
    writer.begin(note(1, from), 1);
    writer.end(note(1, from));
  }
  EXPECT_FALSE(read_page(*page).marks_complete);
}

TEST_F(running_page_test, garbage_is_not_believed) {
  page->running_since = 77;
  page->note_length = 0xffffffff;
  page->mark_count = 0xffffffff;
  page->note.fill(std::byte{0xc1});
  const auto reading = read_page(*page);
  EXPECT_FALSE(reading.running);
  EXPECT_FALSE(reading.marks_complete);
}

}  // namespace
}  // namespace troupe::runtime::running_page_test
