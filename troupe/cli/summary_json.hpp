// cli/summary_json.hpp - the end of a run for programs: `run --json FILE`.
// Threads: main() only.
// Source: docs/command-line.md, "The summary for programs".
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/summary.hpp>

#include <string>

namespace troupe::cli {

/// One JSON object on one line, with its line end.
[[nodiscard]] std::string summary_json(const std::string& file, const run_totals& total,
                                       const runtime::outcome& how, int exit_status);

/// Where it goes. Opened before the run, so that one that cannot be written is known before anything has begun.
class summary_file {
 public:
  /// "-": standard output. Empties the file. Errors: invalid_argument when that is also an input, a sink or the
  /// configuration of `of`; those of open(2).
  [[nodiscard]] static result<summary_file> open(const std::string& path, const loaded& of);
  /// All of it, or the error.
  [[nodiscard]] result<> write(const std::string& text) const;

 private:
  summary_file(std::string path, unique_fd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  unique_fd file_;  // of standard output none
};

}  // namespace troupe::cli
