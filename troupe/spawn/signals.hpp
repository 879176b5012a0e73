// spawn/signals.hpp - names of signals, and blocking them so that a loop can receive them.
// Threads: block_signals acts on the calling thread and on threads it starts later.
// Source: signal(7), signalfd(2).
#pragma once
#include <troupe/base/error.hpp>

#include <initializer_list>
#include <string>

namespace troupe::spawn {

/// "SIGSEGV"; "signal 40" for a number without a name.
[[nodiscard]] std::string signal_name(int signal);

/// Blocks the signals in the calling thread. main() calls it before any thread starts, so that every thread
/// has them blocked and loop::watch_signals alone receives them. Errors: invalid_argument for a number that
/// is no signal. Children are not affected: command resets their mask.
[[nodiscard]] result<> block_signals(std::initializer_list<int> signals);

}  // namespace troupe::spawn
