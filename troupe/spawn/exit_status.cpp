#include <troupe/spawn/exit_status.hpp>
#include <troupe/spawn/signals.hpp>

#include <csignal>

namespace troupe::spawn {

exit_status exit_status::of_siginfo(int code, int status) {
  switch (code) {
    case CLD_EXITED:
      return exited{status};
    case CLD_KILLED:
      return signalled{status, false};
    case CLD_DUMPED:
      return signalled{status, true};
    default:
      return unknown{"waitid reported si_code " + std::to_string(code)};
  }
}

std::optional<int> exit_status::code() const noexcept {
  const auto* how = std::get_if<exited>(&how_);
  return how != nullptr ? std::optional(how->code) : std::nullopt;
}

std::optional<int> exit_status::signal() const noexcept {
  const auto* how = std::get_if<signalled>(&how_);
  return how != nullptr ? std::optional(how->signal) : std::nullopt;
}

bool exit_status::core_dumped() const noexcept {
  const auto* how = std::get_if<signalled>(&how_);
  return how != nullptr && how->core_dumped;
}

std::string exit_status::describe() const {
  if (const auto exit_code = code()) return "exited with code " + std::to_string(*exit_code);
  if (const auto number = signal())
    return "killed by " + signal_name(*number) + (core_dumped() ? " (core dumped)" : "");
  return "ended in an unknown way: " + std::get<unknown>(how_).reason;
}

}  // namespace troupe::spawn
