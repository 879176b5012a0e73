// actors/supervisor.hpp - actors that are started again when they fail, in trees.
// Threads: a handle; any thread may use it.
// Source: Erlang/OTP supervisor.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/reserved.hpp>
#include <troupe/actors/spawn_options.hpp>
#include <troupe/base/restart_policy.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace troupe {

/// What else is started again with a child that fell.
enum class strategy : std::uint8_t {
  one_for_one,  // nothing
  one_for_all,  // all children
  rest_for_one  // those that were spawned after it
};

struct supervisor_options {
  std::string name = {};
  troupe::strategy strategy = troupe::strategy::one_for_one;
  restart_options restart = {};  // of each child, which has a history of its own
  /// How long a child that is told to stop may take for what is in its mailbox before it is killed. A supervisor below
  /// has as long as its own children need. Negative: no time.
  nanoseconds stop_timeout = std::chrono::seconds(5);
};

namespace actors {
class crew;
struct supervisor_access;
}  // namespace actors

/// Starts its children again by restart_options when they end, with a fresh object, but with the same address and the
/// same mailbox: what stands in it, and what comes meanwhile, is for the next life. The message that was being handled
/// is gone (who asked hears errc::handler_failed), timers, links, monitors and subscriptions of the old life, too. A
/// monitor of the child hears only of its end for good.
///
/// A child ends well when it is stopped; it fails when it throws (also in its constructor), is killed, or goes
/// with a linked actor. restart_when::always starts it again after a stop, too: then what was queued before the stop is
/// handled before, what came later afterwards. One that is down when it is stopped has ended: what is in its mailbox
/// becomes dead letters (with restart_when::always it lives again, and the stop divides its queue). With
/// restart_when::always a stop counts as a death, too. Deaths are counted per child, did_work and charged do not apply.
/// When one has failed too often, the supervisor ends all its children, last first, and fails itself; a supervisor
/// above it takes that for the failure of a child.
///
/// Those that are started again with another (strategy) lose their life when their running handler returns; a handler
/// that never returns holds up the restart. The same when the supervisor is killed, through its address or by the one above
/// it: it ends when all its children have.
/// The handle is a value; dropping it changes nothing: a supervisor lives until it is stopped, has given up, or its
/// system ends.
class supervisor {
 public:
  supervisor() noexcept = default;
  supervisor(std::shared_ptr<actors::crew> crew, actors::cell_ref self) noexcept
      : crew_(std::move(crew)), self_(std::move(self)) {}

  /// As actor_system::spawn; the arguments are kept, and each life gets copies.
  template <class Actor, class... Args>
  address_of<Actor> spawn(spawn_options options, Args&&... args) {
    return actors::address_access::make<address_of<Actor>>(
        spawn_cell(std::move(options), actors::make_again<Actor>(std::forward<Args>(args)...)));
  }
  template <class Actor>
  address_of<Actor> spawn() {
    return spawn<Actor>(spawn_options{});
  }
  /// The same in two steps: first its place among the children and its address, then the actor.
  template <class Actor>
  [[nodiscard]] reserved<Actor> reserve(spawn_options options) {
    return reserved<Actor>(reserve_cell(std::move(options), actors::class_of<Actor>));
  }
  /// A supervisor as a child.
  [[nodiscard]] supervisor supervise(supervisor_options options = {});

  /// Stops its children one after the other, last first (each finishes its queue, and is killed after stop_timeout), then
  /// itself. For good.
  void stop() noexcept;
  /// For monitor(), link(), ended(), wait_ended().
  [[nodiscard]] troupe::address<> address() const noexcept;

 private:
  friend struct actors::supervisor_access;
  actors::cell_ref spawn_cell(spawn_options options, std::unique_ptr<actors::maker> maker);
  actors::reservation reserve_cell(spawn_options options, const actors::actor_class& what);

  std::shared_ptr<actors::crew> crew_;
  actors::cell_ref self_;
};

namespace actors {

/// Behind the handle.
struct supervisor_access {
  static const std::shared_ptr<crew>& crew_of(const supervisor& of) noexcept { return of.crew_; }
};

}  // namespace actors

}  // namespace troupe
