#include <troupe/base/codec.hpp>
#include <troupe/base/sanitizers.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/sources/text_source.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace troupe::runtime::text_source_test {
namespace {

class text_source_test : public ::testing::Test {
 protected:
  text_source_test() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe_text_XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~text_source_test() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& content) {
    const auto path = (folder / std::to_string(++files)).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  static std::vector<portion> read(std::vector<std::string> paths, packing pack, config::batch limits = {}) {
    auto source = text_source::open(std::move(paths), pack, limits);
    EXPECT_TRUE(source);
    std::vector<portion> all;
    while (true) {
      auto next = (*source)->next();
      EXPECT_TRUE(next) << next.error().message();
      if (!next || !*next) return all;
      all.push_back(std::move(**next));
    }
  }
  std::filesystem::path folder;
  int files = 0;
};

TEST_F(text_source_test, lines_come_one_by_one_with_their_file_and_number) {
  const auto path = file("one\ntwo\r\n\nlast without end");
  const auto all = read({path}, packing::single);
  ASSERT_EQ(all.size(), 4U);
  const auto second = decode<line>(all[1].payload);
  EXPECT_EQ(second->text, "two");
  EXPECT_EQ(second->file, path);
  EXPECT_EQ(second->number, 2U);
  EXPECT_EQ(decode<line>(all[2].payload)->text, "");
  EXPECT_EQ(decode<line>(all[3].payload)->text, "last without end");
}

TEST_F(text_source_test, a_line_may_have_as_many_bytes_as_the_limit_says_and_no_more) {
  if (thread_sanitizer) GTEST_SKIP() << "volume, not interleaving: the other suites run it";
  const std::string longest(max_line_bytes, 'x');
  const auto fits = read({file("a\n" + longest + "\nb\n" + longest)}, packing::block);
  ASSERT_EQ(fits.size(), 4U);
  for (const char* end : {"", "\n", "\nb\n"}) {
    auto source =
        text_source::open({file("a\n" + longest + "x" + end)}, packing::block, {.bytes = 64U << 20U});
    auto next = (*source)->next();
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, errc::too_large);
    EXPECT_NE(next.error().message().find("line 2: longer than 32 MiB"), std::string::npos)
        << next.error().message();
  }
}

TEST_F(text_source_test, empty_files_have_no_lines) {
  EXPECT_TRUE(read({file(""), file("")}, packing::single).empty());
}

TEST_F(text_source_test, a_block_ends_at_its_number_of_lines) {
  const auto all = read({file("a\nb\nc\nd\ne\n")}, packing::block, {.size = 2});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].span, 2U);
  EXPECT_EQ(all[2].span, 1U);
  const auto block = decode<lines>(all[1].payload);
  EXPECT_EQ(block->text(), "c\nd\n");
  EXPECT_EQ(block->first_number, 3U);
}

TEST_F(text_source_test, a_block_ends_at_its_bytes_and_never_inside_a_line) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line number " + std::to_string(i) + '\n';
  const auto all = read({file(text)}, packing::block, {.size = 1'000'000, .bytes = 4096});
  std::string joined;
  std::uint64_t span = 0;
  for (const auto& each : all) {
    const auto block = decode<lines>(each.payload);
    EXPECT_LE(block->text().size(), 4096U);
    EXPECT_EQ(block->text().back(), '\n');
    joined += block->text();
    span += each.span;
  }
  EXPECT_EQ(joined, text);
  EXPECT_EQ(span, 50'000U);
}

TEST_F(text_source_test, a_line_longer_than_a_block_is_a_block_of_its_own) {
  const std::string wide(3'000'000, 'w');
  const auto all = read({file("a\n" + wide + "\nb\n")}, packing::block, {.size = 10, .bytes = 1000});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(decode<lines>(all[1].payload)->text().size(), wide.size() + 1);
}

TEST_F(text_source_test, batches_do_not_span_files) {
  const auto all = read({file("a\nb"), file("c\n")}, packing::vector, {.size = 10});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(decode<std::vector<line>>(all[0].payload)->size(), 2U);
  EXPECT_EQ(decode<std::vector<line>>(all[1].payload)->front().text, "c");
}

TEST_F(text_source_test, lines_that_are_not_utf8_are_counted_and_kept) {
  const auto all = read({file("good\nbad \xff\xfe\nalso \xc3\nfine \xc3\xa4\n")}, packing::block, {});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].not_utf8, 2U);
  EXPECT_EQ(all[0].span, 4U);
}

TEST_F(text_source_test, an_endless_line_is_an_error_that_names_file_and_line) {
  const auto path = file("short\n" + std::string(max_line_bytes + 4096, 'x'));
  auto source = text_source::open({path}, packing::single, {});
  ASSERT_TRUE((*source)->next());
  const auto second = (*source)->next();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::too_large);
  EXPECT_NE(second.error().context.find(path + "' line 2"), std::string::npos) << second.error().context;
}

TEST_F(text_source_test, a_file_that_vanished_is_an_error_with_its_path) {
  auto source = text_source::open({"/nowhere/at/all"}, packing::single, {});
  const auto next = (*source)->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message(), "read '/nowhere/at/all': No such file or directory");
}

}  // namespace
}  // namespace troupe::runtime::text_source_test
