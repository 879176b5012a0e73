// actors/actor_system.hpp - where actors live: spawn them, watch them end, shut them down.
// Threads: every function may be called from any thread unless it says otherwise.
// Source: CAF's scheduler runs the actors; none of its types are seen here.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace troupe {

struct system_options {
  std::size_t threads = 0;  // that run actors; 0: one per processor. A handler that blocks holds one of them.
};

struct spawn_options {
  std::string name;         // for messages, logs and down; need not be unique
  mailbox_options mailbox;  // capacity 4096, overflow::wait
};

/// Owns actors and the threads that run them. Reads no file, arguments or environment, prints nothing,
/// installs no signal handler. Destroying it is shutdown(5 s), then kill; it returns when every handler has:
/// a handler that never returns holds it for ever. Must not be destroyed inside one of its own actors.
class actor_system {
 public:
  /// Errors: exhausted when the threads cannot be had; invalid_argument above 1,024 threads.
  [[nodiscard]] static result<std::unique_ptr<actor_system>> start(const system_options& options = {});
  explicit actor_system(std::shared_ptr<actors::core> core) noexcept;
  actor_system(const actor_system&) = delete;
  actor_system& operator=(const actor_system&) = delete;
  ~actor_system();

  /// Makes an Actor from (context&, args...), or (args...) when it does not want the context. The constructor
  /// runs here and now, as the new actor. If it throws, the actor has failed at birth: a monitor hears why,
  /// messages to it are dead letters. The same when the system is shutting down (ending::killed).
  template <class Actor, class... Args>
  address_of<Actor> spawn(spawn_options options, Args&&... args) {
    actors::maker_of<Actor, Args...> maker(std::forward<Args>(args)...);
    return actors::address_access::make<address_of<Actor>>(spawn_cell(std::move(options), maker));
  }
  template <class Actor>
  address_of<Actor> spawn() {
    return spawn<Actor>(spawn_options{});
  }

  /// True once the actor has ended; also for an empty address.
  template <class... Ms>
  [[nodiscard]] bool ended(const address<Ms...>& whom) const noexcept {
    return cell_ended(actors::address_access::cell(whom));
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

  /// Since the start of the system.
  [[nodiscard]] dead_letter_counts dead_letters() const noexcept;
  /// Actors that have not ended.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  actors::cell_ref spawn_cell(spawn_options options, actors::maker& maker);
  static bool cell_ended(const actors::cell_ref& whom) noexcept;
  result<end_reason> wait_cell_ended(const actors::cell_ref& whom, deadline until);

  std::shared_ptr<actors::core> core_;
};

}  // namespace troupe
