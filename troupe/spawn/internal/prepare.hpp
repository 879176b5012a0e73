// spawn/internal/prepare.hpp - turns a command_spec into all that the child needs, before anything is cloned.
// Threads: a value.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/child_side.hpp>
#include <troupe/spawn/internal/memory_fence.hpp>
#include <troupe/spawn/stdio.hpp>

#include <string>
#include <vector>

namespace troupe::spawn::internal {

/// What unset standard streams become.
struct default_streams {
  stdio in = stdio::inherit();
  stdio out = stdio::inherit();
  stdio err = stdio::inherit();
};

/// Owns the strings and descriptors that `plan` points to. Not to be copied or moved once plan has been made.
class prepared {
 public:
  /// Checks the spec, opens pipes, files and /dev/null, makes the memory group. Errors: those of
  /// command::spawn() that need no child.
  [[nodiscard]] result<> prepare(const command_spec& spec, const default_streams& defaults = {});
  /// `report_fd` is the write end of a close-on-exec pipe; -1: there is none.
  [[nodiscard]] child_plan plan(const command_spec& spec, residence where, int report_fd = -1);

  /// The error for what the child reported.
  [[nodiscard]] error explain(const command_spec& spec, const failure& why) const;

  unique_fd parents_in, parents_out, parents_err;  // our ends of piped streams
  memory_fence memory;

 private:
  result<> prepare_streams(const command_spec& spec, const default_streams& defaults);
  result<int> source_of(const stdio& stream, int number, unique_fd& parents_end);
  result<int> keep(int fd, const std::string& what);
  result<> prepare_limits(const command_spec& spec);
  void prepare_environment(const command_spec& spec);
  void prepare_candidates(const command_spec& spec);
  error explain_exec(const command_spec& spec, const failure& why) const;

  std::vector<std::string> environment_;
  std::vector<std::string> paths_;
  std::string search_path_;  // empty when not searched
  std::vector<const char*> candidates_;
  std::vector<char*> argv_, envp_;
  std::vector<fd_move> moves_;
  std::vector<rlimit_setting> limits_;
  std::vector<unsigned long> cpu_mask_;
  std::vector<unique_fd> childs_;  // descriptors made for the child, ours until it has started
  unique_fd null_;
};

}  // namespace troupe::spawn::internal
