#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/director/own_program.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <system_error>

namespace troupe::runtime {
namespace {

bool can_open_terminal() {
  return static_cast<bool>(unique_fd(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)));
}

}  // namespace

std::string running_image() {
  return "/proc/" + std::to_string(::getpid()) + "/exe";
}

own_program::own_program() : had_terminal_(can_open_terminal()) {
  struct sigaction hangup {};
  outlives_terminal_ = ::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler == SIG_IGN;
  std::error_code unknown;
  path_ = std::filesystem::read_symlink(running_image(), unknown).string();
}

std::string own_program::successor() const {
  struct stat here {
  }, there{};
  if (path_.empty() || ::stat(running_image().c_str(), &here) != 0 || ::stat(path_.c_str(), &there) != 0)
    return {};
  const bool same = here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  return same || !S_ISREG(there.st_mode) || ::access(path_.c_str(), X_OK) != 0 ? std::string() : path_;
}

bool own_program::terminal_is_gone() const {
  return had_terminal_ && !can_open_terminal();
}

}  // namespace troupe::runtime
