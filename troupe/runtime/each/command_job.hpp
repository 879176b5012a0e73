// runtime/each/command_job.hpp - one command for one input, and what became of it.
// Threads: values.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/each/capture_file.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime {

struct command_job {
  std::uint64_t number = 0;  // among the inputs, from 1
  std::vector<std::string> argv;
  std::uint32_t attempt = 1;  // for TROUPE_ATTEMPT
};

struct command_done {
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string not_started;  // why it could not be; then neither of the others
  std::string not_kept;     // why what it has printed cannot be shown
  bool timed_out = false;   // and was killed for that; what it had printed is not kept
  std::chrono::system_clock::time_point began;
  nanoseconds took{0};
  printed out;
  printed err;

  [[nodiscard]] bool success() const noexcept { return exit_code == 0; }
};

/// The command's words for one input: patterns are read once. Errors: invalid_argument, with the pattern and what is wrong
/// with it; not_found when there is no such program.
class command_words {
 public:
  /// A command without a placeholder gets the input as its last argument.
  [[nodiscard]] static result<command_words> read(std::vector<std::string> command);
  /// A path that begins with '-' is written with "./" before it, or it would be an option.
  enum class input_kind : std::uint8_t { text, path };
  [[nodiscard]] std::vector<std::string> for_input(const std::string& input, input_kind what) const;

 private:
  explicit command_words(std::vector<std::string> command, bool appends)
      : command_(std::move(command)), appends_(appends) {}
  std::vector<std::string> command_;
  bool appends_;
};

}  // namespace troupe::runtime
