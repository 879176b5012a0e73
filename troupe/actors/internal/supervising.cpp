#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/supervising.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/text.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace troupe::actors {
namespace {

constexpr nanoseconds patience_with_a_child = std::chrono::seconds(5);

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
  for (auto& each : crew_->members()) {
    each.wanted = true;
    each.due = now();
    each.history = {};  // a new life forgives what led to the end of the one before
  }
  advance();
}

void supervising::operator()(child_news heard) {
  cell_ref gone;
  const auto lock = crew_->lock();
  auto& all = crew_->members();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.cell == heard.child; });
  if (at == all.end()) return;
  const state before = at->now;
  switch (heard.what) {
    case news::born:
      if (before == state::starting) at->now = state::up;
      break;
    case news::fell:
      at->now = state::down;
      if (before == state::closing || ending_) break;
      decide(static_cast<std::size_t>(at - all.begin()), heard.reason);
      break;
    case news::ended:
      gone = std::move(at->cell);
      all.erase(at);
      break;
  }
  advance();
}

void supervising::operator()(stop_asked) {
  const auto lock = crew_->lock();
  if (!ending_) ending_ = end_reason{ending::stopped, {}};  // who is giving up has failed, stopped or not
  for_good_ = true;
  advance();
}

void supervising::operator()(retry) {
  const auto lock = crew_->lock();
  advance();
}

void supervising::operator()(overdue late) {
  const auto lock = crew_->lock();
  for (auto& each : crew_->members()) {
    if (each.cell.get()->id() != late.child) continue;
    tell(log_level::warn, self_, each,
         " has not finished " + format_duration(patience_with_a_child) +
             " after it was told to stop: it is killed, " + "when its handler returns");
    each.cell.get()->kill(true);
  }
}

void supervising::decide(std::size_t which, const end_reason& why) {
  crew_member& member = crew_->members()[which];
  const bool always = crew_->options().restart.policy == restart_when::always;  // then every end counts
  restart_decision next =
      decide_restart(crew_->options().restart, std::move(member.history),
                     {.now = now(), .failed = always || !ended_well(why.how), .random = random()});
  member.history = std::move(next.history);
  const std::string fell = (ended_well(why.how) ? " ended: " : " failed: ") + with_reason(why);
  switch (next.verdict) {
    case restart_verdict::stay_down:
      tell(log_level::warn, self_, member, fell);
      close(member, true);
      break;
    case restart_verdict::give_up:
      tell(log_level::error, self_, member, fell + "; that was too often");
      give_up(member, why);
      break;
    case restart_verdict::restart:
      tell(ended_well(why.how) ? log_level::info : log_level::warn, self_, member,
           fell + "; it is started again" +
               (next.after > nanoseconds::zero() ? " in " + format_duration(next.after) : ""));
      start_again(which, next.after);
      break;
  }
}

void supervising::start_again(std::size_t which, nanoseconds delay) {
  auto& all = crew_->members();
  const strategy how = crew_->options().strategy;
  const auto due = now() + delay;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool goes_along = how == strategy::one_for_all || (how == strategy::rest_for_one && i > which);
    if (i != which && !goes_along) continue;
    if (all[i].now == state::up || all[i].now == state::starting) close(all[i], false);
    all[i].wanted = true;
    all[i].due = std::max(all[i].due, due);
  }
  if (delay > nanoseconds::zero()) self_.after<supervising>(delay, retry{});
}

void supervising::close(crew_member& member, bool for_good) {
  member.now = state::closing;
  member.cell.get()->kill(for_good);
}

/// Its own life ends when all children are down; when nobody supervises it, it and they end for good.
void supervising::give_up(const crew_member& member, const end_reason& why) {
  ending_ = end_reason{ending::failed,
                       member.cell.get()->label() + " failed too often, at last: " + with_reason(why)};
  for_good_ = !cell::current()->is_supervised();
  auto& all = crew_->members();
  for (auto at = all.rbegin(); at != all.rend(); ++at)
    if (at->now != state::down || for_good_) close(*at, for_good_);
}

void supervising::advance() {
  if (ending_) {
    advance_ending();
  } else if (crew_->options().strategy == strategy::one_for_one) {
    for (auto& each : crew_->members())
      if (each.now == state::down && each.wanted && each.due <= now()) start(each);
  } else {
    advance_together();
  }
}

/// One after the other, when all that have to go down first are down.
void supervising::advance_together() {
  crew_member* next = nullptr;
  for (auto& each : crew_->members()) {
    if (each.now == state::closing || each.now == state::starting) return;
    if (next == nullptr && each.now == state::down && each.wanted) next = &each;
  }
  if (next != nullptr && next->due <= now()) start(*next);
}

/// After a stop one child after the other, last first; after giving up all have been told already.
void supervising::advance_ending() {
  auto& all = crew_->members();
  // Those that are down have no life to finish, and others may wait for room with them.
  for (auto& each : all)
    if (for_good_ && each.now == state::down) {
      each.now = state::closing;
      each.cell.get()->stop(true);
    }
  const bool busy =
      std::any_of(all.begin(), all.end(), [](const auto& each) { return each.now == state::closing; });
  if (busy) return;
  if (!for_good_ || all.empty()) {
    cell::current()->give_up(std::move(*ending_), for_good_);
    return;
  }
  crew_member& last = all.back();
  last.now = state::closing;
  last.cell.get()->stop(true);
  self_.after<supervising>(patience_with_a_child, overdue{last.cell.get()->id()});
}

void supervising::start(crew_member& member) {
  member.now = state::starting;
  member.wanted = false;
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
