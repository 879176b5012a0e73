#include "faults.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace faults {
namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error(std::string(name) + " is not set: chaos/run.py starts this program");
  return value;
}

void wait_us(std::uint64_t us) {
  const timespec pause{static_cast<time_t>(us / 1'000'000), static_cast<long>(us % 1'000'000 * 1'000)};
  ::nanosleep(&pause, nullptr);
}

/// True once, whoever asks and however often it died.
bool is_first(std::uint64_t id) {
  const auto mark = setting("FAULT_MARKS") + '/' + std::to_string(id);
  return static_cast<bool>(
      troupe::unique_fd(::open(mark.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)));
}

/// As it is without a sanitizer, which would turn the signal into an exit code.
[[noreturn]] void crash() {
  ::signal(SIGSEGV, SIG_DFL);
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
  std::abort();
}

/// Never true: the compiler must not see that the recursion has no end.
volatile bool enough = false;

[[gnu::noinline]] std::size_t descend(std::size_t depth) {
  std::array<char, 4096> frame{};
  volatile char* const used = frame.data();
  used[depth % frame.size()] = 1;
  if (enough) return depth;
  return descend(depth + 1) + static_cast<std::size_t>(used[(depth + 1) % frame.size()]);
}

/// Little more than is in use now, until it is destroyed: the worker lives on.
class narrow_memory {
 public:
  narrow_memory() {
    ::getrlimit(RLIMIT_AS, &before_);
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit narrow = before_;
    narrow.rlim_cur = std::min<rlim_t>(before_.rlim_max, pages * ::sysconf(_SC_PAGESIZE) + (64 << 20));
    ::setrlimit(RLIMIT_AS, &narrow);
  }
  ~narrow_memory() { ::setrlimit(RLIMIT_AS, &before_); }
  narrow_memory(const narrow_memory&) = delete;
  narrow_memory& operator=(const narrow_memory&) = delete;

 private:
  rlimit before_{};
};

void allocate_all() {
  const narrow_memory here;
  std::vector<std::unique_ptr<std::array<char, 1 << 20>>> eaten;
  while (true) eaten.push_back(std::make_unique<std::array<char, 1 << 20>>());
}

void starve() noexcept {
  allocate_all();
}

/// A copy of this process without its threads, which holds everything that this one has open.
void leave_behind(std::uint64_t ms, bool in_own_session) {
  if (::fork() != 0) return;
  if (in_own_session) ::setsid();
  wait_us(ms * 1'000);
  ::_exit(0);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR && errno != EAGAIN) return;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void flood(std::uint64_t bytes, bool in_lines) {
  std::string piece(1000, 'x');
  if (in_lines) piece.back() = '\n';
  for (std::uint64_t sent = 0; sent < bytes; sent += piece.size()) write_all(STDERR_FILENO, piece);
  write_all(STDERR_FILENO, "\n");
}

std::vector<int> open_descriptors() {
  std::vector<int> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr)
    if (entry->d_name[0] != '.') all.push_back(std::stoi(entry->d_name));
  std::erase_if(all, [&](int fd) { return fd <= STDERR_FILENO || fd == ::dirfd(folder.get()); });
  return all;
}

/// The lifeline is a pipe, a link is a connected stream socket.
bool speaks(int fd, bool by_socket) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  if (!by_socket) return S_ISFIFO(status.st_mode) && (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
  sockaddr_storage other{};
  socklen_t length = sizeof(other);
  return S_ISSOCK(status.st_mode) && ::getpeername(fd, reinterpret_cast<sockaddr*>(&other), &length) == 0;
}

void talk_garbage(std::uint64_t id, std::uint64_t mode) {
  std::mt19937_64 random(id);
  std::string text(mode == 1 ? 100 : 1 + random() % 3000, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  if (mode == 1) text.replace(0, 4, {'\0', '\0', '\0', '\x60'});  // the length of what follows
  if (mode == 3) text.replace(0, 4, {'\0', '\x10', '\0', '\0'});  // of which most never comes
  const bool by_socket = mode == 2;
  for (const int fd : open_descriptors()) {
    if (!speaks(fd, by_socket)) continue;
    if (by_socket)
      static_cast<void>(::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    else
      write_all(fd, text);
  }
}

void crash_after(std::uint64_t ms) {
  static std::vector<std::jthread> threads;  // joined by exit, which then is a crash as well
  threads.emplace_back([ms] {
    wait_us(ms * 1'000);
    crash();
  });
}

void start_a_child(bool in_own_session, bool with_zombie) {
  static bool is_there = false;
  if (std::exchange(is_there, true)) return;
  if (::fork() != 0) return;
  if (in_own_session) ::setsid();
  if (with_zombie && ::fork() == 0) ::_exit(0);
  ::execlp("sleep", "sleep", "1000", nullptr);
  ::_exit(127);
}

void commit_deadly(const order& what) {
  if (what.deed == "kill") ::kill(::getpid(), SIGKILL);
  if (what.deed == "segv") crash();
  if (what.deed == "abort") std::abort();
  if (what.deed == "exit") ::_exit(static_cast<int>(what.argument));
  if (what.deed == "stop") ::kill(::getpid(), SIGSTOP);
  if (what.deed == "starve") starve();
  if (what.deed == "overflow") {
    ::signal(SIGSEGV, SIG_DFL);
    enough = descend(0) == 0;
  }
  if (what.deed == "hold" || what.deed == "away") {
    leave_behind(what.argument, what.deed == "away");
    ::_exit(7);
  }
  while (true) enough = false;  // also "loop"
}

}  // namespace

order read_order(const std::string& line) {
  order made;
  if (!(std::istringstream(line) >> made.id >> made.stage >> made.deed >> made.argument >> made.how))
    throw std::runtime_error("not 'ID STAGE DEED ARGUMENT HOW': " + line);
  return made;
}

ledger::ledger() {
  const auto path = setting("FAULT_LEDGER");
  file_ = troupe::unique_fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file_) throw std::runtime_error("cannot open the ledger " + path);
}

void ledger::add(std::string_view stage, std::string_view what, std::uint64_t id) const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  std::ostringstream line;
  line << stage << ' ' << what << ' ' << id << ' ' << ::getpid() << ' ' << now << '\n';
  const auto text = line.str();
  if (::write(file_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("cannot write to the ledger");
}

void commit(const order& what) {
  if (what.deed == "ok" || (what.how == "once" && !is_first(what.id))) return;
  if (what.deed == "throw") throw std::runtime_error("it was ordered to throw");
  if (what.deed == "bomb") return allocate_all();
  if (what.deed == "keep") return leave_behind(what.argument, true);
  if (what.deed == "flood") return flood(what.argument, what.id % 2 == 0);
  if (what.deed == "garbage") return talk_garbage(what.id, what.argument);
  if (what.deed == "take") return wait_us(what.argument);
  if (what.deed == "late") return crash_after(what.argument);
  if (what.deed == "child" || what.deed == "daemon" || what.deed == "zombie") {
    start_a_child(what.deed != "child", what.deed == "zombie");
    return wait_us(std::getenv("FAULT_HURRY") != nullptr ? 0 : what.argument);
  }
  commit_deadly(what);
}

}  // namespace faults
