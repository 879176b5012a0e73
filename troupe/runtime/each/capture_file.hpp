// runtime/each/capture_file.hpp - where one stream of one command goes until the command has ended.
// Threads: a value of the thread that runs the command.
// Source: open(2) O_TMPFILE.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <cstdint>
#include <utility>

namespace troupe::runtime {

/// What a command printed on one stream: its text, or, of more than `largest_in_memory`, the file that holds it.
struct printed {
  bytes text;
  unique_fd file;
  std::uint64_t size = 0;  // of either
};
inline constexpr std::uint64_t largest_in_memory = 256U << 10U;

/// A file without a name, because a pipe would have to be read while the command runs, and what the command leaves behind
/// could hold it open. What that writes later goes nowhere: no file is used twice.
class capture_file {
 public:
  /// In TMPDIR; in memory where its file system knows no files without a name. Errors: why neither can be.
  [[nodiscard]] static result<capture_file> open();
  /// For the command; appends, whoever shares it.
  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// All of it. Errors: why it cannot be read.
  [[nodiscard]] result<printed> take() &&;

 private:
  explicit capture_file(unique_fd file) noexcept : file_(std::move(file)) {}
  unique_fd file_;
};

}  // namespace troupe::runtime
