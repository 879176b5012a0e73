#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/stepped_executor.hpp>

#include <utility>

namespace troupe::actors {

void stepped_executor::stop() noexcept {
  while (!ready_.empty()) {
    ready_.back()->release();
    ready_.pop_back();
  }
}

void stepped_executor::schedule(runnable& what) noexcept {
  what.retain();
  ready_.push_back(&what);
}

/// splitmix64: the same numbers on every machine.
std::uint64_t stepped_executor::random() noexcept {
  std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15U);
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

bool stepped_executor::step() {
  if (ready_.empty()) return false;
  std::swap(ready_[random() % ready_.size()], ready_.back());
  runnable* const next = ready_.back();
  ready_.pop_back();
  if (next->run(1))
    ready_.push_back(next);
  else
    next->release();
  return true;
}

bool stepped_executor::pass_time(steady::time_point until) {
  const auto next = timers_->next();
  if (!next || *next > until) return false;
  if (*next > now_) now_ = *next;
  timers_->fire(now_);
  return true;
}

bool stepped_executor::help(steady::time_point until) noexcept {
  return step() || pass_time(until);
}

void stepped_executor::took(const cell& who, std::string_view what) {
  trace_.push_back(who.name() + "#" + std::to_string(who.id().value) + " " + std::string(what));
}

}  // namespace troupe::actors
