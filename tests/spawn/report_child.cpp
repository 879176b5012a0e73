// tests/spawn/report_child.cpp - a child that reports what it was given, or ends, prints or waits as told.
// Threads: one.
// Source: proc(5).
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

void report_descriptors() {
  DIR* directory = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(directory))
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != dirfd(directory))
      std::cout << "fd " << entry->d_name << '\n';
  closedir(directory);
}

void report_status() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    for (const char* key :
         {"SigBlk:", "SigIgn:", "Uid:", "Gid:", "Groups:", "Umask:", "NoNewPrivs:", "Cpus_allowed_list:"})
      if (line.starts_with(key)) std::cout << line << '\n';
}

/// "limit-open-files 64 64": what getrlimit says, soft and hard; -1 is unlimited.
void report_limits() {
  const std::pair<const char*, int> limits[] = {{"address-space", RLIMIT_AS}, {"open-files", RLIMIT_NOFILE},
                                                {"core-size", RLIMIT_CORE},   {"cpu-time", RLIMIT_CPU},
                                                {"processes", RLIMIT_NPROC},  {"file-size", RLIMIT_FSIZE},
                                                {"stack", RLIMIT_STACK}};
  for (const auto& [name, number] : limits) {
    rlimit now{};
    getrlimit(static_cast<__rlimit_resource>(number), &now);
    std::cout << "limit-" << name << ' ' << static_cast<long long>(now.rlim_cur) << ' '
              << static_cast<long long>(now.rlim_max) << '\n';
  }
}

int report(int argc, char** argv) {
  report_descriptors();
  report_status();
  report_limits();
  for (int i = 0; i < argc; ++i) std::cout << "arg " << argv[i] << '\n';
  for (char** entry = environ; *entry != nullptr; ++entry) std::cout << "env " << *entry << '\n';
  char directory[4096];
  std::cout << "pid " << getpid() << "\nppid " << getppid() << "\npgid " << getpgrp() << "\nsid " << getsid(0)
            << "\nnice " << getpriority(PRIO_PROCESS, 0) << "\ncwd " << getcwd(directory, sizeof directory)
            << '\n';
  return 0;
}

[[noreturn]] void wait_for_ever() {
  std::cout << "ready" << std::endl;
  for (;;) pause();
}

int die_by(int number) {
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  std::signal(number, SIG_DFL);
  return raise(number);
}

int dump_core() {
  rlimit core{};
  getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = core.rlim_max;
  setrlimit(RLIMIT_CORE, &core);
  return raise(SIGABRT);
}

/// Leaves a process behind that holds our pipes, in our group or in a session of its own.
int leave_grandchild(std::string_view where) {
  const pid_t grandchild = fork();
  if (grandchild == 0) {
    if (where == "elsewhere") setsid();
    for (;;) pause();
  }
  std::cout << grandchild << std::endl;
  return 0;
}

/// The same, and does not end itself.
[[noreturn]] void stay_with_grandchild(std::string_view where) {
  leave_grandchild(where);
  for (;;) pause();
}

int flood(std::size_t lines) {
  const std::string line(99, 'x');
  for (std::size_t i = 0; i < lines; ++i) std::cerr << line + '\n';
  return 0;
}

int use_memory(std::size_t mebibytes) {
  std::vector<char> used(mebibytes << 20);
  std::memset(used.data(), 1, used.size());
  return used[used.size() / 2] - 1;
}

/// Everything to these streams, as it comes; calls may be interrupted.
int copy_input_to(std::initializer_list<int> streams) {
  char chunk[65536];
  for (;;) {
    const ssize_t got = read(0, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 ? 0 : 1;
    for (const int to : streams)
      for (ssize_t done = 0; done < got;) {
        const ssize_t taken = write(to, chunk + done, static_cast<std::size_t>(got - done));
        if (taken < 0 && errno != EINTR) return 1;
        if (taken > 0) done += taken;
      }
  }
}

int read_some_input(std::size_t size) {
  std::vector<char> some(size);
  const bool got = read(0, some.data(), size) > 0;
  close(0);
  return got ? 0 : 1;
}

/// In pieces, so that whoever looks from time to time has the time to look; then waits.
[[noreturn]] void hold_memory(std::size_t mebibytes) {
  std::vector<std::vector<char>> held;
  for (std::size_t i = 0; i < mebibytes; ++i) held.emplace_back(std::size_t{1} << 20, 'x');
  wait_for_ever();
}

/// The child holds it, and we wait for the child.
int let_a_child_hold_memory(std::size_t mebibytes) {
  if (fork() == 0) hold_memory(mebibytes);
  for (;;) pause();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 1 ? argv[1] : "report";
  const char* const value = argc > 2 ? argv[2] : "0";
  if (task == "report") return report(argc, argv);
  if (task == "exit") return std::atoi(value);
  if (task == "signal") return die_by(std::atoi(value));
  if (task == "dump-core") return dump_core();
  if (task == "wait") wait_for_ever();
  if (task == "ignore") std::signal(std::atoi(value), SIG_IGN), wait_for_ever();
  if (task == "leave") return leave_grandchild(value);
  if (task == "stay-with") stay_with_grandchild(value);
  if (task == "flood") return flood(std::strtoul(value, nullptr, 10));
  if (task == "hold") hold_memory(std::strtoul(value, nullptr, 10));
  if (task == "child-holds") return let_a_child_hold_memory(std::strtoul(value, nullptr, 10));
  if (task == "memory") return use_memory(std::strtoul(value, nullptr, 10));
  if (task == "say") return std::cout << value, std::cerr << (argc > 3 ? argv[3] : ""), 0;
  if (task == "cat-twice") return copy_input_to({1, 2});
  if (task == "read-some") return read_some_input(std::strtoul(value, nullptr, 10));
  if (task == "cat") return copy_input_to({1});
  std::cerr << "report_child: unknown task '" << task << "'\n";
  return 99;
}
