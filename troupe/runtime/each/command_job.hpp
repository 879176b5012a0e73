// runtime/each/command_job.hpp - one command as the job of a pool: run in a worker, with all that it printed.
// Threads: values; a command_runner belongs to the stage of its worker.
// Source: open(2) O_TMPFILE, linkat(2).
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/registry.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime {

/// The name under which app::run() registers it; nobody else's, because a name of a file's stage has no meaning here.
inline constexpr const char* command_stage_name = "troupe-each";

struct command_job {
  std::vector<std::string> argv;
  std::uint32_t attempt = 1;  // for TROUPE_ATTEMPT
  std::string spill;          // the folder for what is too large to travel; "": none
};

/// What it printed on one stream. Of more than `largest_carried` the text lies in a file, which is the receiver's now.
struct printed {
  bytes text;
  std::string file;
};
inline constexpr std::size_t largest_carried = 8U << 20U;

struct command_done {
  std::optional<std::int32_t> exit_code;
  std::optional<std::int32_t> signal;
  std::string not_started;    // why it could not be; then neither of the others
  std::int64_t began_us = 0;  // of the wall clock, since 1970
  std::int64_t took_us = 0;
  printed out;
  printed err;

  [[nodiscard]] bool success() const noexcept { return exit_code == 0; }
};

/// Registers the job; every program that has the verb `each` does, in its workers too.
void add_command_stage(registry& to);

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
