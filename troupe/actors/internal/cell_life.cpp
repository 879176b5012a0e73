// How a cell is born, falls, lives again and ends.
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/dead_letters.hpp>
#include <troupe/actors/internal/handlers.hpp>
#include <troupe/actors/remote_port.hpp>

#include <mutex>
#include <utility>

namespace troupe::actors {
namespace {

/// A stop in the queue, for an actor that will be started again: what came before it is handled first, what comes
/// after it is for the next life.
class farewell final : public node {
 public:
  bool visit(behaviour&, delivery& what) override {
    what.type = &message_type_of<stop_asked>;
    cell::current()->give_up({ending::stopped, {}});
    return false;
  }
  [[nodiscard]] bool droppable() const noexcept override { return false; }
};

}  // namespace

std::unique_ptr<upkeep> keep(cell_ref supervisor, bool always) {
  auto made = std::make_unique<upkeep>();
  made->supervisor = std::move(supervisor);
  made->always = always;
  return made;
}

cell_ref spawn_kept(const std::shared_ptr<core>& system, spawn_options options,
                    std::unique_ptr<maker> makes) {
  return spawn_cell_for(system, std::move(options), std::move(makes), nullptr);
}

cell_ref spawn_cell_for(const std::shared_ptr<core>& system, spawn_options options,
                        std::unique_ptr<maker> makes, std::shared_ptr<remote_port> port) {
  auto thread = system->thread_for(options);
  auto keeps = keep({}, false);
  keeps->port = std::move(port);
  auto made = std::make_unique<cell>(system, std::move(options), makes->what(), std::move(keeps),
                                     thread ? std::move(*thread) : nullptr);
  auto kept = cell_ref::adopt(*made.release());
  if (!thread)
    kept.get()->end({ending::failed, thread.error().message()});
  else if (system->enter(*kept.get()))
    kept.get()->be_born_by(std::move(makes));
  else
    kept.get()->end({ending::killed, {}});
  return kept;
}

cell::cell(std::shared_ptr<core> system, spawn_options options, const actor_class& what,
           std::unique_ptr<upkeep> keeps, std::unique_ptr<own_thread> thread)
    : system_(std::move(system)),
      mailbox_(options.mailbox, system_->runs().is_stepped(), keeps != nullptr && keeps->port != nullptr),
      class_(what),
      id_(system_->next_id()),
      name_(std::move(options.name)),
      upkeep_(std::move(keeps)),
      thread_(std::move(thread)),
      self_(*this) {
  system_->runs().attach(*this);
}

std::string cell::label() const {
  return name_.empty() ? "actor #" + std::to_string(id_.value) : "actor '" + name_ + "'";
}

actor_info cell::info() const {
  actor_info seen{.id = id_, .name = name_, .type = class_.name};
  switch (turn_.load(std::memory_order_acquire)) {
    case turn::idle:
      seen.state = actor_state::idle;
      break;
    case turn::ready:
      seen.state = actor_state::ready;
      break;
    case turn::blocked:
      seen.state = down_.load(std::memory_order_acquire) ? actor_state::down : actor_state::waiting;
      break;
    case turn::ended:
      seen.state = actor_state::ended;
      break;
  }
  seen.queued = mailbox_.size();
  seen.handled = handled_.load(std::memory_order_relaxed);
  seen.busy = nanoseconds(busy_ns_.load(std::memory_order_relaxed));
  if (upkeep_ != nullptr) {
    seen.restarts = upkeep_->restarts.load(std::memory_order_relaxed);
    if (upkeep_->supervisor) seen.supervisor = upkeep_->supervisor.get()->id();
  }
  return seen;
}

void cell::stop(bool for_good) noexcept {
  if (!for_good && port() != nullptr) {
    if (is_resting())
      port()->stop();
    else  // behind what has not been passed on yet
      post(std::make_unique<notice_node<stop_asked>>(stop_asked{}));
  } else if (for_good && take_reservation())
    end({ending::stopped, {}});
  else if (class_.hears_end && !down_.load(std::memory_order_acquire))
    post(std::make_unique<notice_node<stop_asked>>(stop_asked{}));
  else if (current() == this && !for_good)
    begin_stopping();
  else
    send_signal(for_good ? stop_signal | final_signal : stop_signal);
}

void cell::kill(bool for_good) noexcept {
  if (!for_good && port() != nullptr) {
    port()->kill();
    if (class_.hears_end) send_signal(kill_signal);  // its life may be about to begin, unknown to the port
  } else if (for_good && take_reservation())
    end({ending::killed, {}});
  else
    send_signal(for_good ? kill_signal | final_signal : kill_signal);
}

void cell::be_born(maker& by) {
  const being now(*this);
  turn_began_ = system_->runs().now();
  try {
    actor_ = by.make(self_);
    if (gives_up_ != nullptr) lose_life(std::move(*gives_up_));
  } catch (...) {
    lose_life({ending::failed, current_exception_text()});
  }
  if (has_ended()) return;
  bool more = stopping_;
  if (actor_ == nullptr)
    more = rest(waits_for::start);
  else if (!more)
    more =
        rest(parked_.load(std::memory_order_acquire) != 0 ? waits_for::room_elsewhere : waits_for::message);
  if (more) schedule();
}

void cell::be_reborn() noexcept {
  down_.store(false, std::memory_order_release);
  note("start");
  upkeep_->restarts.fetch_add(1, std::memory_order_relaxed);
  try {
    actor_ = upkeep_->makes->make(self_);
  } catch (...) {
    lose_life({ending::failed, current_exception_text()});
    return;
  }
  tell_supervisor(news::born, {});
}

void cell::begin_stopping() noexcept {
  if (upkeep_ != nullptr && upkeep_->always && !for_good_) {
    post(std::make_unique<farewell>());
    return;
  }
  stopping_ = true;
  mailbox_.close();
}

void cell::lose_life(end_reason why) noexcept {
  if (upkeep_ != nullptr && upkeep_->supervisor && !for_good_ && !stopping_)
    fall(std::move(why));
  else
    end(std::move(why));
}

void cell::fall(end_reason why) noexcept {
  clear_life();
  down_.store(true,
              std::memory_order_release);  // before its links are broken: who links to it now hears of it
  system_->break_links(*this, why);
  upkeep_->makes->fallen();
  last_reason_ = std::make_unique<end_reason>(why);
  tell_supervisor(news::fell, why);
}

void cell::end(end_reason why) noexcept {
  mailbox_.close();
  clear_life();
  discard_rest();
  account();
  if (thread_ != nullptr) thread_->close();
  turn_.store(turn::ended, std::memory_order_seq_cst);
  drop_answered();
  system_->leave(*this, why);
  system_->break_links(*this, why);  // those that came before leave(); the later ones are told by link()
  if (upkeep_ == nullptr) return;
  if (upkeep_->makes != nullptr)
    upkeep_->makes->ended(why);
  else if (upkeep_->port != nullptr)  // it was never born
    upkeep_->port->left(why);
  upkeep_->makes.reset();  // arguments that it keeps may be addresses, in a circle
  tell_supervisor(news::ended, why);
}

/// All that belongs to this life only.
void cell::clear_life() noexcept {
  stop_waiting();
  actor_.reset();
  gives_up_.reset();
  system_->timers().cancel_all(timers_);
  system_->leave_topics(*this);
  life_.fetch_add(1, std::memory_order_acq_rel);
}

void cell::stop_waiting() noexcept {
  while (due_first_ != nullptr) std::exchange(due_first_, due_first_->next_answered)->release();
  waiting* all = nullptr;
  {
    const std::lock_guard lock(waits_lock_);
    all = std::exchange(waits_, nullptr);
  }
  while (all != nullptr) {
    waiting& each = *std::exchange(all, all->next);
    each.abandon();
    each.release();
  }
}

void cell::discard_rest() noexcept {
  const error why{errc::closed, label() + " ended before it answered"};
  if (current_ == nullptr) current_ = mailbox_.take();
  for (; current_ != nullptr; current_ = mailbox_.take()) {
    if (current_->droppable())  // a down is no dead letter
      bury(*system_, this, current_->type(), lost::abandoned, current_->size());
    current_->refuse(why);
  }
}

void cell::tell_supervisor(news what, const end_reason& why) {
  if (!upkeep_->supervisor) return;
  upkeep_->supervisor.get()->post(
      std::make_unique<notice_node<child_news>>(child_news{cell_ref(*this), what, why}));
}

}  // namespace troupe::actors
