// actors/internal/send.hpp - what address, context and spawn may ask of a cell, without seeing it.
// Threads: any.
#pragma once
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace troupe::actors {

class core;

inline constexpr nanoseconds default_patience = std::chrono::seconds(5);

/// Delivers by the rules of the receiver's mailbox; what fails becomes a dead letter. `to` may be empty.
result<> send(const cell_ref& to, std::unique_ptr<node> message, nanoseconds patience);
/// To an actor elsewhere, when nothing that was sent before still waits: passed on in this thread, without a node. False:
/// nothing has happened, go on with one of those below. `answer`: an answer_to, of a question; `state` is its.
[[nodiscard]] bool pass_on(const cell_ref& to, const message_type& type, const void* message,
                           void* answer = nullptr, answer_state* state = nullptr);
/// Delivers if there is room now. False: `message` is still there, `why` says the reason; no dead letter.
[[nodiscard]] bool try_send(const cell_ref& to, std::unique_ptr<node>& message, rejection& why);
/// Delivers if there is room now; otherwise the question is refused, with the reason. `to` may be empty.
/// `length` is how long the asker waits: not negative.
void ask(const cell_ref& to, std::unique_ptr<node> message, const std::shared_ptr<answer_state>& state,
         nanoseconds length);
/// For a question put to `to` now; `to` may be empty.
[[nodiscard]] patience patience_of(const cell_ref& to, nanoseconds length) noexcept;

void stop(const cell_ref& whom) noexcept;
void kill(const cell_ref& whom) noexcept;
/// Messages in its mailbox, about: it changes while you look. 0 when empty.
[[nodiscard]] std::size_t queued(const cell_ref& whom) noexcept;
[[nodiscard]] bool ended(const cell_ref& whom) noexcept;
[[nodiscard]] core& system_of(const cell& whom) noexcept;
[[nodiscard]] actor_id id_of(const cell& whom) noexcept;
[[nodiscard]] std::string_view name_of(const cell& whom) noexcept;

}  // namespace troupe::actors
