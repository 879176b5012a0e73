// actors/remote_port.hpp - the seam for actors that live in another process: what carries messages to one of them, and the
// cell that stands for it here.
// Threads: said for each function.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/reserved.hpp>
#include <troupe/actors/spawn_options.hpp>
#include <troupe/actors/supervisor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace troupe::actors {

/// The way to one actor elsewhere; the runtime knows it. Each has one stand-in: a cell like every other, with a mailbox by
/// its options for what finds no room on the way, which ends when the actor does. While nothing waits in that mailbox,
/// whoever sends passes its messages on in its own thread.
class remote_port {
 public:
  enum class passed : std::uint8_t {
    yes,
    no_room,   // nothing has happened: the message is still the caller's
    gone,      // likewise, and there will be no room
    too_large  // likewise, and never will
  };
  remote_port() = default;
  remote_port(const remote_port&) = delete;
  remote_port& operator=(const remote_port&) = delete;
  virtual ~remote_port() = default;

  /// Sends the message, or asks the question, whose answer it takes over. Any thread, several at once; what one thread
  /// passes keeps its order. Does not block.
  [[nodiscard]] virtual passed pass(delivery& what) = 0;
  /// The same as soon as there is room; answers then, or fails: it is gone, and so is the message. The stand-in's turn,
  /// one at a time; nothing else is passed meanwhile.
  [[nodiscard]] virtual std::shared_ptr<answer_of<void>> pass_later(delivery& what) = 0;
  /// To the actor, as address::stop() and kill(). Any thread.
  virtual void stop() noexcept = 0;
  virtual void kill() noexcept = 0;
  /// The stand-in has ended, for that reason: nobody here can reach the actor any more. Once, the last call.
  virtual void left(const end_reason& why) noexcept = 0;

  // Of one whose supervisor is here (reserve_stand_in):
  /// A life of the actor is to begin, the first one is number 1. The stand-in's turn.
  virtual void begin(std::uint32_t /*life*/) noexcept {}
  /// How that life ended over there; nothing: it goes on. The stand-in's turn, after fell_elsewhere().
  [[nodiscard]] virtual std::optional<end_reason> fell(std::uint32_t /*life*/) noexcept { return {}; }
  /// That life is to end when kill() came before it had begun. The stand-in's turn, when it goes on in spite of a kill.
  virtual void kill_if_early(std::uint32_t /*life*/) noexcept {}
};

/// `what` says which messages the stand-in takes. It ends when it is told to (end_stand_in), when the last address that
/// leads to it is gone, or with its system.
[[nodiscard]] cell_ref spawn_stand_in(actor_system& in, spawn_options options, const actor_class& what,
                                      std::shared_ptr<remote_port> port);
/// The actor has ended: so does the stand-in, behind what stands in its mailbox; one to which no address leads any more is
/// ending anyhow. Any thread; `whom` must not have left().
void end_stand_in(cell& whom, end_reason why);

/// The place of a child of `boss` that lives elsewhere. Each life of the stand-in is one of the actor (remote_port::begin);
/// between two, messages wait in its mailbox. A stop of its supervisor goes to the actor, behind what was sent before, and
/// the stand-in ends when that has; a kill for good ends it at once. `what` hears_end.
[[nodiscard]] reservation reserve_stand_in(const supervisor& boss, spawn_options options,
                                           const actor_class& what, std::shared_ptr<remote_port> port);
/// Its first life.
void begin_stand_in(reservation& place, const actor_class& what, std::shared_ptr<remote_port> port);
/// The actor's life is over (remote_port::fell says how), and so is that of the stand-in: its supervisor decides. Any
/// thread; `whom` must not have left().
void fell_elsewhere(cell& whom) noexcept;

/// What carries messages to an actor elsewhere; null for one that lives here.
[[nodiscard]] remote_port* port_of(const cell& whom) noexcept;
/// A reference to a cell that may be about to end: empty when it is. The caller knows that it has not gone yet.
[[nodiscard]] cell_ref still_there(cell& whom) noexcept;

/// Messages that came for an actor that is gone.
void bury_arrived(actor_system& in, const message_type* type, std::size_t messages = 1);
/// A message that the port of such an actor kept (pass_later), when nobody waits for its answer any more.
void bury_unsent(core& in, const message_type* type);

/// The time by which the actors of its system go.
[[nodiscard]] steady::time_point clock_of(const cell& whom) noexcept;
/// How long whoever asked still waits: max() without end.
[[nodiscard]] nanoseconds patience_left(const answer_state& of) noexcept;

/// For what arrives from elsewhere: into the mailbox whatever its bound says (credit bounds it). False: it has ended or is
/// stopping; what was sent is counted as a dead letter, who asked is refused.
bool deliver(const cell_ref& to, std::unique_ptr<node> messages);

}  // namespace troupe::actors
