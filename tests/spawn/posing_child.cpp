// tests/spawn/posing_child.cpp - a child that takes a pose and keeps it, for tests that look at processes.
// Threads: one, but for the task that ends its first.
// Source: prctl(2), pthread_exit(3).
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void stay() {
  for (;;) pause();
}

[[noreturn]] void say_ready_and_stay() {
  std::cout << "ready" << std::endl;
  stay();
}

[[noreturn]] void spin() {
  std::cout << "ready" << std::endl;
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

/// One more generation for each of `levels`; each says its number before it has a child.
[[noreturn]] void nest(int levels) {
  std::cout << getpid() << std::endl;
  while (levels-- > 0 && fork() == 0) std::cout << getpid() << std::endl;
  stay();
}

/// Touches as many mebibytes more as each line of input says.
void grow() {
  std::vector<std::vector<char>> touched;
  std::cout << "ready" << std::endl;
  for (std::size_t mebibytes = 0; std::cin >> mebibytes;) {
    touched.emplace_back(mebibytes << 20, 'x');
    std::cout << "grown" << std::endl;
  }
}

void end_first_thread() {
  static std::thread other(say_ready_and_stay);
  pthread_exit(nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 1 ? argv[1] : "stay";
  const char* const value = argc > 2 ? argv[2] : "0";
  if (task == "stay") say_ready_and_stay();
  if (task == "spin") spin();
  if (task == "named") prctl(PR_SET_NAME, value), say_ready_and_stay();
  if (task == "user" && setuid(static_cast<uid_t>(std::atoi(value))) == 0) say_ready_and_stay();
  if (task == "nest") nest(std::atoi(value));
  if (task == "grow") grow();
  if (task == "end-first-thread") end_first_thread();
  return 0;
}
