// examples/wordcount/main.cpp - how often does each word occur? Counted in worker processes, added up in one
// place.
// Source: wordcount.toml wires the stages; README.md beside it walks through both.
#include "word_table.hpp"

#include <troupe/app.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct counted {
  std::string word;
  std::uint64_t count = 0;
};

struct ranked {
  std::string text;  // "   4711 the": a struct with one string is a line for `format = "lines"`
};

/// Runs in as many worker processes as the file says: about a megabyte of text in, one tally out.
tally count(troupe::lines block) {
  word_table table;
  table.add_text(block.text());
  return std::move(table).counted();
}

/// Adds up the tallies and gives every word once, in alphabetical order.
class totals {
 public:
  void operator()(tally part) { table_.add(part); }

  void finish(troupe::emitter<counted>& out) {
    std::vector<counted> all;
    std::size_t start = 0;
    for (const std::uint64_t count : table_.counted().counts) {
      const std::size_t end = table_.counted().words.find(' ', start);
      all.push_back({table_.counted().words.substr(start, end - start), count});
      start = end + 1;
    }
    std::ranges::sort(all, {}, &counted::word);
    for (const counted& each : all) out(each);
  }

 private:
  word_table table_;
};

/// Keeps the twenty most frequent words.
class top {
 public:
  void operator()(counted word) {
    words_.push_back(std::move(word));
    std::ranges::push_heap(words_, more_frequent);  // the least frequent one in front
    if (words_.size() <= 20) return;
    std::ranges::pop_heap(words_, more_frequent);
    words_.pop_back();
  }

  void finish(troupe::emitter<ranked>& out) {
    std::ranges::sort(words_, more_frequent);
    for (const counted& each : words_) {
      const std::string count = std::to_string(each.count);
      out({std::string(count.size() < 10 ? 10 - count.size() : 0, ' ') + count + ' ' + each.word});
    }
  }

 private:
  static bool more_frequent(const counted& a, const counted& b) {
    return a.count != b.count ? a.count > b.count : a.word < b.word;
  }
  std::vector<counted> words_;
};

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage("count", count);
  app.stage<totals>("totals");
  app.stage<top>("top");
  return app.run();
}
