// tests/base/storm.hpp - interrupts system calls again and again, for tests that nothing is lost by EINTR.
// Threads: the thread that makes a storm is the one that is interrupted.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <thread>
#include <utility>

namespace troupe::test {

/// While it lives a signal without SA_RESTART comes every 300 us to the thread that made it.
class storm {
 public:
  storm() {
    struct sigaction interrupting {};
    interrupting.sa_handler = [](int) {};
    sigaction(SIGALRM, &interrupting, nullptr);
    sigevent target{};
    target.sigev_notify = SIGEV_THREAD_ID;
    target.sigev_signo = SIGALRM;
    target._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    timer_create(CLOCK_MONOTONIC, &target, &timer_);
    const itimerspec every_300us{{0, 300'000}, {0, 300'000}};
    timer_settime(timer_, 0, &every_300us, nullptr);
  }
  ~storm() { timer_delete(timer_); }  // the handler stays: one signal may still be on its way
  storm(const storm&) = delete;
  storm& operator=(const storm&) = delete;

 private:
  timer_t timer_{};
};

/// Runs both at once, each in a storm of its own.
template <class One, class Other>
void in_storms(One&& one, Other&& other) {
  std::thread beside([&other] {
    const storm raging;
    other();
  });
  const storm raging;
  one();
  beside.join();
}

}  // namespace troupe::test
