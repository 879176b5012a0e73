#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/supervising.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/text.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace troupe::actors {
namespace {

steady::time_point now() noexcept {
  return cell::current()->system().runs().now();
}

std::string with_reason(const end_reason& why) {
  if (!why.text.empty()) return why.text;
  return why.how == ending::killed ? "it was killed" : "it was stopped";
}

/// Into the log of the system, under the name of the supervisor.
void tell(log_level level, const context& self, const crew_member& child, const std::string& what) {
  self.log().log(level, child.cell.get()->label(), what);
}

}  // namespace

/// In its first life there is nobody yet; in a later one all children are down, or about to be (crew::fallen).
supervising::supervising(context& self, std::shared_ptr<crew> of)
    : self_(self), crew_(std::move(of)), random_(self.id().value) {
  const auto lock = crew_->lock();
  for (auto& [id, each] : crew_->members()) {
    each.history = {};  // a new life forgives what led to the end of the one before
    if (each.now == state::closing) ++closing_;
    if (each.now != state::up) wanted_[id] = now();
  }
  if (crew_->options().strategy == strategy::one_for_one)
    for (const auto& each : crew_->members()) advance_one(each.first);
  else
    advance_together();
}

void supervising::operator()(child_news heard) {
  cell_ref gone;
  const auto lock = crew_->lock();
  auto& all = crew_->members();
  const actor_id child = heard.child.get()->id();
  const auto at = all.find(child);
  if (at == all.end()) return;
  crew_member& member = at->second;
  const state before = member.now;
  switch (heard.what) {
    case news::born:
      if (before == state::starting) turn(member, state::up);
      break;
    case news::fell:
      turn(member, state::down);
      if (before == state::closing || ending_) break;
      decide(child, member, heard.reason);
      break;
    case news::ended:
      turn(member, state::down);
      gone = std::move(member.cell);
      wanted_.erase(child);
      all.erase(at);
      break;
  }
  advance(child);
}

void supervising::operator()(stop_asked) {
  const auto lock = crew_->lock();
  if (!ending_) ending_ = end_reason{ending::stopped, {}};  // who is giving up has failed, stopped or not
  for_good_ = true;
  stop_fallen();
  advance_ending();
}

void supervising::operator()(kill_asked order) {
  const auto lock = crew_->lock();
  ending_ = std::move(order.why);
  for_good_ = for_good_ || order.for_good || !cell::current()->is_supervised();
  kill_all();
  advance_ending();
}

void supervising::operator()(retry again) {
  const auto lock = crew_->lock();
  advance(again.child);
}

void supervising::operator()(overdue late) {
  const auto lock = crew_->lock();
  const auto at = crew_->members().find(late.child);
  if (at == crew_->members().end()) return;
  tell(log_level::warn, self_, at->second,
       " has not finished " + format_duration(crew_->options().stop_timeout) +
           " after it was told to stop: it is killed, " + "when its handler returns");
  at->second.cell.get()->kill(true);
}

void supervising::turn(crew_member& member, state next) noexcept {
  if (member.now == state::closing) --closing_;
  if (member.now == state::starting) --starting_;
  member.now = next;
  if (next == state::closing) ++closing_;
  if (next == state::starting) ++starting_;
}

void supervising::decide(actor_id fallen, crew_member& member, const end_reason& why) {
  const bool always = crew_->options().restart.policy == restart_when::always;  // then every end counts
  restart_decision next =
      decide_restart(crew_->options().restart, std::move(member.history),
                     {.now = now(), .failed = always || !ended_well(why.how), .random = random()});
  member.history = std::move(next.history);
  const std::string fell = (ended_well(why.how) ? " ended: " : " failed: ") + with_reason(why);
  switch (next.verdict) {
    case restart_verdict::stay_down:
      tell(log_level::warn, self_, member, fell);
      kill(member, true);
      break;
    case restart_verdict::give_up:
      tell(log_level::error, self_, member, fell + "; that was too often");
      give_up(member, why);
      break;
    case restart_verdict::restart:
      tell(ended_well(why.how) ? log_level::info : log_level::warn, self_, member,
           fell + "; it is started again" +
               (next.after > nanoseconds::zero() ? " in " + format_duration(next.after) : ""));
      start_again(fallen, next.after);
      break;
  }
}

void supervising::start_again(actor_id fallen, nanoseconds delay) {
  const auto again = [&, due = cell::current()->system().after(delay)](actor_id id, crew_member& member) {
    if (member.now == state::up || member.now == state::starting) kill(member, false);
    auto& when = wanted_[id];
    when = std::max(when, due);
  };
  auto& all = crew_->members();
  const strategy how = crew_->options().strategy;
  const auto from = how == strategy::one_for_all ? all.begin() : all.find(fallen);
  const auto to = how == strategy::one_for_one ? std::next(from) : all.end();
  for (auto at = from; at != to; ++at) again(at->first, at->second);
  if (delay > nanoseconds::zero()) self_.after<supervising>(delay, retry{fallen});
}

void supervising::kill(crew_member& member, bool for_good) {
  turn(member, state::closing);
  member.cell.get()->kill(for_good);
}

void supervising::stop(crew_member& member) {
  turn(member, state::closing);
  member.cell.get()->stop(true);
}

/// Its own life ends when all children are down; when nobody supervises it, it and they end for good.
void supervising::give_up(const crew_member& member, const end_reason& why) {
  ending_ = end_reason{ending::failed,
                       member.cell.get()->label() + " failed too often, at last: " + with_reason(why)};
  for_good_ = !cell::current()->is_supervised();
  kill_all();
}

/// Its life is over when theirs are.
void supervising::kill_all() {
  auto& all = crew_->members();
  for (auto at = all.rbegin(); at != all.rend(); ++at)
    if (at->second.now != state::down || for_good_) kill(at->second, for_good_);
}

/// Those that are down have no life to finish, and others may wait for room with them.
void supervising::stop_fallen() {
  for (auto& [id, each] : crew_->members())
    if (each.now == state::down) stop(each);
}

/// After news of a child, or for it.
void supervising::advance(actor_id heard_of) {
  if (ending_) {
    const auto at = crew_->members().find(heard_of);
    if (for_good_ && at != crew_->members().end() && at->second.now == state::down) stop(at->second);
    advance_ending();
  } else if (crew_->options().strategy == strategy::one_for_one) {
    advance_one(heard_of);
  } else {
    advance_together();
  }
}

void supervising::advance_one(actor_id which) {
  const auto due = wanted_.find(which);
  if (due == wanted_.end() || due->second > now()) return;
  crew_member& member = crew_->members().at(which);
  if (member.now != state::down) return;
  wanted_.erase(due);
  start(member);
}

/// One after the other, when all that have to go down first are down.
void supervising::advance_together() {
  if (closing_ > 0 || starting_ > 0 || wanted_.empty()) return;
  const auto first = wanted_.begin();
  if (first->second > now()) return;
  crew_member& member = crew_->members().at(first->first);
  wanted_.erase(first);
  start(member);
}

/// After a stop one child after the other, last first; after giving up all have been told already.
void supervising::advance_ending() {
  if (closing_ > 0) return;
  auto& all = crew_->members();
  if (!for_good_ || all.empty()) {
    cell::current()->give_up(std::move(*ending_), for_good_);
    return;
  }
  const auto last = std::prev(all.end());
  // A supervisor has as long as its own children have, one after the other.
  if (!last->second.cell.get()->is_a(class_of<supervising>))
    self_.after<supervising>(std::max(crew_->options().stop_timeout, nanoseconds::zero()),
                             overdue{last->first});
  stop(last->second);
}

void supervising::start(crew_member& member) {
  turn(member, state::starting);
  member.cell.get()->start();
}

/// splitmix64, in [0, 1).
double supervising::random() noexcept {
  std::uint64_t mixed = (random_ += 0x9e3779b97f4a7c15U);
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<double>((mixed ^ (mixed >> 31U)) >> 11U) * 0x1.0p-53;
}

}  // namespace troupe::actors
