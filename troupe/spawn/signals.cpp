#include <troupe/spawn/signals.hpp>

#include <csignal>
#include <cstring>

namespace troupe::spawn {

std::string signal_name(int signal) {
  const char* abbreviated = ::sigabbrev_np(signal);
  return abbreviated != nullptr ? std::string("SIG") + abbreviated : "signal " + std::to_string(signal);
}

result<> block_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signals)
    if (sigaddset(&set, number) != 0)
      return fail(errc::invalid_argument, "block signal " + std::to_string(number));
  if (const int failed = pthread_sigmask(SIG_BLOCK, &set, nullptr); failed != 0)
    return fail_errno("block signals", failed);
  return {};
}

}  // namespace troupe::spawn
