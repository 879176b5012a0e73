// The turns of a cell: what it does when, and how it rests. Its life and end are in cell_life.cpp.
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/dead_letters.hpp>
#include <troupe/actors/internal/handlers.hpp>

#include <mutex>
#include <utility>

namespace troupe::actors {
namespace {

thread_local cell* current_cell = nullptr;

}  // namespace

being::being(cell& who) noexcept : before_(std::exchange(current_cell, &who)) {}
being::~being() {
  current_cell = before_;
}

cell* cell::current() noexcept {
  return current_cell;
}

void cell::release() noexcept {
  if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (has_ended()) {
    const std::unique_ptr<cell> last(this);
    return;
  }
  // It is idle: what is scheduled, waits, stands in line or has a timer holds a count. Nobody can reach it any more.
  count_.store(1, std::memory_order_relaxed);
  send_signal(alone_signal);
  release();
}

bool cell::try_retain() noexcept {
  std::uint32_t count = count_.load(std::memory_order_relaxed);
  while (count != 0)
    if (count_.compare_exchange_weak(count, count + 1, std::memory_order_seq_cst)) break;
  if (count == 0) return false;
  if ((signals_.load(std::memory_order_seq_cst) & leaving_signal) == 0) return true;
  release();
  return false;
}

// How nobody's wake-up is lost. A sender first puts a message in (or sets a signal), then reads turn_; the
// owner first writes turn_, then looks for messages and signals. All four are seq_cst, so at least one of the
// two sees the other.

void cell::message_came() noexcept {
  turn now = turn_.load(std::memory_order_seq_cst);
  if (now == turn::idle && turn_.compare_exchange_strong(now, turn::ready, std::memory_order_seq_cst))
    schedule();
}

void cell::wake() noexcept {
  turn now = turn_.load(std::memory_order_seq_cst);
  while (now == turn::idle || now == turn::blocked) {
    if (!turn_.compare_exchange_weak(now, turn::ready, std::memory_order_seq_cst)) continue;
    schedule();
    return;
  }
}

void cell::schedule() noexcept {
  if (thread_ != nullptr)
    thread_->wake(*this);
  else
    system_->runs().schedule(*this);
}

bool cell::rest(waits_for what) noexcept {
  if (what != waits_for::message) {
    mailbox_.make_room();  // for a message: has_next() has done so, and found none
    mailbox_.stand_still();
  }
  account();
  turn as = what == waits_for::message ? turn::idle : turn::blocked;
  turn_.store(as, std::memory_order_seq_cst);
  // From here on another thread may run this cell: only what is atomic may be looked at.
  bool more = signals_.load(std::memory_order_seq_cst) != 0;
  if (what == waits_for::message) more = more || mailbox_.has_news();
  if (what == waits_for::room_elsewhere) more = more || parked_.load(std::memory_order_seq_cst) == 0;
  return more && turn_.compare_exchange_strong(as, turn::ready, std::memory_order_seq_cst);
}

void cell::send_signal(std::uint8_t what) noexcept {
  signals_.fetch_or(what, std::memory_order_seq_cst);
  wake();
}

void cell::message_admitted() noexcept {
  if (parked_.fetch_sub(1, std::memory_order_seq_cst) == 1) wake();
}

void cell::post(std::unique_ptr<node> message) {
  if (mailbox_.force(message) == outcome::accepted) message_came();
}

void cell::note(std::string_view what) noexcept {
  if (system_->sees != nullptr) system_->sees->took(*this, what);
}

/// Adds what this turn has taken so far.
void cell::account() noexcept {
  const auto now = system_->runs().now();
  const auto spent = busy_ns_.load(std::memory_order_relaxed) + (now - turn_began_).count();
  busy_ns_.store(spent, std::memory_order_relaxed);
  turn_began_ = now;
}

bool cell::run(std::size_t quota) noexcept {
  const being now(*this);
  turn_began_ = system_->runs().now();
  for (;;) {
    if (signals_.load(std::memory_order_acquire) != 0)
      attend(signals_.exchange(0, std::memory_order_acq_rel));
    if (has_ended()) return false;
    if (actor_ == nullptr) return rest(waits_for::start);
    if (parked_.load(std::memory_order_acquire) != 0) return rest(waits_for::room_elsewhere);
    if (due_first_ == nullptr && !may_take()) return rest(waits_for::answer);
    if (due_first_ == nullptr && !has_message()) {
      if (stopping_ && waits_ == nullptr) {
        note("stop");
        lose_life({ending::stopped, {}});
        continue;
      }
      if (is_alone()) {
        end({ending::unreachable, {}});
        return false;
      }
      return rest(waits_for::message);
    }
    if (quota == 0) {
      mailbox_.make_room();
      account();
      return true;
    }
    --quota;
    if (due_first_ != nullptr)
      resume_next();
    else
      handle_next();
  }
}

bool cell::may_take() const noexcept {
  return waits_ == nullptr || class_.reentrant;
}

bool cell::has_message() {
  return current_ != nullptr || mailbox_.has_next();
}

/// Whoever runs the turn holds the only count, and left nothing behind: nobody can send to it any more.
bool cell::is_alone() noexcept {
  if (count_.load(std::memory_order_acquire) != 1) return false;
  // Either we see the count of who tries to retain it, or that one sees that we leave.
  signals_.fetch_or(leaving_signal, std::memory_order_seq_cst);
  if (count_.load(std::memory_order_seq_cst) == 1 &&
      signals_.load(std::memory_order_seq_cst) == leaving_signal && !mailbox_.has_news())
    return true;
  signals_.fetch_and(static_cast<std::uint8_t>(~leaving_signal), std::memory_order_seq_cst);
  return false;
}

void cell::attend(std::uint8_t signals) noexcept {
  if ((signals & answer_signal) != 0) collect_answered();
  if ((signals & final_signal) != 0) for_good_ = true;
  if ((signals & kill_signal) != 0 && actor_ != nullptr) {
    note("kill");
    auto why = system_->why_killed(*this);
    if (class_.hears_end)
      show(kill_asked{std::move(why), for_good_});
    else
      lose_life(std::move(why));
  }
  if (has_ended()) return;
  if (actor_ == nullptr) {
    const bool stop = (signals & stop_signal) != 0;
    const bool always = upkeep_ != nullptr && upkeep_->always;
    if (stop && (for_good_ || !always))
      end({ending::stopped, {}});
    else if (for_good_)
      end(last_reason_ == nullptr ? end_reason{ending::killed, {}} : std::move(*last_reason_));
    if (has_ended()) return;
    if (stop) begin_stopping();  // for its next life
    if ((signals & start_signal) != 0 && (signals & kill_signal) != 0)
      tell_supervisor(news::fell, {ending::killed, {}});
    else if ((signals & start_signal) != 0)
      be_reborn();
    return;
  }
  if ((signals & stop_signal) == 0) return;
  if (class_.hears_end)  // it was down when it was told, and lives again
    post(std::make_unique<notice_node<stop_asked>>(stop_asked{}));
  else
    begin_stopping();
}

/// Before all that is in the mailbox.
template <class M>
void cell::show(M message) noexcept {
  notice_node<M> shown(std::move(message));
  delivery what;
  try {
    static_cast<void>(shown.visit(*actor_, what));
  } catch (...) {
    lose_life({ending::failed, current_exception_text()});
    return;
  }
  if (gives_up_ != nullptr) lose_life(std::move(*gives_up_));
}

void cell::handle_next() noexcept {
  if (current_ != nullptr) mailbox_.take_another();
  std::unique_ptr<node> taken = current_ != nullptr ? std::move(current_) : mailbox_.take();
  if (taken == nullptr) return;  // drop_oldest: a sender has pushed it out since run() looked
  delivery what;
  bool more = false;
  std::unique_ptr<end_reason> failure;
  try {
    more = taken->visit(*actor_, what);
  } catch (...) {
    failure = std::make_unique<end_reason>(end_reason{ending::failed, current_exception_text()});
  }
  note(what.type->name);
  if (what.expired)
    bury(*system_, this, what.type, lost::expired, 1);
  else
    handled_.store(handled_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (failure != nullptr) {
    if (taken->has_rest())
      current_ = std::move(taken);
    else
      taken->refuse({errc::handler_failed, failure->text});
    lose_life(std::move(*failure));
    return;
  }
  if (more)
    current_ = std::move(taken);
  else
    taken.reset();
  if (what.started) {
    const auto frame = what.started.frame();
    run_coroutine(std::move(what.started), frame);
  } else if (gives_up_ != nullptr) {
    lose_life(std::move(*gives_up_));
  }
}

/// Starts or goes on with a coroutine, until it ends or waits again.
void cell::run_coroutine(job work, std::coroutine_handle<> where) noexcept {
  suspended_ = nullptr;
  where.resume();
  if (!work.done()) {
    suspended_->work = std::move(work);
  } else if (const std::exception_ptr failure = work.failure(); failure != nullptr) {
    work.reset();
    try {
      std::rethrow_exception(failure);
    } catch (...) {
      lose_life({ending::failed, current_exception_text()});
      return;
    }
  } else {
    work.reset();
  }
  if (gives_up_ != nullptr) lose_life(std::move(*gives_up_));
}

bool cell::suspend(std::shared_ptr<answer_state> answer, std::coroutine_handle<> where) {
  auto next = std::make_unique<waiting>(*this, std::move(answer), where);
  if (!next->begin()) return false;
  suspended_ = next.release();
  const std::lock_guard lock(waits_lock_);
  suspended_->next = waits_;
  if (waits_ != nullptr) waits_->previous = suspended_;
  waits_ = suspended_;
  return true;
}

std::shared_ptr<answer_state> cell::held_up_by() const {
  if (class_.reentrant) return nullptr;
  const std::lock_guard lock(waits_lock_);
  return waits_ == nullptr ? nullptr : waits_->what();
}

void cell::answer_came(waiting& what) noexcept {
  waiting* newest = answered_.load(std::memory_order_relaxed);
  do {
    what.next_answered = newest;
  } while (!answered_.compare_exchange_weak(newest, &what, std::memory_order_seq_cst));
  if (turn_.load(std::memory_order_seq_cst) == turn::ended)
    drop_answered();
  else
    send_signal(answer_signal);
}

/// Of a cell that has ended, which nobody collects any more: they hold it, and it holds them.
void cell::drop_answered() noexcept {
  waiting* next = answered_.exchange(nullptr, std::memory_order_seq_cst);
  while (next != nullptr) std::exchange(next, next->next_answered)->release();
}

void cell::collect_answered() noexcept {
  waiting* newest = answered_.exchange(nullptr, std::memory_order_acquire);
  waiting* oldest = nullptr;
  while (newest != nullptr) oldest = std::exchange(newest, std::exchange(newest->next_answered, oldest));
  while (oldest != nullptr) {
    waiting& each = *std::exchange(oldest, oldest->next_answered);
    each.next_answered = nullptr;
    if (each.abandoned) {
      each.release();
      continue;
    }
    (due_first_ == nullptr ? due_first_ : due_last_->next_answered) = &each;
    due_last_ = &each;
  }
}

void cell::resume_next() noexcept {
  waiting& next = *std::exchange(due_first_, due_first_->next_answered);
  next.finish();
  {
    const std::lock_guard lock(waits_lock_);
    (next.previous == nullptr ? waits_ : next.previous->next) = next.next;
    if (next.next != nullptr) next.next->previous = next.previous;
  }
  note("answer");
  job work = std::move(next.work);
  const auto where = next.where;
  next.release();
  next.release();
  run_coroutine(std::move(work), where);
}

outcome cell::park(std::unique_ptr<node>& message, cell& receiver) {
  // In a ring of full mailboxes, where everybody would wait for everybody, this one does not.
  const bool blocks = system_->begin_parking(*this, receiver);
  if (blocks) parked_.fetch_add(1, std::memory_order_relaxed);
  const outcome how = receiver.box().park(message, blocks ? cell_ref(*this) : cell_ref(), nullptr);
  if (how != outcome::parked && blocks) {
    system_->end_parking(*this, receiver.box());
    parked_.fetch_sub(1, std::memory_order_relaxed);
  }
  return how;
}

void admitted(cell& sender, const mailbox& into) noexcept {
  sender.system().end_parking(sender, into);
  sender.message_admitted();
}

}  // namespace troupe::actors
