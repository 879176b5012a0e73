// runtime/actors/actor_names.hpp - the actors of a file by their names: where they live, what they receive, and, once they
// have places, their addresses.
// Threads: one.
#pragma once
#include <troupe/config/schema.hpp>
#include <troupe/runtime/actors/name_resolver.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/registry.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace troupe::runtime {

/// The node of an actor: that of the director, or a process.
[[nodiscard]] const std::string& node_of(const config::actor& of);

class actor_names final : public name_resolver {
 public:
  /// Both must outlive it.
  actor_names(const config::file& file, const registry& program) : file_(file), program_(program) {}

  void place(const std::string& name, actors::cell_ref at) { places_[name] = std::move(at); }
  /// Who asks: an actor that lives elsewhere must be one that can be reached from there.
  void look_from(const config::actor& who) { from_ = &who; }

  /// Of an actor that is of the file but whose class is not registered, nothing is asked: that is said elsewhere.
  [[nodiscard]] tl::expected<actors::cell_ref, unresolved> resolve(
      std::string_view name, std::span<const actors::message_type* const> wanted) override;

 private:
  const config::file& file_;
  const registry& program_;
  const config::actor* from_ = nullptr;
  std::map<std::string, actors::cell_ref, std::less<>> places_;
};

}  // namespace troupe::runtime
