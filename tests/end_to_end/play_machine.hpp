// tests/end_to_end/play_machine.hpp - what a worker of the play sees of its machine, how much of it it can have, and what
// it can do to its links.
// Threads: any.
#pragma once
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace troupe::end_to_end {

/// Writes a frame of no known kind into every link of this process, as if its memory were spoilt.
inline void garble_links() {
  constexpr std::string_view one_zeromq_frame("\0\1\x63", 3);
  constexpr int most = 1024;
  for (int fd = 0; fd < most; ++fd) {
    sockaddr_un ours{}, theirs{};
    socklen_t our_size = sizeof(ours), their_size = sizeof(theirs);
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&ours), &our_size) != 0 ||
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&theirs), &their_size) != 0)
      continue;
    if (ours.sun_path[0] == '/' || theirs.sun_path[0] == '/')
      static_cast<void>(::send(fd, one_zeromq_frame.data(), one_zeromq_frame.size(), MSG_NOSIGNAL));
  }
}

/// What this worker finds around itself, and how far it gets with taking more of it.
inline std::string machine_says(const std::string& text) {
  const auto word = text.substr(0, text.find(' '));
  const auto rest = text.size() > word.size() ? text.substr(word.size() + 1) : std::string();
  if (word == "env") {
    const char* value = std::getenv(rest.c_str());
    return value == nullptr ? "(none)" : value;
  }
  if (word == "cwd") return std::filesystem::current_path().string();
  if (word == "nice") return std::to_string(::getpriority(PRIO_PROCESS, 0));
  if (word == "nap") {
    ::poll(nullptr, 0, std::stoi(rest));
    return "awake";
  }
  if (word == "cpus") {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof(set), &set);
    std::string all;
    for (int i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) all += (all.empty() ? "" : " ") + std::to_string(i);
    return all;
  }
  std::vector<std::unique_ptr<char[]>> held;
  if (word == "gorge")
    while (true) {
      held.push_back(std::make_unique<char[]>(8U << 20U));
      std::fill_n(held.back().get(), 8U << 20U, '.');
    }
  if (word == "burn")
    for (std::atomic<std::uint64_t> turns = 0;;) turns.fetch_add(1, std::memory_order_relaxed);
  if (word == "map") {
    std::size_t mebibytes = 0;
    for (; mebibytes < 100'000; ++mebibytes)
      if (::mmap(nullptr, 1U << 20U, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) break;
    return std::to_string(mebibytes);
  }
  if (word == "open") {
    std::vector<int> open;
    for (int fd = 0; open.size() < 10'000 && (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
      open.push_back(fd);
    for (const int fd : open) ::close(fd);
    return std::to_string(open.size());
  }
  if (word == "threads") {
    std::atomic<bool> over{false};
    std::vector<std::thread> started;
    try {
      while (started.size() < 10'000) started.emplace_back([&] { over.wait(false); });
    } catch (const std::system_error&) {
    }
    over = true;
    over.notify_all();
    for (auto& each : started) each.join();
    return std::to_string(started.size());
  }
  throw std::runtime_error("what is '" + text + "'?");
}

/// Ends, and leaves behind a process in a session of its own that holds all its pipes until nobody reads them.
[[noreturn]] inline void desert() {
  if (::fork() == 0) {
    ::setsid();
    constexpr int lifeline = 4;
    pollfd reader{lifeline, 0, 0};
    ::poll(&reader, 1, -1);
  }
  std::_Exit(7);
}

}  // namespace troupe::end_to_end
