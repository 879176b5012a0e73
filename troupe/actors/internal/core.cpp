#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/core.hpp>

#include <algorithm>
#include <utility>

namespace troupe::actors {

core::core(std::unique_ptr<executor> runs, std::size_t blocking_threads, logger log)
    : log_(std::move(log)), runs_(std::move(runs)), blocking_(runs_->is_stepped() ? 0 : blocking_threads) {}
core::~core() = default;

result<std::unique_ptr<own_thread>> core::thread_for(const spawn_options& options) {
  if (options.thread == runs_on::shared_threads || runs_->is_stepped()) return nullptr;
  auto started = own_thread::start(threads_);
  if (started) return started;
  const std::string whom = options.name.empty() ? "an actor" : "actor '" + options.name + "'";
  return tl::unexpected<error>(
      within("spawn " + whom + " with a thread of its own", std::move(started.error())));
}

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
  return {of(lost::closed),  of(lost::full),      of(lost::timed_out),
          of(lost::dropped), of(lost::abandoned), of(lost::expired)};
}

/// `who` holds that stand-in no more.
void core::let_go(cell& who, const cell& stand_in, std::vector<cell_ref>& held) {
  if (who.related.has == nullptr) return;
  auto& all = who.related.has->holds;
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const cell_ref& each) { return each.get() == &stand_in; });
  if (at == all.end()) return;
  held.push_back(std::move(*at));
  all.erase(at);
}

bool core::enter(cell& who) {
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  who.related.registered = true;
  who.related.next = first_;
  if (first_ != nullptr) first_->related.previous = &who;
  first_ = &who;
  living_.fetch_add(1, std::memory_order_acq_rel);
  return true;
}

void core::leave(cell& who, const end_reason& why) {
  std::vector<watcher> watchers;
  std::vector<cell_ref> held;
  bool had_name = false;
  {
    const std::lock_guard lock(mutex_);
    relations& own = who.related;
    if (std::exchange(own.registered, false)) {
      (own.previous == nullptr ? first_ : own.previous->related.next) = own.next;
      if (own.next != nullptr) own.next->related.previous = own.previous;
      living_.fetch_sub(1, std::memory_order_acq_rel);
    }
    own.reason = std::make_unique<end_reason>(why);
    if (own.has != nullptr) {
      watchers.swap(own.has->watchers);
      if (who.port() != nullptr)
        for (const watcher& each : watchers) let_go(*each.who.get(), who, held);
      had_name = own.has->has_name;
    }
    if (waiting_ != 0) someone_ended_.notify_all();
  }
  if (had_name) names_.remove(who);
  if (why.how == ending::failed && watchers.empty() && !who.is_supervised())
    log_.warn(who.label(), " failed, and nobody watches it: ", why.text);
  for (const watcher& each : watchers)
    if (each.who.get()->life() == each.life)
      each.who.get()->post(std::make_unique<notice_node<down>>(down{who.id(), who.name(), why}));
}

void core::monitor(cell& watcher, cell& watched) {
  std::unique_ptr<end_reason> reason;
  std::vector<actors::watcher> gone;
  {
    const std::lock_guard lock(mutex_);
    if (watched.related.reason == nullptr) {
      ties& its = watched.related.made();
      its.forgets(
          its.watchers, [](const actors::watcher& each) { return each.who.get()->life() != each.life; },
          gone);
      its.watchers.push_back({cell_ref(watcher), watcher.life()});
      if (watched.port() != nullptr) watcher.related.made().holds.emplace_back(watched);
      return;
    }
    reason = std::make_unique<end_reason>(*watched.related.reason);
  }
  watcher.post(std::make_unique<notice_node<down>>(down{watched.id(), watched.name(), std::move(*reason)}));
}

std::vector<cell_ref> core::living_cells() const {
  std::vector<cell_ref> all;
  const std::lock_guard lock(mutex_);
  for (cell* each = first_; each != nullptr; each = each->related.next)
    if (each->try_retain()) all.push_back(cell_ref::adopt(*each));
  return all;
}

std::vector<actor_info> core::all() const {
  std::vector<actor_info> seen;
  for (const cell_ref& each : living_cells()) seen.push_back(each.get()->info());
  return seen;
}

bool core::has_reason(const cell& who) const noexcept {
  return who.related.reason != nullptr;
}

end_reason core::reason_of(const cell& who) const {
  const std::lock_guard lock(mutex_);
  return who.related.reason == nullptr ? end_reason{} : *who.related.reason;
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

/// A stop reaches what is supervised through its supervisor, which knows the order.
void core::tell_all(command what) {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  for (const cell_ref& each : living_cells()) {
    if (what == command::kill)
      each.get()->kill(true);
    else if (!each.get()->is_supervised())
      each.get()->stop(true);
  }
}

std::string core::some_names() const {
  constexpr std::size_t most = 5;
  const std::lock_guard lock(mutex_);
  std::string names;
  std::size_t count = 0;
  for (const cell* each = first_; each != nullptr; each = each->related.next)
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
  blocking_.close();
  names_.close();
  timers_->stop();
  runs_->stop();
  threads_.join_all();
}

}  // namespace troupe::actors
