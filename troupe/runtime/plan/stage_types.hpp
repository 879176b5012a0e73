// runtime/plan/stage_types.hpp - what each stage of a file takes and gives: registered stages say so, of external
// programs it follows from their keys and their neighbours.
// Threads: one; looks whether programs exist.
#pragma once
#include <troupe/config/load.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/programs/program_stage.hpp>
#include <troupe/runtime/registry.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace troupe::runtime {

/// References must outlive it.
class stage_types {
 public:
  using complaint = std::function<void(config::position at, std::string message, std::string hint)>;
  stage_types(const config::file& file, const registry& stages, complaint complain)
      : file_(file), stages_(stages), complain_(std::move(complain)) {}

  /// nullptr: nothing is registered under its name (which is for the caller to say), or the program is wrong (which
  /// has been said).
  [[nodiscard]] const stage_definition* find(const config::stage& of);
  /// nullptr: it is no program, or a wrong one.
  [[nodiscard]] const program_plan* program_of(const config::stage& of);
  /// Whether its items are gathered into batches on the way to it: it takes batches, from other stages.
  [[nodiscard]] bool gathers(const config::stage& of);
  /// What such a stage's items are before they are gathered.
  [[nodiscard]] const message_type& gathered_type(const config::stage& of) { return plan_of(of)->given.item; }

  /// Whether there is a program of that name, written as in the file; complains of `whose` program when there is none.
  bool check_program(const std::string& name, config::position at, const std::string& whose);

 private:
  struct planned {
    program_plan plan;
    program_input given;
    stage_definition definition;
  };
  planned* plan_of(const config::stage& of);
  std::optional<planned> make(const config::stage& of);
  std::optional<program_input> input_of(const config::stage& of);
  std::optional<message_type> given_by_stages(const config::stage& of);
  bool check_types(const config::stage& of, const program_plan& made, const message_type& item);
  bool check_existence(const config::stage& of, const config::program& what);
  [[nodiscard]] bool wants_blocks(const config::stage& of, const program_plan& made, input_form form);
  [[nodiscard]] std::string resolve_pattern(const std::string& pattern) const;

  const config::file& file_;
  const registry& stages_;
  complaint complain_;
  std::map<std::string, std::optional<planned>> programs_;
};

}  // namespace troupe::runtime
