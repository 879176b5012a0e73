#include <troupe/spawn/internal/supervision.hpp>
#include <troupe/spawn/spawner.hpp>

#include <pthread.h>

#include <cassert>
#include <csignal>
#include <system_error>
#include <utility>

namespace troupe::spawn {

supervised_child::supervised_child(std::shared_ptr<internal::supervised> what) noexcept
    : what_(std::move(what)) {}

pid_t supervised_child::id() const noexcept {
  return what_->id();
}
bool supervised_child::has_ended() const noexcept {
  return what_->handle().has_ended();
}
result<> supervised_child::signal(int number) const {
  return what_->handle().signal(number);
}
void supervised_child::kill() const noexcept {
  what_->handle().kill();
}
void supervised_child::kill_group() const noexcept {
  what_->handle().kill_group();
}

void supervised_child::stop(int number, nanoseconds patience) const {
  // It may end by itself just now: then the signal finds nobody, and so will the group's kill.
  static_cast<void>(signal(number));
  if (!has_ended()) what_->stop_after(what_, patience);
}

unique_fd supervised_child::take_stdin() const noexcept {
  return what_->take(&child::take_stdin);
}
unique_fd supervised_child::take_stdout() const noexcept {
  return what_->take(&child::take_stdout);
}
unique_fd supervised_child::take_stderr() const noexcept {
  return what_->take(&child::take_stderr);
}

result<std::unique_ptr<spawner>> spawner::start(capture_limits limits, guarding guard) {
  auto events = loop::create();
  if (!events) return tl::unexpected(within("start a spawner", std::move(events.error())));
  std::unique_ptr<internal::warden> warden;
  if (guard == guarding::warden) {
    auto begun = internal::warden::start();
    if (!begun) return tl::unexpected(within("start a spawner", std::move(begun.error())));
    warden = std::move(*begun);
  }
  auto state = std::make_shared<internal::supervision>(std::shared_ptr<loop>(std::move(*events)),
                                                       std::move(warden), limits);
  std::unique_ptr<spawner> made(new spawner(std::move(state)));
  // The host's signals are for the host's threads: this one starts with all of them blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = 0;
  try {
    made->thread_ = std::thread([state = made->state_.get()] {
      pthread_setname_np(pthread_self(), "troupe-spawner");
      state->events().run();
      state->shut_down();  // if it was the owner who stopped the loop
    });
  } catch (const std::system_error& no_thread) {
    failed = no_thread.code().value();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed != 0) return fail(errc::exhausted, "start a spawner's thread", failed);
  return made;
}

spawner::spawner(std::shared_ptr<internal::supervision> state) noexcept : state_(std::move(state)) {}

spawner::~spawner() {
  if (!thread_.joinable()) return;
  assert(!events().on_loop_thread());
  events().post([this] { state_->shut_down(); });
  thread_.join();
}

loop& spawner::events() noexcept {
  return state_->events();
}

result<supervised_child> spawner::launch(command what, child_handlers handlers) {
  const auto state = state_;  // ours while we wait: somebody may be destroying the spawner
  auto made = state->events().on_loop_thread()
                  ? state->launch(std::move(what), std::move(handlers))
                  : state->launch_from_outside(std::move(what), std::move(handlers));
  if (!made) return tl::unexpected(std::move(made.error()));
  return supervised_child(std::move(*made));
}

}  // namespace troupe::spawn
