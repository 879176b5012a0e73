#include <troupe/actors/internal/cell.hpp>

#include <limits>
#include <stdexcept>
#include <utility>

namespace troupe::actors {
namespace {

thread_local cell* current_cell = nullptr;

/// Makes a cell the current one; a constructor may run inside another actor's turn.
class being {
 public:
  explicit being(cell& who) noexcept : before_(std::exchange(current_cell, &who)) {}
  being(const being&) = delete;
  being& operator=(const being&) = delete;
  ~being() { current_cell = before_; }

 private:
  cell* before_;
};

/// Fails a question whose deadline passes while a coroutine waits for the answer.
class expiry final : public timed {
 public:
  explicit expiry(std::shared_ptr<answer_state> answer) noexcept : answer_(std::move(answer)) {}
  void due() noexcept override { answer_->fail({errc::timed_out, "wait for an answer"}); }

 private:
  std::shared_ptr<answer_state> answer_;
};

}  // namespace

cell::cell(std::shared_ptr<core> system, spawn_options options, receives_function takes)
    : system_(std::move(system)),
      mailbox_(options.mailbox, system_->runs().is_stepped()),
      receives_(takes),
      id_(system_->next_id()),
      name_(std::move(options.name)),
      self_(*this) {
  system_->runs().attach(*this);
}

cell* cell::current() noexcept {
  return current_cell;
}

void cell::release() noexcept {
  if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) const std::unique_ptr<cell> last(this);
}

std::string cell::label() const {
  return name_.empty() ? "actor #" + std::to_string(id_.value) : "actor '" + name_ + "'";
}

// How nobody's wake-up is lost. A sender first puts a message in (or sets a signal), then reads turn_; the
// owner first writes turn_, then looks for messages and signals. All four are seq_cst, so at least one of the
// two sees the other.

void cell::message_came() noexcept {
  turn now = turn_.load(std::memory_order_seq_cst);
  if (now == turn::idle && turn_.compare_exchange_strong(now, turn::ready, std::memory_order_seq_cst))
    system_->runs().schedule(*this);
}

void cell::wake() noexcept {
  turn now = turn_.load(std::memory_order_seq_cst);
  while (now == turn::idle || now == turn::blocked) {
    if (!turn_.compare_exchange_weak(now, turn::ready, std::memory_order_seq_cst)) continue;
    system_->runs().schedule(*this);
    return;
  }
}

bool cell::rest(waits_for what) noexcept {
  if (what != waits_for::message)
    mailbox_.make_room();  // for a message: has_next() has done so, and found none
  turn as = what == waits_for::message ? turn::idle : turn::blocked;
  turn_.store(as, std::memory_order_seq_cst);
  // From here on another thread may run this cell: only what is atomic may be looked at.
  const std::uint8_t signals = signals_.load(std::memory_order_seq_cst);
  bool more = (signals & (stop_signal | kill_signal)) != 0;
  if (what == waits_for::message) more = more || mailbox_.has_news();
  if (what == waits_for::room_elsewhere) more = more || parked_.load(std::memory_order_seq_cst) == 0;
  if (what == waits_for::answer) more = more || (signals & answer_signal) != 0;
  return more && turn_.compare_exchange_strong(as, turn::ready, std::memory_order_seq_cst);
}

void cell::send_signal(signal what) noexcept {
  signals_.fetch_or(what, std::memory_order_seq_cst);
  wake();
}

void cell::stop() noexcept {
  if (current_cell == this)
    begin_stopping();
  else
    send_signal(stop_signal);
}

void cell::kill() noexcept {
  send_signal(kill_signal);
}

void cell::answered() noexcept {
  send_signal(answer_signal);
  release();  // suspend() retained it for the one who answers
}

void cell::message_admitted() noexcept {
  if (parked_.fetch_sub(1, std::memory_order_seq_cst) == 1) wake();
}

void admitted(cell& sender) noexcept {
  sender.message_admitted();
}

void cell::post(std::unique_ptr<node> message) {
  if (mailbox_.force(message) == outcome::accepted) message_came();
}

void cell::note(std::string_view what) noexcept {
  if (system_->sees != nullptr) system_->sees->took(*this, what);
}

void cell::be_born(maker& by) {
  const being now(*this);
  try {
    actor_ = by.make(self_);
  } catch (...) {
    end({ending::failed, current_exception_text()});
    return;
  }
  const bool more = stopping_ || rest(parked_.load(std::memory_order_acquire) != 0 ? waits_for::room_elsewhere
                                                                                   : waits_for::message);
  if (more) system_->runs().schedule(*this);
}

bool cell::run(std::size_t quota) noexcept {
  const being now(*this);
  while (!has_ended()) {
    const std::uint8_t signals = signals_.load(std::memory_order_acquire);
    if ((signals & kill_signal) != 0) {
      note("kill");
      end({ending::killed, {}});
      return false;
    }
    if ((signals & stop_signal) != 0) begin_stopping();
    if (parked_.load(std::memory_order_acquire) != 0) return rest(waits_for::room_elsewhere);
    if (waiting_ != nullptr) {
      if ((signals & answer_signal) == 0) return rest(waits_for::answer);
    } else if (current_ == nullptr && !mailbox_.has_next()) {
      if (!stopping_) return rest(waits_for::message);
      note("stop");
      end({ending::stopped, {}});
      return false;
    }
    if (quota == 0) {
      mailbox_.make_room();
      return true;
    }
    --quota;
    if (waiting_ != nullptr)
      resume();
    else
      handle_next();
  }
  return false;
}

void cell::begin_stopping() noexcept {
  signals_.fetch_and(static_cast<std::uint8_t>(~stop_signal), std::memory_order_acq_rel);
  stopping_ = true;
  mailbox_.close();
}

void cell::handle_next() noexcept {
  std::unique_ptr<node> taken = current_ != nullptr ? std::move(current_) : mailbox_.take();
  if (taken == nullptr) return;  // drop_oldest: a sender has pushed it out since run() looked
  delivery what;
  bool more = false;
  try {
    more = taken->visit(*actor_, what);
    note(what.type->name);
  } catch (...) {
    const std::string text = current_exception_text();
    note(what.type->name);
    taken->refuse({errc::handler_failed, text});
    system_->count(lost::abandoned, taken->size() - 1);
    end({ending::failed, text});
    return;
  }
  if (more) current_ = std::move(taken);
  if (!what.started) return;
  taken.reset();
  job_ = std::move(what.started);
  job_.frame().resume();
  after_job();
}

bool cell::suspend(std::shared_ptr<answer_state> answer, std::coroutine_handle<> where) {
  signals_.fetch_and(static_cast<std::uint8_t>(~answer_signal), std::memory_order_acq_rel);
  auto next = std::make_unique<waiting>(waiting{answer, where, {}});
  retain();
  if (!answer->watch(*this)) {
    release();
    return false;
  }
  next->deadline = system_->timers().add(answer->limit().ends, std::make_unique<expiry>(answer));
  waiting_ = std::move(next);
  return true;
}

void cell::resume() noexcept {
  system_->timers().cancel(waiting_->deadline);
  const auto where = waiting_->where;
  waiting_.reset();
  note("answer");
  where.resume();
  after_job();
}

void cell::after_job() noexcept {
  if (!job_.done()) return;
  const std::exception_ptr failure = job_.failure();
  job_.reset();
  if (failure == nullptr) return;
  try {
    std::rethrow_exception(failure);
  } catch (...) {
    end({ending::failed, current_exception_text()});
  }
}

outcome cell::park(std::unique_ptr<node>& message, cell& receiver) {
  parked_.fetch_add(1, std::memory_order_relaxed);
  const outcome how = receiver.box().park(message, cell_ref(*this), nullptr);
  if (how != outcome::parked) parked_.fetch_sub(1, std::memory_order_relaxed);
  return how;
}

void cell::stop_waiting() noexcept {
  if (waiting_ == nullptr) return;
  system_->timers().cancel(waiting_->deadline);
  if (waiting_->answer->unwatch(*this)) release();
  waiting_.reset();
}

void cell::end(end_reason why) noexcept {
  mailbox_.close();
  stop_waiting();
  job_.reset();  // refers to the actor
  actor_.reset();
  discard_rest();
  turn_.store(turn::ended, std::memory_order_seq_cst);
  system_->leave(*this, std::move(why));
}

void cell::discard_rest() noexcept {
  const error why{errc::closed, label() + " ended before it answered"};
  if (current_ == nullptr) current_ = mailbox_.take();
  for (; current_ != nullptr; current_ = mailbox_.take()) {
    if (current_->droppable()) system_->count(lost::abandoned, current_->size());  // a down is no dead letter
    current_->refuse(why);
  }
}

}  // namespace troupe::actors
