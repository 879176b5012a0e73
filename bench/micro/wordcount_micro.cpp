// bench/micro/wordcount_micro.cpp - the pure functions of examples/wordcount on one thread: CPU seconds per
// step. Usage: wordcount_micro FILE. Prints what it counted too, so that two versions can be compared.

#include <examples/wordcount/word_table.hpp>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <numeric>

namespace {

constexpr std::size_t block_size = 1 << 20;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string read_all(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string text = argc == 2 ? read_all(argv[1]) : "";
  if (text.empty()) return std::fputs("usage: wordcount_micro FILE (one that is not empty)\n", stderr), 2;

  const double start = cpu_seconds();
  std::vector<tally> tallies;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', std::min(at + block_size, text.size() - 1));
    const std::size_t end = newline == std::string::npos ? text.size() : newline + 1;
    word_table table;
    table.add_text(std::string_view(text).substr(at, end - at));
    tallies.push_back(std::move(table).counted());
    at = end;
  }
  const double counted = cpu_seconds();

  word_table all;
  for (const tally& one : tallies) all.add(one);
  const double merged = cpu_seconds();

  const auto& counts = all.counted().counts;
  std::printf(
      "%zu bytes in %zu blocks: count %.3f s, merge %.3f s; %zu distinct words, %llu in all\n", text.size(),
      tallies.size(), counted - start, merged - counted, counts.size(),
      static_cast<unsigned long long>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})));
}
