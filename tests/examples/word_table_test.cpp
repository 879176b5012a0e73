// The table against a map filled byte by byte.
#include <troupe/base/sanitizers.hpp>

#include <examples/wordcount/word_table.hpp>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

namespace word_table_test {
namespace {

using counts = std::map<std::string, std::uint64_t>;

counts as_map(const tally& from) {
  counts all;
  std::istringstream words(from.words);
  std::string word;
  for (const std::uint64_t count : from.counts) {
    words >> word;
    EXPECT_TRUE(all.emplace(word, count).second) << word << " stands there twice";
  }
  EXPECT_FALSE(words >> word) << "a word without a count: " << word;
  return all;
}

counts count_of(std::string_view text) {
  word_table table;
  table.add_text(text);
  return as_map(std::move(table).counted());
}

counts count_slowly(std::string_view text) {
  counts all;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) ++all[word];
    word.clear();
  };
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (!upper && (c < 'a' || c > 'z')) {
      end_word();
      continue;
    }
    word.push_back(upper ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  end_word();
  return all;
}

TEST(word_table, words_are_runs_of_ascii_letters_in_lower_case) {
  EXPECT_EQ(count_of("The cat, THE\ndog's na\xc3\xafve cat2cat"),
            (counts{{"the", 2}, {"cat", 3}, {"dog", 1}, {"s", 1}, {"na", 1}, {"ve", 1}}));
}

TEST(word_table, texts_without_words_count_nothing) {
  EXPECT_EQ(count_of(""), counts{});
  EXPECT_EQ(count_of("\n 12 \x80\xff@[`{\t"), counts{});
}

TEST(word_table, bytes_next_to_the_letters_in_the_alphabet_separate) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(count_of(text), count_slowly(text)) << "byte " << byte;
  }
}

TEST(word_table, words_of_every_length_at_every_place_are_found) {
  const std::size_t step = troupe::sanitized ? 7 : 1;
  for (std::size_t length = 1; length <= 140; length += step) {
    for (std::size_t before = 0; before <= 70; ++before) {
      const std::string text = std::string(before, '.') + std::string(length, 'Q') + " end";
      ASSERT_EQ(count_of(text), count_slowly(text)) << length << " letters behind " << before << " others";
    }
  }
}

TEST(word_table, long_words_that_share_their_first_or_last_letters_stay_apart) {
  const std::string text =
      "interpretation interpretations interpretative reinterpretation interpre interpret";
  EXPECT_EQ(count_of(text), count_slowly(text));
}

TEST(word_table, long_words_with_the_same_hash_stay_apart) {
  // Found by search for hash_of as it is: without the comparison of letters they would count as one word.
  const std::string text = "fvptcongaaaaaaaa uczqpnfiaedrpeji fvptcongaaaaaaaa";
  EXPECT_EQ(count_of(text), count_slowly(text));
}

TEST(word_table, random_text_gives_the_same_counts_as_a_map) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text.push_back("abcdeABCDE      .,\n\xe4"[random() % 20]);
    ASSERT_EQ(count_of(text), count_slowly(text)) << "round " << round;
  }
}

TEST(word_table, a_table_grows_past_its_first_size) {
  std::string text;
  for (std::string word = "aaaa"; word != "zaaa";) {
    text += word + (word[3] == 'q' ? "andsomemoreletters " : " ");
    for (std::size_t i = 4; i-- > 0;) {
      if (++word[i] <= 'z') break;
      word[i] = 'a';
    }
  }
  EXPECT_EQ(count_of(text), count_slowly(text));
}

TEST(word_table, adding_tallies_equals_counting_the_texts_together) {
  const std::string texts[] = {"one two two indistinguishable",
                               "two three incomprehensible indistinguishable", ""};
  word_table sum;
  std::string together;
  for (const std::string& text : texts) {
    word_table part;
    part.add_text(text);
    sum.add(part.counted());
    together += text + '\n';
  }
  EXPECT_EQ(as_map(sum.counted()), count_slowly(together));
}

TEST(word_table, refuses_a_tally_whose_columns_differ) {
  word_table table;
  EXPECT_THROW(table.add({"one ", {1, 2}}), std::invalid_argument);
  EXPECT_THROW(table.add({"", {1}}), std::invalid_argument);
}

}  // namespace
}  // namespace word_table_test
