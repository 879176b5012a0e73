// bench/micro/spawn_micro.cpp - children and their output, ours and by hand: wall seconds of one side, in a
// parent of a given size. Usage: spawn_micro ours|raw|raw-pair COUNT RESIDENT_MIB       COUNT x /bin/true, the pair on 2 threads
//                    spawn_micro output|lines|raw-kept|raw-read MIB   MIB of lines captured from one child
// Prints "seconds check".

#include <troupe/spawn/command.hpp>
#include <troupe/spawn/spawner.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace troupe::spawn;
using clock_type = std::chrono::steady_clock;

int say(clock_type::time_point began, std::uint64_t check) {
  std::printf("%.6f %llu\n", std::chrono::duration<double>(clock_type::now() - began).count(),
              static_cast<unsigned long long>(check));
  return 0;
}

std::uint64_t spawn_ours(int count) {
  std::uint64_t succeeded = 0;
  for (int i = 0; i < count; ++i) {
    auto one = command("/bin/true").spawn();
    succeeded += one && one->wait().status.success();
  }
  return succeeded;
}

[[gnu::noinline]] pid_t vfork_and_exec(char* const* argv) {
  const pid_t id = vfork();
  if (id != 0) return id;
  execve(argv[0], argv, environ);
  _exit(127);
}

/// As little as a program can do that wants a child and its exit code. `argument`: perhaps none.
std::uint64_t spawn_raw(int count, const char* argument = nullptr) {
  std::uint64_t succeeded = 0;
  char* const argv[] = {const_cast<char*>("/bin/true"), const_cast<char*>(argument), nullptr};
  for (int i = 0; i < count; ++i) {
    const pid_t id = vfork_and_exec(argv);
    int status = -1;
    while (waitpid(id, &status, 0) < 0) continue;
    succeeded += status == 0;
  }
  return succeeded;
}

/// The same, half of them on each of two threads. With an argument, as `troupe each` and GNU parallel start it: with one alone
/// true(1) sets its locale first, which opens 13 files and takes as long as the rest of it.
std::uint64_t spawn_raw_on_two(int count) {
  auto other = std::async(std::launch::async, [count] { return spawn_raw(count / 2, "1"); });
  const auto own = spawn_raw(count - count / 2, "1");
  return own + other.get();
}

/// `mebibytes` of lines of 100 bytes: head of an endless yes, so that both sides read the same from the same.
command talker(std::size_t mebibytes) {
  command what("/bin/sh");
  what.args({"-c", "yes \"$0\" | head -c " + std::to_string(mebibytes) + "M", std::string(99, 'x')});
  return what;
}

std::uint64_t capture_output(std::size_t mebibytes) {
  const auto got = talker(mebibytes).output();
  return got ? got->out.data.size() : 0;
}

std::uint64_t capture_lines(std::size_t mebibytes) {
  std::uint64_t size = 0;
  std::promise<void> ended;
  const auto crew = spawner::start();
  const auto one = (*crew)->launch(
      talker(mebibytes), {.on_exit = [&](const exit_report&) { ended.set_value(); },
                          .on_stdout_line = [&](std::string_view line) { size += line.size() + 1; }});
  ended.get_future().wait();
  return one ? size : 0;
}

/// The loop that everybody writes; `keep` appends to a string, as a program does that wants the output.
std::uint64_t read_raw(std::size_t mebibytes, bool keep) {
  command what = talker(mebibytes);
  auto one = what.stdout_to(stdio::piped()).spawn();
  if (!one) return 0;
  const auto out = one->take_stdout();
  std::string kept;
  std::vector<char> chunk(64 * 1024);
  std::uint64_t size = 0;
  for (ssize_t got = 0; (got = read(out.get(), chunk.data(), chunk.size())) > 0;
       size += static_cast<std::uint64_t>(got))
    if (keep) kept.append(chunk.data(), static_cast<std::size_t>(got));
  one->wait();
  return size;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: see the source\n", stderr), 2;
  const std::string_view side = argv[1];
  const int count = std::atoi(argv[2]);
  const auto mebibytes = static_cast<std::size_t>(count);
  std::vector<char> resident;
  if (argc > 3) resident.assign(std::strtoul(argv[3], nullptr, 10) << 20, 'x');
  const auto began = clock_type::now();
  if (side == "ours") return say(began, spawn_ours(count));
  if (side == "raw") return say(began, spawn_raw(count));
  if (side == "raw-pair") return say(began, spawn_raw_on_two(count));
  if (side == "output") return say(began, capture_output(mebibytes));
  if (side == "lines") return say(began, capture_lines(mebibytes));
  if (side == "raw-kept" || side == "raw-read") return say(began, read_raw(mebibytes, side == "raw-kept"));
  return std::fprintf(stderr, "there is no side '%s'\n", argv[1]), 2;
}
