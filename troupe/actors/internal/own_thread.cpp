#include <troupe/actors/internal/own_thread.hpp>

#include <cstddef>
#include <system_error>

namespace troupe::actors {
namespace {

constexpr std::size_t messages_per_turn = 256;

}  // namespace

result<> thread_register::start(std::function<void()> body) {
  threads joined;
  const std::lock_guard lock(mutex_);
  joined.splice(joined.end(), finished_);
  for (auto& each : joined) each.join();  // they have left their body
  const auto at = running_.emplace(running_.end());
  try {
    *at = std::thread([this, at, body = std::move(body)] {
      body();
      const std::lock_guard own(mutex_);
      finished_.splice(finished_.end(), running_, at);
    });
  } catch (const std::system_error& problem) {
    running_.erase(at);
    return fail(errc::exhausted, "start a thread", problem.code().value());
  }
  return {};
}

void thread_register::join_all() noexcept {
  for (;;) {
    threads left;
    {
      const std::lock_guard lock(mutex_);
      left.splice(left.end(), finished_);
      if (left.empty() && running_.empty()) return;
      if (left.empty()) left.push_back(std::move(running_.front()));
    }
    for (auto& each : left)
      if (each.joinable()) each.join();
  }
}

struct own_thread::state {
  std::mutex mutex;
  std::condition_variable changed;
  runnable* next = nullptr;
  bool closed = false;

  /// Null: it is over.
  runnable* wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return next != nullptr || closed; });
    return std::exchange(next, nullptr);
  }
};

result<std::unique_ptr<own_thread>> own_thread::start(thread_register& threads) {
  auto shared = std::make_shared<state>();
  auto started = threads.start([shared] {
    while (runnable* const target = shared->wait()) {
      while (target->run(messages_per_turn)) continue;
      target->release();  // perhaps the last count, then this was its last turn
    }
  });
  if (!started) return tl::unexpected<error>(std::move(started.error()));
  return std::unique_ptr<own_thread>(new own_thread(std::move(shared)));
}

void own_thread::close() noexcept {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->changed.notify_one();
}

void own_thread::wake(runnable& target) noexcept {
  target.retain();
  const std::lock_guard lock(shared_->mutex);
  shared_->next = &target;
  shared_->changed.notify_one();
}

}  // namespace troupe::actors
