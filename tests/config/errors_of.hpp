// tests/config/errors_of.hpp - what the tests of this folder share: errors as text, and a folder for files.
// Threads: one.
#pragma once
#include <troupe/config/load.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config::testing {

using lines = std::vector<std::string>;

inline lines shown(const tl::expected<file, diagnostics>& from) {
  lines out;
  if (from) return out;
  for (const diagnostic& each : from.error()) out.push_back(to_string(each));
  return out;
}

/// The errors of a text called "p.toml"; empty when it is good.
inline lines errors_of(std::string_view text, const lines& overrides = {}) {
  return shown(parse(text, "p.toml", overrides));
}

/// One row of a table: a text and the lines it must give.
struct bad_text {
  std::string name;
  std::string text;
  lines errors;
  lines overrides = {};
};

inline std::ostream& operator<<(std::ostream& out, const bad_text& row) {
  return out << row.name;
}

/// For INSTANTIATE_TEST_SUITE_P: the row's own name.
inline std::string name_of_row(const ::testing::TestParamInfo<bad_text>& row) {
  return row.param.name;
}

/// The words of a hint "the keys are from, to and call".
inline lines keys_in(std::string hint) {
  const std::string lead = hint.starts_with("the only") ? "the only key is " : "the keys are ";
  if (!hint.starts_with(lead)) return {};
  hint.erase(0, lead.size());
  if (const std::size_t last = hint.rfind(" and "); last != std::string::npos) hint.replace(last, 5, ", ");
  lines out;
  for (std::size_t comma; (comma = hint.find(", ")) != std::string::npos; hint.erase(0, comma + 2)) {
    out.push_back(hint.substr(0, comma));
  }
  out.push_back(hint);
  return out;
}

/// A new folder, removed with all that is in it at the end.
class folder {
 public:
  folder() {
    std::string pattern = ::testing::TempDir() + "troupe-config.XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + '/' + name; }
  [[nodiscard]] std::string with(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::string path_;
};

}  // namespace troupe::config::testing
