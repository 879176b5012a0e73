// spawn/internal/prepare.hpp - turns a command_spec into all that the child needs, before anything is cloned.
// Threads: a value.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/child_side.hpp>

#include <string>
#include <vector>

namespace troupe::spawn::internal {

/// Owns the strings and descriptors that `plan` points to. Not to be copied or moved once plan has been made.
class prepared {
 public:
  /// Checks the spec, opens pipes and /dev/null. Errors: those of command::spawn() that need no child.
  [[nodiscard]] result<> prepare(const command_spec& spec);
  /// `report_fd` is the write end of a close-on-exec pipe.
  [[nodiscard]] child_plan plan(const command_spec& spec, int report_fd);

  /// The error for what the child reported.
  [[nodiscard]] error explain(const command_spec& spec, const failure& why) const;

  unique_fd parents_in, parents_out, parents_err;  // our ends of piped streams

 private:
  result<> check(const command_spec& spec) const;
  result<> prepare_streams(const command_spec& spec);
  result<int> source_of(const stdio& stream, int number, unique_fd& parents_end);
  void prepare_environment(const command_spec& spec);
  void prepare_candidates(const command_spec& spec);
  error explain_exec(const command_spec& spec, const failure& why) const;

  std::vector<std::string> environment_;
  std::vector<std::string> paths_;
  std::string search_path_;  // empty when not searched
  std::vector<const char*> candidates_;
  std::vector<char*> argv_, envp_;
  std::vector<fd_move> moves_;
  std::vector<unique_fd> childs_;  // descriptors made for the child, ours until it has started
  unique_fd null_;
};

}  // namespace troupe::spawn::internal
