// cli/each_inputs.hpp - what `each` runs its command for: files that match, and lines of standard input.
// Threads: files() is a pure look at the file system; a line_reader's thread hands lines over.
// Source: glob(3).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace troupe::cli {

/// All files that the words name, in order; a pattern that holds '*', '?' or '[' is expanded. Errors: not_found for a word
/// that matches nothing.
[[nodiscard]] result<std::vector<std::string>> matching_files(const std::vector<std::string>& words);

/// Reads lines of standard input on a thread of its own, because nobody knows when the next one comes.
class line_reader {
 public:
  /// `take` may block; false: no more. `end` is called once, last, with what went wrong;
  /// half a line is not taken then.
  line_reader(std::function<bool(std::string)> take, std::function<void(result<>)> end);
  /// Ends it, whatever standard input does.
  ~line_reader();
  line_reader(const line_reader&) = delete;
  line_reader& operator=(const line_reader&) = delete;

 private:
  void read();
  [[nodiscard]] bool wait_for_input();

  std::function<bool(std::string)> take_;
  std::function<void(result<>)> end_;
  unique_fd stop_;  // an eventfd
  std::thread thread_;
};

}  // namespace troupe::cli
