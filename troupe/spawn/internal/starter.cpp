#include <troupe/spawn/internal/start.hpp>
#include <troupe/spawn/internal/starter.hpp>

#include <pthread.h>

#include <iterator>
#include <utility>

namespace troupe::spawn::internal {

starter::starter(std::function<void()> on_born)
    : on_born_(std::move(on_born)), thread_([this] {
        pthread_setname_np(pthread_self(), "troupe-starter");
        run();
      }) {}

void starter::begin(birth one) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(one));
  changed_.notify_one();
}

std::vector<birth> starter::take_born() {
  const std::lock_guard lock(mutex_);
  return std::exchange(born_, {});
}

void starter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void starter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) break;
    birth one = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    one.made = start(one.what.spec(), {}, std::move(one.slot));
    lock.lock();
    born_.push_back(std::move(one));
    lock.unlock();
    on_born_();
    lock.lock();
  }
  std::ranges::move(waiting_, std::back_inserter(born_));
  waiting_.clear();
}

}  // namespace troupe::spawn::internal
