// examples/wordcount/word_table.hpp - counts the words of a text.
// Threads: a plain value.
// Source: open addressing, linear probing (Knuth, TAOCP 3, 6.4); eight bytes at a time in one integer
// (Warren, Hacker's Delight, 6-1).
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

static_assert(std::endian::native == std::endian::little,
              "the first letter of a word is the lowest byte of its key");

/// Words and how often each was seen, as two columns: the words stand one after the other, each ended by a
/// space, and counts[i] belongs to the i-th of them. Two columns travel faster than thousands of small
/// structs.
struct tally {
  std::string words;
  std::vector<std::uint64_t> counts;
};

/// Counts words. A word is a maximal run of ASCII letters, kept in lower case; every other byte separates.
///
/// A word of up to eight letters *is* its key: its letters in one 64-bit integer, padded with zeros. So most
/// words are found with one load, one multiplication and one comparison. The key of a longer word is a hash
/// with the top bit set, which no letter has; then the letters are compared as well.
/// Limits: one text, and the distinct words together, stay below 4 GiB.
class word_table {
 public:
  /// Counts every word of `text`; keeps nothing of it.
  void add_text(std::string_view text) {
    lower_.reserve(text.size() + block_size);
    lower_.assign(text);
    for (char& byte : lower_) byte |= 0x20;  // letters become lower case; no other byte becomes a letter
    lower_.append(block_size, ' ');          // ends the last word and fills the last block
    std::uint64_t before = 0;                // was the last byte of the block before a letter?
    std::size_t start = 0;
    bool inside = false;
    for (std::size_t block = 0; block < lower_.size() / block_size; ++block) {
      const std::uint64_t letters = letters_in_block(block);
      for (std::uint64_t edges = letters ^ (letters << 1 | before); edges != 0; edges &= edges - 1) {
        const std::size_t edge = block * block_size + static_cast<std::size_t>(std::countr_zero(edges));
        if (inside) {
          count_of({lower_.data() + start, edge - start}) += 1;
        } else {
          start = edge;
        }
        inside = !inside;
      }
      before = letters >> (block_size - 1);
    }
  }

  /// Adds what another table has counted. Throws std::invalid_argument when its columns differ in length.
  void add(const tally& other) {
    lower_.assign(other.words).append(block_size, ' ');
    std::size_t start = 0;
    for (const std::uint64_t count : other.counts) {
      const std::size_t end = lower_.find(' ', start);
      if (end >= other.words.size()) throw std::invalid_argument("a tally with more counts than words");
      count_of({lower_.data() + start, end - start}) += count;
      start = end + 1;
    }
  }

  /// What was counted, in the order in which the words were first seen.
  [[nodiscard]] const tally& counted() const& { return seen_; }
  [[nodiscard]] tally counted() && { return std::move(seen_); }

 private:
  struct slot {
    std::uint64_t key = 0;     // 0: empty
    std::uint32_t offset = 0;  // of the word in seen_.words
    std::uint32_t index = 0;   // of its count
  };

  static constexpr std::size_t block_size = 64;
  static constexpr std::uint64_t hashed = 0x8000000000000000;      // set in the key of a long word
  static constexpr std::uint64_t odd_factor = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio

  static std::uint64_t load(const char* from) {
    std::uint64_t chunk;
    std::memcpy(&chunk, from, sizeof chunk);
    return chunk;
  }

  /// Bit i is set when byte i of the block is a letter.
  [[nodiscard]] std::uint64_t letters_in_block(std::size_t block) const {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t letters = 0;
    for (unsigned at = 0; at < block_size; at += 8) {
      const std::uint64_t chunk = load(lower_.data() + block * block_size + at);
      const std::uint64_t low_bits = chunk & 0x7F * each;
      const std::uint64_t from_a = low_bits + (0x80 - 'a') * each;  // top bit of a byte: 'a' or above
      const std::uint64_t after_z = low_bits + (0x7F - 'z') * each;
      const std::uint64_t flags = (from_a & ~after_z & ~chunk) >> 7 & each;
      letters |= (flags * 0x0102040810204080) >> 56 << at;  // gathers the eight flags in one byte
    }
    return letters;
  }

  /// The count of a word in lower case, 0 when it is new; valid until the next call. At least seven readable
  /// bytes stand behind the word.
  std::uint64_t& count_of(std::string_view word) {
    const std::uint64_t key =
        word.size() > 8 ? hash_of(word) : load(word.data()) & ~std::uint64_t{0} >> (64 - 8 * word.size());
    for (std::size_t at = home_of(key);; at = next(at)) {
      const slot& found = slots_[at];
      if (found.key == key && (key < hashed || stands_at(found.offset, word)))
        return seen_.counts[found.index];
      if (found.key == 0) return insert(at, key, word);
    }
  }

  static std::uint64_t hash_of(std::string_view word) {
    std::uint64_t hash = load(word.data());
    for (std::size_t at = 8; at < word.size(); at += 8) {  // the last chunk overlaps the one before
      hash = (hash ^ hash >> 32) * odd_factor ^ load(word.data() + std::min(at, word.size() - 8));
    }
    return hash | hashed;
  }

  [[nodiscard]] bool stands_at(std::size_t offset, std::string_view word) const {
    return seen_.words.compare(offset, word.size(), word) == 0 && seen_.words[offset + word.size()] == ' ';
  }

  [[nodiscard]] std::size_t home_of(std::uint64_t key) const { return (key * odd_factor) >> unused_bits_; }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  [[gnu::noinline]] std::uint64_t& insert(std::size_t at, std::uint64_t key, std::string_view word) {
    slots_[at] = {key, static_cast<std::uint32_t>(seen_.words.size()),
                  static_cast<std::uint32_t>(seen_.counts.size())};
    seen_.words.append(word).push_back(' ');
    seen_.counts.push_back(0);
    if (2 * seen_.counts.size() > slots_.size()) grow();
    return seen_.counts.back();
  }

  void grow() {
    std::vector<slot> old(2 * slots_.size());
    old.swap(slots_);
    --unused_bits_;
    for (const slot& moved : old) {
      if (moved.key == 0) continue;
      std::size_t at = home_of(moved.key);
      while (slots_[at].key != 0) at = next(at);
      slots_[at] = moved;
    }
  }

  std::vector<slot> slots_ = std::vector<slot>(1 << 14);  // a power of two, at most half of it in use
  int unused_bits_ = 64 - 14;
  tally seen_;
  std::string lower_;  // the text at hand in lower case, and a block of spaces
};
