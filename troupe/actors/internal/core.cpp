#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/core.hpp>

#include <utility>

namespace troupe::actors {

core::core(std::unique_ptr<executor> runs) : runs_(std::move(runs)) {}
core::~core() = default;

steady::time_point core::after(nanoseconds delay) const noexcept {
  const auto now = runs_->now();
  if (delay <= nanoseconds::zero()) return now;
  return delay > steady::time_point::max() - now ? steady::time_point::max() : now + delay;
}

void core::count(lost how, std::size_t messages) noexcept {
  lost_.at(static_cast<std::size_t>(how)).fetch_add(messages, std::memory_order_relaxed);
}

dead_letter_counts core::dead_letters() const noexcept {
  const auto of = [this](lost how) {
    return lost_.at(static_cast<std::size_t>(how)).load(std::memory_order_relaxed);
  };
  return {of(lost::closed), of(lost::full), of(lost::timed_out), of(lost::dropped), of(lost::abandoned)};
}

bool core::enter(cell& who) {
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  who.retain();
  who.registered_ = true;
  who.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &who;
  first_ = &who;
  living_.fetch_add(1, std::memory_order_acq_rel);
  return true;
}

void core::leave(cell& who, end_reason why) {
  std::vector<cell_ref> watchers;
  bool was_registered = false;
  const down news{who.id(), who.name(), why};
  {
    const std::lock_guard lock(mutex_);
    was_registered = std::exchange(who.registered_, false);
    if (was_registered) {
      (who.previous_ == nullptr ? first_ : who.previous_->next_) = who.next_;
      if (who.next_ != nullptr) who.next_->previous_ = who.previous_;
      living_.fetch_sub(1, std::memory_order_acq_rel);
    }
    who.reason_ = std::make_unique<end_reason>(std::move(why));
    watchers.swap(who.watchers_);
    if (waiting_ != 0) someone_ended_.notify_all();
  }
  for (const cell_ref& each : watchers) each.get()->post(std::make_unique<notice_node<down>>(down(news)));
  if (was_registered) who.release();
}

void core::monitor(cell& watcher, cell& watched) {
  {
    const std::lock_guard lock(mutex_);
    if (watched.reason_ == nullptr) {
      watched.watchers_.emplace_back(watcher);
      return;
    }
  }
  watcher.post(std::make_unique<notice_node<down>>(down{watched.id(), watched.name(), *watched.reason_}));
}

bool core::has_reason(const cell& who) const noexcept {
  return who.reason_ != nullptr;
}

end_reason core::reason_of(const cell& who) const {
  const std::lock_guard lock(mutex_);
  return who.reason_ == nullptr ? end_reason{} : *who.reason_;
}

bool core::wait_until(deadline until, const std::function<bool()>& is_so) {
  if (runs_->is_stepped()) {
    const auto ends = until.is_never() ? steady::time_point::max() : after(until.left());
    while (!is_so())
      if (!runs_->help(ends)) return false;
    return true;
  }
  std::unique_lock lock(mutex_);
  ++waiting_;
  bool so = true;
  if (until.is_never())
    someone_ended_.wait(lock, is_so);
  else
    so = someone_ended_.wait_until(lock, until.when(), is_so);
  --waiting_;
  return so;
}

void core::tell_all(command what) {
  std::vector<cell_ref> all;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (cell* each = first_; each != nullptr; each = each->next_) all.emplace_back(*each);
  }
  for (const cell_ref& each : all) what == command::stop ? each.get()->stop() : each.get()->kill();
}

std::string core::some_names() const {
  constexpr std::size_t most = 5;
  const std::lock_guard lock(mutex_);
  std::string names;
  std::size_t count = 0;
  for (const cell* each = first_; each != nullptr; each = each->next_)
    if (count++ < most) names += (names.empty() ? "" : ", ") + each->label();
  if (count > most) names += " and " + std::to_string(count - most) + " more";
  return names;
}

result<> core::shut_down(nanoseconds patience) {
  const auto nobody = [this] { return living() == 0; };
  tell_all(command::stop);
  if (wait_until(deadline::after(patience), nobody)) return {};
  tell_all(command::kill);
  if (wait_until(deadline::after(std::chrono::seconds(1)), nobody)) return {};
  return fail(errc::timed_out, "shut down an actor system: still in a handler: " + some_names());
}

void core::close() noexcept {
  timers_->stop();
  runs_->stop();
}

}  // namespace troupe::actors
