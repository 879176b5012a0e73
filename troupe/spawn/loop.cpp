#include <troupe/spawn/loop.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <string>

namespace troupe::spawn {
namespace {

constexpr std::uint64_t wake_event = 0;  // ids of watched descriptors begin at 1
constexpr int events_at_once = 64;

}  // namespace

result<std::unique_ptr<loop>> loop::create() {
  unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail_errno("make an epoll descriptor");
  unique_fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_errno("make an eventfd");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = wake_event}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) return fail_errno("watch an eventfd");
  return std::unique_ptr<loop>(new loop(std::move(epoll), std::move(wake)));
}

loop::loop(unique_fd epoll, unique_fd wake) noexcept : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

loop::~loop() {
  assert(runner_.load() == std::thread::id());
}

bool loop::on_loop_thread() const noexcept {
  return runner_.load() == std::this_thread::get_id();
}

void loop::assert_may_change() const noexcept {
  assert(on_loop_thread() || runner_.load() == std::thread::id());
}

result<watch_id> loop::watch_readable(int fd, callback on_ready) {
  return watch(fd, direction::read, std::move(on_ready));
}

result<watch_id> loop::watch_writable(int fd, callback on_ready) {
  return watch(fd, direction::write, std::move(on_ready));
}

result<watch_id> loop::watch(int fd, direction way, callback on_ready) {
  assert_may_change();
  const auto [at, is_new] = watched_.try_emplace(fd);
  watched_fd& state = at->second;
  if (is_new) state.id = next_id_++;
  shared_callback& slot = way == direction::read ? state.on_read : state.on_write;
  const std::string attempt = "watch descriptor " + std::to_string(fd);
  if (slot != nullptr) return fail(errc::already_exists, attempt + ": it is watched for this already");
  slot = std::make_shared<const callback>(std::move(on_ready));
  if (update(fd, state, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD) != 0) {
    const int why = errno;
    slot.reset();
    if (is_new) watched_.erase(at);
    if (why == EPERM)
      return fail(errc::unsupported, attempt + ": a regular file or directory is always ready");
    if (why == EBADF) return fail(errc::invalid_argument, attempt, why);
    return fail_errno(attempt, why);
  }
  fd_of_event_[state.id] = fd;
  const std::uint64_t watch = next_id_++;
  by_watch_[watch] = {fd, way};
  return watch_id{watch};
}

int loop::update(int fd, const watched_fd& state, int operation) noexcept {
  epoll_event event{.events = 0, .data = {.u64 = state.id}};
  if (state.on_read != nullptr) event.events |= EPOLLIN;
  if (state.on_write != nullptr) event.events |= EPOLLOUT;
  return ::epoll_ctl(epoll_.get(), operation, fd, &event);
}

void loop::unwatch(watch_id what) {
  assert_may_change();
  const auto known = by_watch_.find(static_cast<std::uint64_t>(what));
  if (known == by_watch_.end()) return unwatch_signals(what);
  const auto [fd, way] = known->second;
  by_watch_.erase(known);
  const auto at = watched_.find(fd);
  (way == direction::read ? at->second.on_read : at->second.on_write).reset();
  // Neither call can fail but for a descriptor that was closed too early, which the kernel has forgotten
  // itself.
  if (at->second.on_read != nullptr || at->second.on_write != nullptr) {
    update(fd, at->second, EPOLL_CTL_MOD);
  } else {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    fd_of_event_.erase(at->second.id);
    watched_.erase(at);
  }
  owned_fds_.erase(static_cast<std::uint64_t>(what));
}

result<watch_id> loop::watch_exit(int pidfd, callback on_exit) {
  // A pidfd stays readable for ever, so the watch ends itself; its own id is known only afterwards.
  auto own = std::make_shared<watch_id>();
  auto watched = watch(pidfd, direction::read, [this, own, on_exit = std::move(on_exit)] {
    unwatch(*own);
    on_exit();
  });
  if (watched) *own = *watched;
  return watched;
}

timer_id loop::after(nanoseconds delay, callback on_time) {
  return add_timer(delay, nanoseconds(0), std::move(on_time));
}

timer_id loop::every(nanoseconds period, callback on_time) {
  const nanoseconds beat = std::max<nanoseconds>(period, milliseconds(1));
  return add_timer(beat, beat, std::move(on_time));
}

timer_id loop::add_timer(nanoseconds delay, nanoseconds period, callback on_time) {
  assert_may_change();
  const std::uint64_t id = next_id_++;
  const auto due = deadline::after(delay).when();
  timers_[{due, id}] = timer{std::make_shared<const callback>(std::move(on_time)), period};
  due_of_[id] = due;
  return timer_id{id};
}

void loop::cancel(timer_id what) {
  assert_may_change();
  const auto id = static_cast<std::uint64_t>(what);
  const auto known = due_of_.find(id);
  if (known == due_of_.end()) return;
  timers_.erase({known->second, id});
  due_of_.erase(known);
}

void loop::post(callback what) {
  const std::lock_guard lock(posted_mutex_);
  posted_.push_back(std::move(what));
  if (posted_.size() == 1) wake();
}

void loop::stop() {
  stopping_ = true;
  wake();
}

void loop::wake() noexcept {
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then the loop has a wake-up to come anyway.
  while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
}

void loop::drain_wake() noexcept {
  std::uint64_t count = 0;
  while (::read(wake_.get(), &count, sizeof count) < 0 && errno == EINTR) continue;
}

void loop::run() {
  assert(runner_.load() == std::thread::id());
  runner_ = std::this_thread::get_id();
  std::array<epoll_event, events_at_once> ready;
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_.get(), ready.data(), events_at_once, patience_ms());
    for (int i = 0; i < count && !stopping_; ++i) {
      const auto& event = ready[static_cast<std::size_t>(i)];
      event.data.u64 == wake_event ? drain_wake() : dispatch(event.data.u64, event.events);
    }
    run_posted();
    run_due();
  }
  stopping_ = false;
  runner_ = std::thread::id();
}

int loop::patience_ms() {
  {
    const std::lock_guard lock(posted_mutex_);
    if (!posted_.empty()) return 0;  // left over from a run that was stopped
  }
  return timers_.empty() ? -1 : deadline::at(timers_.begin()->first.first).poll_ms();
}

/// Looks the descriptor up by the id of its event, before each callback again: an earlier one of the same
/// batch may have unwatched it, and its number may belong to another by now.
void loop::dispatch(std::uint64_t id, std::uint32_t events) {
  constexpr std::uint32_t broken = EPOLLHUP | EPOLLERR;
  const auto call = [&](std::uint32_t wanted, shared_callback watched_fd::*slot) {
    const auto known = fd_of_event_.find(id);
    if ((events & wanted) == 0 || known == fd_of_event_.end() || stopping_) return;
    const shared_callback kept = watched_[known->second].*slot;  // lives on when it unwatches itself
    if (kept != nullptr) (*kept)();
  };
  call(EPOLLIN | broken, &watched_fd::on_read);
  call(EPOLLOUT | broken, &watched_fd::on_write);
}

void loop::run_posted() {
  std::vector<callback> batch;
  {
    const std::lock_guard lock(posted_mutex_);
    batch.swap(posted_);
  }
  std::size_t done = 0;
  while (done < batch.size() && !stopping_) std::exchange(batch[done++], nullptr)();
  if (done == batch.size()) return;
  const auto rest = batch.begin() + static_cast<std::ptrdiff_t>(done);
  const std::lock_guard lock(posted_mutex_);
  posted_.insert(posted_.begin(), std::make_move_iterator(rest), std::make_move_iterator(batch.end()));
}

void loop::run_due() {
  const auto now = steady::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now && !stopping_) {
    auto [key, due] = *timers_.begin();
    timers_.erase(timers_.begin());
    due_of_.erase(key.second);
    if (due.period.count() > 0) {
      const auto on_beat = key.first + due.period;
      const auto next = on_beat > now ? on_beat : now + due.period;
      timers_[{next, key.second}] = due;
      due_of_[key.second] = next;
    }
    (*due.on_time)();
  }
}

}  // namespace troupe::spawn
