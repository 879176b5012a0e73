// Finds files with the same content below folders: duplicates FOLDER... Sizes are compared first, then hashes, which worker
// processes make, then the bytes: a hash alone proves nothing.
#include <troupe/app.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

struct to_hash {
  std::string path;
};
struct hashed {
  std::uint64_t value = 0;
};
struct to_compare {
  std::string one, other;
};

constexpr std::size_t block_size = 1U << 20U;

template <class F>
void for_each_block(const std::string& path, F&& f) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<char> block(block_size);
  do {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    f(block.data(), static_cast<std::size_t>(file.gcount()));
  } while (file);
  if (file.bad()) throw std::runtime_error("cannot read on in " + path);
}

/// FNV-1a, 64 bits.
hashed hash(to_hash job) {
  std::uint64_t value = 14'695'981'039'346'656'037ULL;
  for_each_block(job.path, [&](const char* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      value = (value ^ static_cast<unsigned char>(data[i])) * 1'099'511'628'211ULL;
  });
  return {value};
}

bool same(to_compare job) {
  std::ifstream one(job.one, std::ios::binary), other(job.other, std::ios::binary);
  if (!one || !other) throw std::runtime_error("cannot read " + (one ? job.other : job.one));
  std::vector<char> a(block_size), b(block_size);
  while (true) {
    one.read(a.data(), static_cast<std::streamsize>(a.size()));
    other.read(b.data(), static_cast<std::streamsize>(b.size()));
    if (one.gcount() != other.gcount() || !std::equal(a.data(), a.data() + one.gcount(), b.data()))
      return false;
    if (!one || !other) return one.eof() && other.eof();
  }
}

/// Regular files by size, those alone of their size left out; not through links.
std::vector<std::pair<std::uintmax_t, std::string>> candidates(const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  std::multimap<std::uintmax_t, std::string> by_size;
  for (const auto& folder : folders) {
    std::error_code failed;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed);
    for (; !failed && at != fs::end(at); at.increment(failed)) {
      std::error_code gone;
      if (!at->is_symlink(gone) && at->is_regular_file(gone))
        by_size.emplace(at->file_size(gone), at->path().string());
    }
    if (failed) std::cerr << folder << ": " << failed.message() << '\n';
  }
  std::vector<std::pair<std::uintmax_t, std::string>> several;
  for (const auto& [size, path] : by_size)
    if (by_size.count(size) > 1) several.emplace_back(size, path);
  return several;
}

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto hashing = app.stage("hash", hash);
  const auto comparing = app.stage("same", same);
  if (app.is_worker()) return app.serve();
  if (argc < 2) {
    std::cerr << "usage: duplicates FOLDER...\n";
    return 2;
  }
  auto hashes = app.open(hashing);
  auto comparisons = app.open(comparing);
  if (!hashes || !comparisons) return app.fail(!hashes ? hashes.error() : comparisons.error());

  const auto files = candidates({argv + 1, argv + argc});
  std::vector<to_hash> jobs;
  for (const auto& [size, path] : files) jobs.push_back({path});
  std::map<std::pair<std::uintmax_t, std::uint64_t>, std::vector<std::string>> groups;
  int failed = 0;
  for (auto&& [i, out] : hashes->map(jobs)) {
    if (out)
      groups[{files[i].first, out->value}].push_back(files[i].second);
    else
      std::cerr << out.error() << '\n', ++failed;
  }
  // Each file of a group against its first.
  std::vector<to_compare> pairs;
  for (auto& [key, paths] : groups) {
    std::sort(paths.begin(), paths.end());
    for (std::size_t n = 1; n < paths.size(); ++n) pairs.push_back({paths.front(), paths[n]});
  }
  std::map<std::string, std::vector<std::string>> found;
  for (auto&& [i, out] : comparisons->map(pairs, {.ordered = true})) {
    if (!out)
      std::cerr << out.error() << '\n', ++failed;
    else if (*out)
      found[pairs[i].one].push_back(pairs[i].other);
  }
  for (const auto& [first, others] : found) {
    std::cout << first << '\n';
    for (const auto& other : others) std::cout << "  " << other << '\n';
  }
  return failed == 0 ? 0 : 1;
}
