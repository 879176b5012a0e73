// actors/actor_system.hpp - where actors live: spawn them, watch them end, shut them down.
// Threads: every function may be called from any thread unless it says otherwise.
// Source: CAF's scheduler runs the actors; none of its types are seen here.
#pragma once
#include <troupe/actors/actor_info.hpp>
#include <troupe/actors/address.hpp>
#include <troupe/actors/context.hpp>
#include <troupe/actors/future.hpp>
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/internal/blocking.hpp>
#include <troupe/actors/internal/finding.hpp>
#include <troupe/actors/internal/publish.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/spawn_options.hpp>
#include <troupe/actors/supervisor.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

namespace actors {
struct system_access;
}

struct system_options {
  std::size_t threads = 0;  // that run actors; 0: one per processor. A handler that blocks holds one of them.
  std::size_t blocking_threads =
      64;           // at most, for call_blocking(); 1 to 1,024. They start when they are needed.
  logger log = {};  // where context::log() goes, and what supervisors have to say; discards unless given
};

/// Owns actors and the threads that run them. Reads no file, arguments or environment, prints nothing,
/// installs no signal handler. Destroying it is shutdown(5 s), then kill; it returns when every handler has:
/// a handler that never returns holds it for ever. Must not be destroyed inside one of its own actors.
class actor_system {
 public:
  /// Errors: exhausted when the threads cannot be had; invalid_argument above 1,024 threads of either kind, or without
  /// any for calls that block.
  [[nodiscard]] static result<std::unique_ptr<actor_system>> start(const system_options& options = {});
  explicit actor_system(std::shared_ptr<actors::core> core) noexcept;
  actor_system(const actor_system&) = delete;
  actor_system& operator=(const actor_system&) = delete;
  ~actor_system();

  /// Makes an Actor from (context&, args...), or (args...) when it does not want the context. The constructor
  /// runs here and now, as the new actor. If it throws, the actor has failed at birth: a monitor hears why,
  /// messages to it are dead letters. The same when its own thread cannot be had, or when the system is shutting down
  /// (ending::killed). The actor lives until it ends, or nobody can reach it (address).
  template <class Actor, class... Args>
  address_of<Actor> spawn(spawn_options options, Args&&... args) {
    actors::maker_of<Actor, Args...> maker(std::forward<Args>(args)...);
    return actors::address_access::make<address_of<Actor>>(spawn_cell(std::move(options), maker));
  }
  template <class Actor>
  address_of<Actor> spawn() {
    return spawn<Actor>(spawn_options{});
  }

  /// A supervisor at the root of a tree of its own: what it cannot mend ends it, and is heard by who monitors
  /// supervisor::address().
  [[nodiscard]] supervisor supervise(supervisor_options options = {});

  /// Makes `whom` known by `name` until it ends for good; an actor may have several names. Errors: already_exists,
  /// invalid_argument (an empty name or address), closed (it has ended).
  template <class... Ms>
  result<> enter_name(std::string name, const address<Ms...>& whom) {
    return enter(std::move(name), actors::address_access::cell(whom));
  }
  /// False: nobody had it.
  bool remove_name(std::string_view name) noexcept;
  /// `system.find<troupe::address_of<greeter>>("greeter")`. Errors: not_found, wrong_kind (it does not receive what
  /// such an address takes; the text says what).
  template <class Address>
  [[nodiscard]] result<Address> find(std::string_view name) const {
    auto found = find_cell(name);
    if (!found) return tl::unexpected<error>(std::move(found.error()));
    return actors::as_address<Address>(std::move(*found), name);
  }
  /// The same, when somebody gets the name, now or within `patience` (negative: invalid_argument).
  template <class Address>
  [[nodiscard]] future<Address> wait_for(std::string name, nanoseconds patience = actors::default_patience) {
    auto answer = actors::wait_for<Address>(*core_, "for an actor with the name '" + name + "'", patience);
    auto seeker = std::make_unique<actors::seeker_of<Address>>(name, answer);
    if (!answer->is_claimed()) seek(std::move(name), std::move(seeker));
    return future<Address>(std::move(answer));
  }

  /// As context::publish, from any thread; a plain one waits up to `patience` for each full mailbox that waits.
  template <class M>
  std::size_t publish(M&& message, nanoseconds patience = actors::default_patience) {
    return actors::publish(*core_, std::forward<M>(message), patience);
  }
  /// As context::call_blocking, from any thread.
  template <class F>
  [[nodiscard]] auto call_blocking(F call, nanoseconds patience = actors::default_patience) {
    return actors::call_blocking(*core_, std::move(call), patience);
  }

  /// All that have not ended, in no order. Takes a lock that spawning takes, too, for a moment per actor.
  [[nodiscard]] std::vector<actor_info> look() const;

  /// True once the actor has ended; also for an empty address.
  template <class... Ms>
  [[nodiscard]] bool ended(const address<Ms...>& whom) const noexcept {
    return actors::ended(actors::address_access::cell(whom));
  }
  /// Blocks until the actor has ended and its object is destroyed; why it did. Steps a test_system. Errors:
  /// timed_out, invalid_argument (empty address), unsupported (inside an actor).
  template <class... Ms>
  result<end_reason> wait_ended(const address<Ms...>& whom, deadline until) {
    return wait_cell_ended(actors::address_access::cell(whom), until);
  }
  /// Blocks until no actor is left. Errors: timed_out naming some of those that are, unsupported (inside an
  /// actor).
  result<> wait_ended(deadline until);

  /// Stops every actor (each finishes its queue), kills at the end of `patience` what is left, and refuses
  /// new ones. timed_out names actors whose handlers were still running when another second had passed.
  /// Idempotent. Errors: timed_out, unsupported (inside an actor).
  result<> shutdown(nanoseconds patience = actors::default_patience);

  /// Since the start of the system. Each can be heard of, too: see dead_letter.
  [[nodiscard]] dead_letter_counts dead_letters() const noexcept;
  /// Actors that have not ended.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  friend struct actors::system_access;
  actors::cell_ref spawn_cell(spawn_options options, actors::maker& maker);
  result<> enter(std::string name, const actors::cell_ref& whom);
  result<actors::cell_ref> find_cell(std::string_view name) const;
  void seek(std::string name, std::unique_ptr<actors::name_seeker> who);
  result<end_reason> wait_cell_ended(const actors::cell_ref& whom, deadline until);

  std::shared_ptr<actors::core> core_;
};

namespace actors {

/// For what is built on a system: whatever keeps it must be dropped before the system is.
struct system_access {
  static core& core_of(const actor_system& system) noexcept { return *system.core_; }
  static const std::shared_ptr<core>& shared_core_of(const actor_system& system) noexcept {
    return system.core_;
  }
};

}  // namespace actors

}  // namespace troupe
