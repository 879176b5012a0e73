// actors/ward.hpp - actors that live here and whose supervisor is in another process: here is told what befalls them, there
// is decided what follows.
// Threads: functions from any thread; `tell` is called in an actor's turn.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/supervisor.hpp>

#include <functional>

namespace troupe::actors {

/// A life is over; `for_good`: there will be no other.
using on_fall = std::function<void(const end_reason& why, bool for_good)>;

/// A supervisor that decides nothing: its one child (supervisor::reserve) stays down when it fell, with its mailbox, until
/// live_again() or end_ward(). Of `options` only the name and restart.policy count (with restart_when::always a stop is
/// no end for good). It ends with its child.
[[nodiscard]] supervisor guardian_for(actor_system& in, supervisor_options options, on_fall tell);
/// Its next life, when it is down.
void live_again(const cell_ref& ward) noexcept;
/// It lives no more: at once when it is down, else when its handler returns. `why` is for one that has not lived yet; the
/// others end as their last life did, or killed.
void end_ward(const cell_ref& ward, end_reason why = {ending::killed, {}}) noexcept;

}  // namespace troupe::actors
