// runtime/actors/company.hpp - the actors of one file at work, under their supervisors.
// Threads: start and destruction by one thread, before its actor_system goes; stop() from any; `on_end` is called in an
// actor's turn.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/config/load.hpp>
#include <troupe/runtime/registry.hpp>

#include <tl/expected.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::runtime {

/// Places for actors that live in other processes.
class far_places {
 public:
  /// Below `boss`, who decides of its lives; start() asks for the first one.
  [[nodiscard]] virtual std::unique_ptr<actor_place> reserve(const supervisor& boss, spawn_options how,
                                                             const config::actor& of,
                                                             const actor_definition& definition) = 0;
  /// One that lives here, for those who live there. Before the first of them is started.
  virtual void offer(const config::actor& of, const actor_definition& definition,
                     const actors::cell_ref& whom) = 0;

 protected:
  ~far_places() = default;
};

[[nodiscard]] spawn_options how_to_spawn(const config::actor& of);

class company {
 public:
  /// `failure`: empty when all actors have ended well for good; else who could not be mended, and why. Called when a
  /// supervisor that nobody supervises has failed, and when all actors and their supervisors are gone (`nobody_left`).
  using on_end = std::function<void(const std::string& failure, bool nobody_left)>;

  /// Gives everybody an address, then starts them in the order of cast_of(): a supervisor's children in the order of the
  /// file. An actor that no supervisor lists has one of its own, with the actor's `restart`. `file` and `program` are
  /// needed until it returns. Errors: those of check_actors(), and then nobody is left. `elsewhere`: not null when an actor
  /// lives in another process.
  [[nodiscard]] static tl::expected<std::unique_ptr<company>, config::diagnostics> start(
      actor_system& system, const config::file& file, const registry& program, on_end then,
      far_places* elsewhere = nullptr);
  company(const company&) = delete;
  company& operator=(const company&) = delete;
  ~company() = default;

  /// Each actor finishes its mailbox and ends, a supervisor's children last first; `on_end` hears of it.
  void stop() noexcept;

 private:
  company() = default;
  std::vector<supervisor> roots_;
};

}  // namespace troupe::runtime
