// tests/end_to_end/folder.hpp - a folder for one test, gone with it; files in it, and lines compared.
// Threads: one owner.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace troupe::end_to_end {

/// The path is short on purpose: sockets lie below it, and their paths have 107 bytes.
class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "play-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
    path_ = name;
  }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] std::string path(std::string_view name = {}) const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  void write(std::string_view name, std::string_view text) const {
    std::ofstream file(path_ / name, std::ios::binary);
    file << text;
    if (!file.flush()) throw std::runtime_error("cannot write " + path(name));
  }
  /// Empty when there is no such file.
  [[nodiscard]] std::string read(std::string_view name) const {
    std::ostringstream all;
    all << std::ifstream(path_ / name, std::ios::binary)
               .rdbuf();  // in blocks: sanitizers make each step cost
    return std::move(all).str();
  }
  [[nodiscard]] bool holds(std::string_view name) const { return std::filesystem::exists(path_ / name); }
  /// Names of what lies in a folder below, sorted; nothing when there is none.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(path_ / name, none))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

 private:
  std::filesystem::path path_;
};

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Whether both hold the same lines, each as often, in any order; says which do not.
inline testing::AssertionResult same_lines(std::vector<std::string> actual,
                                           std::vector<std::string> expected) {
  std::ranges::sort(actual);
  std::ranges::sort(expected);
  if (actual == expected) return testing::AssertionSuccess();
  std::map<std::string, int> balance;
  for (const auto& line : expected) --balance[line];
  for (const auto& line : actual) ++balance[line];
  std::size_t missing = 0, surplus = 0;
  std::string examples;
  for (const auto& [line, count] : balance) {
    if (count == 0) continue;
    (count < 0 ? missing : surplus) += static_cast<std::size_t>(std::abs(count));
    if (missing + surplus > 10) continue;
    examples += (count < 0 ? "\n  missing: " : "\n  surplus: ") + line.substr(0, 200);
  }
  return testing::AssertionFailure() << missing << " lines are missing, " << surplus
                                     << " are there too often, of " << expected.size() << examples;
}

}  // namespace troupe::end_to_end
