#include <troupe/actors/internal/mailbox.hpp>

#include <time.h>

#include <algorithm>
#include <utility>

namespace troupe::actors {
namespace {

/// Room is given back in steps of this part of the capacity, so that a full mailbox does not cost an atomic
/// operation on a contended word per message.
constexpr std::size_t steps = 64;

/// Those in line are let in when half of the mailbox is free, so that one wake-up brings many messages; but
/// no later than this after the last time, as handlers may be slow.
constexpr std::int64_t longest_line_ns = 4'000'000;

/// A fifth of the cost of the exact clock, and as exact as a tick of the kernel (1 to 10 ms).
std::int64_t coarse_now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// What a message takes of the bound. Those of the system take nothing: no bound delays them, and they keep no user's out.
std::size_t room_of(const node& message) noexcept {
  return message.droppable() ? message.size() : 0;
}

class mark final : public node {
 public:
  bool visit(behaviour&, delivery&) override { return false; }
};

}  // namespace

node* mailbox::closed_mark() noexcept {
  static mark closed;
  return &closed;
}

mailbox::mailbox(const mailbox_options& options, bool eager, bool empties) noexcept
    : overflow_(options.overflow),
      eager_(eager),
      capacity_(options.capacity),
      empties_(empties),
      admitted_at_(0) {}

mailbox::~mailbox() {
  fetch();
  while (first_ != nullptr) const std::unique_ptr<node> gone(std::exchange(first_, first_->next));
}

bool mailbox::reserve(std::size_t messages) noexcept {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (used != 0 && used + messages > capacity_) return false;
  } while (!used_.compare_exchange_weak(used, used + messages, std::memory_order_relaxed));
  return true;
}

outcome mailbox::push(std::unique_ptr<node>& message, std::size_t reserved) noexcept {
  node* newest = inbox_.load(std::memory_order_relaxed);
  do {
    if (newest == closed_mark()) {
      used_.fetch_sub(reserved, std::memory_order_relaxed);
      return outcome::closed;
    }
    message->next = newest;
    // seq_cst: either the owner sees this message before it rests, or the sender sees that it rests
    // (cell.cpp).
  } while (!inbox_.compare_exchange_weak(newest, message.get(), std::memory_order_seq_cst));
  static_cast<void>(message.release());
  return outcome::accepted;
}

outcome mailbox::offer(std::unique_ptr<node>& message, std::vector<std::unique_ptr<node>>& dropped) {
  const std::size_t size = room_of(*message);
  if (capacity_ == 0) {
    used_.fetch_add(size, std::memory_order_relaxed);
    return push(message, size);
  }
  if (has_line_.load(std::memory_order_acquire)) return is_closed() ? outcome::closed : outcome::full;
  while (!reserve(size)) {
    if (is_closed()) return outcome::closed;
    if (overflow_ != overflow::drop_oldest) return outcome::full;
    auto oldest = push_out();
    if (oldest == nullptr) return force(message);  // all of it is still being put in, or may not be dropped
    dropped.push_back(std::move(oldest));
  }
  return push(message, size);
}

outcome mailbox::force(std::unique_ptr<node>& message) {
  if (has_line_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(mutex_);
    if (closed_) return outcome::closed;
    if (!line_.empty()) {
      line_.push_back({std::move(message), {}, nullptr});
      return outcome::accepted;
    }
  }
  const std::size_t size = room_of(*message);
  used_.fetch_add(size, std::memory_order_relaxed);
  return push(message, size);
}

outcome mailbox::park(std::unique_ptr<node>& message, cell_ref sender, waiting_thread* thread) {
  const std::lock_guard lock(mutex_);
  if (closed_) return outcome::closed;
  if (const std::size_t size = room_of(*message); line_.empty() && reserve(size)) return push(message, size);
  line_.push_back({std::move(message), std::move(sender), thread});
  has_line_.store(true, std::memory_order_seq_cst);
  return outcome::parked;
}

bool mailbox::wait(waiting_thread& thread, deadline until, std::unique_ptr<node>& message) {
  {
    std::unique_lock lock(mutex_);
    const auto is_in = [&] { return thread.admitted; };
    if (until.is_never())
      thread.changed.wait(lock, is_in);
    else
      thread.changed.wait_until(lock, until.when(), is_in);
  }
  return withdraw(thread, message);
}

bool mailbox::withdraw(waiting_thread& thread, std::unique_ptr<node>& message) {
  const std::lock_guard lock(mutex_);
  if (thread.admitted) return true;
  const auto at =
      std::find_if(line_.begin(), line_.end(), [&](const parked& each) { return each.thread == &thread; });
  message = std::move(at->message);
  line_.erase(at);
  has_line_.store(!line_.empty(), std::memory_order_seq_cst);
  return false;
}

std::size_t mailbox::size() const noexcept {
  std::size_t all = used_.load(std::memory_order_relaxed);
  if (!has_line_.load(std::memory_order_acquire)) return all;
  const std::lock_guard lock(mutex_);
  for (const parked& each : line_) all += room_of(*each.message);
  return all;
}

bool mailbox::has_news() const noexcept {
  const node* newest = inbox_.load(std::memory_order_seq_cst);
  return (newest != nullptr && newest != closed_mark()) || has_line_.load(std::memory_order_seq_cst);
}

void mailbox::append(node& what) noexcept {
  what.next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = &what;
  last_ = &what;
}

void mailbox::turn_round(node* newest) noexcept {
  if (newest == nullptr) return;
  node* const last = newest;
  node* oldest = nullptr;
  while (newest != nullptr) oldest = std::exchange(newest, std::exchange(newest->next, oldest));
  (first_ == nullptr ? first_ : last_->next) = oldest;
  last_ = last;
}

void mailbox::fetch() noexcept {
  if (!closed_ && inbox_.load(std::memory_order_relaxed) != nullptr)
    turn_round(inbox_.exchange(nullptr, std::memory_order_acq_rel));  // see cell::is_resting
}

/// By a sender, for drop_oldest: the owner may be busy with a message for long.
std::unique_ptr<node> mailbox::push_out() {
  const std::lock_guard lock(mutex_);
  fetch();
  node* before = nullptr;
  node* at = first_;
  while (at != nullptr && !at->droppable()) before = std::exchange(at, at->next);
  if (at == nullptr) return nullptr;
  used_.fetch_sub(1, std::memory_order_relaxed);
  if (auto oldest = at->split()) return oldest;
  (before == nullptr ? first_ : before->next) = at->next;
  if (last_ == at) last_ = before;
  return std::unique_ptr<node>(at);
}

bool mailbox::has_next() {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (drops()) lock.lock();
  if (first_ == nullptr) fetch();
  if (first_ == nullptr) make_room();  // only a mailbox that waits has a line, so admit() may take the lock
  if (first_ == nullptr && !told_when_empty_.empty()) tell(std::exchange(told_when_empty_, {}));
  return first_ != nullptr;
}

std::unique_ptr<node> mailbox::take() {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (drops()) lock.lock();
  if (first_ == nullptr) fetch();
  if (first_ == nullptr) return nullptr;
  std::unique_ptr<node> taken(std::exchange(first_, first_->next));
  if (taken->droppable()) count_taken();
  return taken;
}

void mailbox::take_another() {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (drops()) lock.lock();
  count_taken();
}

/// One message more has left.
void mailbox::count_taken() {
  ++freed_;
  const bool late = line_waits_long();
  if (late || freed_ >= (capacity_ == 0 ? steps : std::max<std::size_t>(1, capacity_ / steps))) give_back();
  if (late) tell(std::exchange(told_when_empty_, {}));  // others keep it from being empty
  if (late ||
      (has_line_.load(std::memory_order_acquire) && used_.load(std::memory_order_relaxed) <= capacity_ / 2))
    admit();
}

bool mailbox::line_waits_long() const noexcept {
  if (!has_line_.load(std::memory_order_relaxed) && told_when_empty_.empty()) return false;
  return eager_ || coarse_now() - admitted_at_ >= longest_line_ns;
}

void mailbox::give_back() noexcept {
  used_.fetch_sub(std::exchange(freed_, 0), std::memory_order_relaxed);
}

void mailbox::make_room() {
  if (freed_ != 0) give_back();
  if (has_line_.load(std::memory_order_acquire)) admit();
}

void mailbox::stand_still() noexcept {
  if (!told_when_empty_.empty()) tell(std::exchange(told_when_empty_, {}));
}

void mailbox::admit() {
  std::list<parked> in;
  admitted_at_ = coarse_now();
  {
    const std::lock_guard lock(mutex_);
    fetch();  // whoever stands in line may have sent something before that
    auto at = line_.begin();
    while (at != line_.end() && reserve(room_of(*at->message))) ++at;
    in.splice(in.end(), line_, line_.begin(), at);
    has_line_.store(!line_.empty(), std::memory_order_seq_cst);
    let_in(in);
  }
  if (empties_)
    told_when_empty_.splice(told_when_empty_.end(), in);
  else
    tell(in);
}

void mailbox::tell(const std::list<parked>& of) noexcept {
  for (const parked& each : of)
    if (each.sender) admitted(*each.sender.get(), *this);
}

void mailbox::let_in(std::list<parked>& from) noexcept {
  for (parked& each : from) {
    append(*each.message.release());
    if (each.thread == nullptr) continue;
    each.thread->admitted = true;
    each.thread->changed.notify_one();  // under the lock: the thread may be gone right after it
  }
}

void mailbox::close() {
  std::list<parked> in;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    turn_round(inbox_.exchange(closed_mark(), std::memory_order_acq_rel));
    closed_ = true;
    in.swap(line_);
    has_line_.store(false, std::memory_order_seq_cst);
    for (const parked& each : in) used_.fetch_add(room_of(*each.message), std::memory_order_relaxed);
    let_in(in);
  }
  tell(in);
  tell(std::exchange(told_when_empty_, {}));
}

}  // namespace troupe::actors
