#include <troupe/transport/internal/exchange.hpp>

#include <algorithm>

namespace troupe::transport {
namespace {

/// While an answer is awaited we wake up so often at least, and lateness of more than this is a pause of ours.
/// A pause that hides between two such moments is charged, with what is just no pause, as half the patience at
/// most.
milliseconds part_of(milliseconds patience) {
  return std::max(patience / 4, milliseconds(1));
}

std::string in_ms(steady::duration time) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(time).count()) + " ms";
}

}  // namespace

void exchange::woke(steady::time_point now) {
  if (now <= now_) return;
  const auto due = next_deadline();
  now_ = now;
  if (due && now - *due > part_of(options_.heartbeat.patience)) paused();
}

/// Whatever was silent meanwhile, so were we.
void exchange::paused() {
  for (auto& [id, on] : connections_) {
    on.heard_at = now_;
    if (on.at == stage::greeting) await_answer(id, on, options_.handshake_timeout);
    if (on.at == stage::up && options_.heartbeat.interval.count() != 0) ask_for_life(id, on);
  }
}

std::optional<steady::time_point> exchange::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void exchange::wait_until(link_id id, connection& on, steady::time_point when) {
  deadlines_.erase({on.patience, id});
  on.patience = when;
  if (when != steady::time_point::max()) deadlines_.emplace(when, id);
}

/// Patience begins anew. It is waited for in small steps, so that pauses of ours do not hide in it.
void exchange::await_answer(link_id id, connection& on, milliseconds patience) {
  on.asked_at = now_;
  go_on_waiting(id, on, patience);
}

/// False when the patience is at its end.
bool exchange::go_on_waiting(link_id id, connection& on, milliseconds patience) {
  const auto end = on.asked_at + patience;
  if (now_ >= end) return false;
  wait_until(id, on, std::min(end, now_ + part_of(options_.heartbeat.patience)));
  return true;
}

void exchange::ask_for_life(link_id id, connection& on) {
  on.is_asked = true;
  transmit(id, on, encode(ping_frame{}));  // nonces of flush() begin at 1
  await_answer(id, on, options_.heartbeat.patience);
}

void exchange::expire() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    const auto id = deadlines_.begin()->second;
    auto& on = connections_.at(id);
    if (on.at == stage::greeting)
      check_greeting(id, on);
    else if (on.at == stage::up)
      check_life(id, on);
    else
      leave(id);
  }
}

void exchange::check_greeting(link_id id, connection& on) {
  if (go_on_waiting(id, on, options_.handshake_timeout)) return;
  finish(id, on,
         error{errc::timed_out,
               "node '" + on.other.node + "' at '" + on.endpoint + "' did not answer within " +
                   in_ms(options_.handshake_timeout) + "; does it run?",
               0},
         farewell::none);
}

void exchange::check_life(link_id id, connection& on) {
  const auto& beat = options_.heartbeat;
  if (!on.is_asked) {
    if (now_ - on.heard_at >= beat.interval) return ask_for_life(id, on);
    // A question that we are asked may lie behind much that we have not read yet: who hears nothing else hears this.
    if (now_ - on.said_at >= beat.interval) transmit(id, on, encode(pong_frame{}));
    return wait_until(id, on, std::min(on.heard_at, on.said_at) + beat.interval);
  }
  if (go_on_waiting(id, on, beat.patience)) return;
  finish(id, on,
         error{errc::timed_out,
               "node '" + on.other.node + "' said nothing to node '" + options_.own.self.node + "' for " +
                   in_ms(now_ - on.heard_at) + " and has not answered for " + in_ms(now_ - on.asked_at) +
                   "; is its process stopped or stuck? If it may be that busy, raise heartbeat.patience",
               0},
         farewell::lost);
}

}  // namespace troupe::transport
