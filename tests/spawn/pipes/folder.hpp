// tests/spawn/pipes/folder.hpp - a folder for the names that a test makes.
// Threads: one.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace troupe::spawn::test {

/// Removed with what is in it.
class folder {
 public:
  folder()
      : path_(std::filesystem::temp_directory_path() /
              "troupe-XX"
              "XXXX") {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace troupe::spawn::test
