#include <troupe/spawn/loop.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <span>
#include <string>
#include <utility>

namespace troupe::spawn {

void waker::wake() const noexcept {
  const int before = errno;  // a signal handler must not change it under the code that it interrupts
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then a wake-up is to come anyway.
  while (::write(event_->get(), &one, sizeof one) < 0 && errno == EINTR) continue;
  errno = before;
}

result<std::pair<watch_id, waker>> loop::watch_wakes(callback on_wake) {
  auto event = std::make_shared<const unique_fd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!*event) return fail_errno("make an eventfd");
  auto watched = watch(event->get(), direction::read, [fd = event->get(), on_wake = std::move(on_wake)] {
    std::uint64_t count = 0;
    // Emptied first: a wake during the callback leads to another call.
    static_cast<void>(read_some(fd, std::as_writable_bytes(std::span(&count, 1))));
    on_wake();
  });
  if (!watched) return tl::unexpected(std::move(watched.error()));
  owned_fds_[static_cast<std::uint64_t>(*watched)] = event;
  return std::pair(*watched, waker(std::move(event)));
}

result<watch_id> loop::watch_signals(std::initializer_list<int> signals, std::function<void(int)> on_signal) {
  assert_may_change();
  sigset_t scratch;
  sigemptyset(&scratch);
  for (const int number : signals)
    if (sigaddset(&scratch, number) != 0)
      return fail(errc::invalid_argument, "watch signal " + std::to_string(number));
  const std::uint64_t id = next_id_++;
  signal_watches_.push_back(
      {id, signals, std::make_shared<const std::function<void(int)>>(std::move(on_signal))});
  if (auto set = watch_signal_numbers(); !set) {
    signal_watches_.pop_back();
    return tl::unexpected(std::move(set.error()));
  }
  return watch_id{id};
}

void loop::unwatch_signals(watch_id what) {
  const auto id = static_cast<std::uint64_t>(what);
  if (std::erase_if(signal_watches_, [id](const signal_watch& each) { return each.id == id; }) == 0) return;
  static_cast<void>(watch_signal_numbers());  // fewer than before: nothing that could fail
}

/// Makes the one signalfd deliver what the watches name, and nothing else: the rest stays pending for whoever
/// asks.
result<> loop::watch_signal_numbers() {
  if (signal_watches_.empty()) {
    if (signals_watch_) unwatch(*std::exchange(signals_watch_, std::nullopt));
    signals_.reset();
    return {};
  }
  sigset_t all;
  sigemptyset(&all);
  for (const auto& each : signal_watches_)
    for (const int number : each.numbers) sigaddset(&all, number);
  const int fd = ::signalfd(signals_ ? signals_.get() : -1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return fail_errno("make a signalfd");
  if (signals_) return {};
  signals_.reset(fd);
  auto watched = watch(fd, direction::read, [this] { on_signals(); });
  if (!watched) {
    signals_.reset();
    return tl::unexpected(std::move(watched.error()));
  }
  signals_watch_ = *watched;
  return {};
}

/// One signal per turn. A watch that an earlier callback has ended is not called any more, one that it began
/// not yet.
void loop::on_signals() {
  signalfd_siginfo arrived{};
  const auto got = read_some(signals_.get(), std::as_writable_bytes(std::span(&arrived, 1)));
  if (!got || !*got) return;
  const auto number = static_cast<int>(arrived.ssi_signo);
  std::vector<std::uint64_t> called;
  for (const auto& each : signal_watches_)
    if (each.numbers.contains(number)) called.push_back(each.id);
  for (const std::uint64_t id : called) {
    const auto at = std::find_if(signal_watches_.begin(), signal_watches_.end(),
                                 [id](const signal_watch& each) { return each.id == id; });
    if (at == signal_watches_.end()) continue;
    const auto kept = at->on_signal;  // lives on when it unwatches itself
    (*kept)(number);
  }
}

}  // namespace troupe::spawn
