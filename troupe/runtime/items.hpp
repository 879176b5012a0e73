// runtime/items.hpp - the items that the built-in sources make.
// Threads: plain values. A stage says with its parameter which of them it wants.
#pragma once
#include <troupe/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

/// One line of a text source, without its line end ("\n" or "\r\n"). The bytes are as read: perhaps not
/// UTF-8.
struct line {
  std::string text;
  std::string file;          // as the source opened it; "-" for standard input
  std::uint64_t number = 0;  // in its file, from 1
};

/// Consecutive lines of one file as one item: what a stage takes that has `batch`. One block of memory, no
/// copy per line. Iterating gives std::string_view per line, valid while the block lives:  for
/// (std::string_view text : block) …
struct lines {
  bytes block;  // the lines with their ends; only the last line of a file may lack one
  std::string path;
  std::uint64_t first_number = 1;

  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using reference = std::string_view;
    using pointer = const std::string_view*;
    iterator() = default;
    explicit iterator(std::string_view rest) : rest_(rest) { find_end(); }
    std::string_view operator*() const {
      auto text = rest_.substr(0, length_);
      if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
      if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
      return text;
    }
    iterator& operator++() {
      rest_.remove_prefix(length_);
      find_end();
      return *this;
    }
    iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    /// Iterators of one block only.
    friend bool operator==(const iterator& a, const iterator& b) { return a.rest_.size() == b.rest_.size(); }
    /// The line with its end, as it stands in the block.
    [[nodiscard]] std::string_view raw() const { return rest_.substr(0, length_); }

   private:
    void find_end() {
      const auto* end = rest_.empty() ? nullptr : std::memchr(rest_.data(), '\n', rest_.size());
      length_ = end == nullptr ? rest_.size()
                               : static_cast<std::size_t>(static_cast<const char*>(end) - rest_.data()) + 1;
    }
    std::string_view rest_;
    std::size_t length_ = 0;
  };

  /// All lines with their ends.
  [[nodiscard]] std::string_view text() const noexcept { return block.text(); }
  [[nodiscard]] const std::string& file() const noexcept { return path; }
  [[nodiscard]] iterator begin() const { return iterator(text()); }
  [[nodiscard]] iterator end() const { return {}; }
};

/// One JSON value as text: what an external program gives whose stdout is "jsonl". Checked to be JSON, not looked
/// into. A stage that makes one answers for its being JSON on one line.
struct json_text {
  std::string text;
};

/// One file of a source with split = "none", or one that an external program has made.
struct file {
  std::string path;
};

}  // namespace troupe
