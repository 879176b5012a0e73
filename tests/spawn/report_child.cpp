// tests/spawn/report_child.cpp - a child that reports what it was given, or ends, prints or waits as told.
// Threads: one. Source: proc(5).
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

void report_descriptors() {
  DIR* directory = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(directory))
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != dirfd(directory))
      std::cout << "fd " << entry->d_name << '\n';
  closedir(directory);
}

void report_signals() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk:") || line.starts_with("SigIgn:")) std::cout << line << '\n';
}

int report(int argc, char** argv) {
  report_descriptors();
  report_signals();
  for (int i = 0; i < argc; ++i) std::cout << "arg " << argv[i] << '\n';
  for (char** entry = environ; *entry != nullptr; ++entry) std::cout << "env " << *entry << '\n';
  char directory[4096];
  std::cout << "pid " << getpid() << "\nppid " << getppid() << "\npgid " << getpgrp() << "\nsid " << getsid(0)
            << "\ncwd " << getcwd(directory, sizeof directory) << '\n';
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

int copy_input() {
  std::cout << std::cin.rdbuf() << std::flush;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 1 ? argv[1] : "report";
  const char* const value = argc > 2 ? argv[2] : "0";
  if (task == "report") return report(argc, argv);
  if (task == "exit") return std::atoi(value);
  if (task == "signal") return die_by(std::atoi(value));
  if (task == "wait") wait_for_ever();
  if (task == "ignore") std::signal(std::atoi(value), SIG_IGN), wait_for_ever();
  if (task == "leave") return leave_grandchild(value);
  if (task == "stay-with") stay_with_grandchild(value);
  if (task == "flood") return flood(std::strtoul(value, nullptr, 10));
  if (task == "memory") return use_memory(std::strtoul(value, nullptr, 10));
  if (task == "say") return std::cout << value, std::cerr << (argc > 3 ? argv[3] : ""), 0;
  if (task == "cat") return copy_input();
  std::cerr << "report_child: unknown task '" << task << "'\n";
  return 99;
}
