// tests/spawn/fault_child.cpp - a program that uses spawn once as a whole while something fails, and then
// looks what it was left with.
// Threads: one, and a spawner's. Prints "clean: " and the outcome, or what has leaked.
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/cgroup.hpp>
#include <troupe/spawn/internal/small_file.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/spawner.hpp>

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using namespace troupe::spawn;

/// A call that nothing else here makes: a tracer sees where the use of spawn begins and ends.
void mark() {
  static_cast<void>(::getpgid(1));
}

std::set<std::string> open_descriptors() {
  std::set<std::string> open;
  DIR* directory = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(directory))
    if (std::atoi(entry->d_name) != dirfd(directory)) open.insert(entry->d_name);
  closedir(directory);
  return open;
}

/// Control groups of ours that nobody has removed.
std::size_t count_memory_groups() {
  const auto self = internal::read_text("/proc/self/cgroup");
  const auto mounts = internal::read_text("/proc/self/mountinfo");
  if (!self || !mounts) return 0;
  std::size_t found = 0;
  for (const auto& home : internal::memory_homes(*self, *mounts)) {
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(home.directory, unreadable))
      found += entry.path().filename().string().starts_with("troupe-" + std::to_string(getpid()) + "-");
  }
  return found;
}

/// What is there after a use and was not before; empty when nothing is.
class inventory {
 public:
  [[nodiscard]] std::string leaked() const {
    std::string what;
    for (const auto& name : open_descriptors())
      if (!before_.contains(name)) {
        std::error_code gone;
        what += "descriptor " + name + " (" +
                std::filesystem::read_symlink("/proc/self/fd/" + name, gone).string() + ") ";
      }
    siginfo_t child{};
    if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0)
      what += child.si_pid != 0 ? "a zombie " : "a living child ";
    if (const auto groups = count_memory_groups(); groups != 0)
      what += std::to_string(groups) + " memory groups ";
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    if (sigisemptyset(&blocked) == 0) what += "a blocked signal ";
    return what;
  }

 private:
  std::set<std::string> before_ = open_descriptors();
};

/// Everything a command can ask for, so that the child makes every call it ever makes.
command demanding_command() {
  command what(REPORT_CHILD);
  what.arg("cat").cwd("/").new_session().death_signal(SIGKILL).umask(022).nice(getpriority(PRIO_PROCESS, 0));
  what.cpus({static_cast<unsigned>(sched_getcpu())}).no_new_privileges();
  what.limits({.memory_max = std::size_t{1} << 30, .core_size = 0}).pass_fd(2, 30);
  return what;
}

/// More than the pipes hold, also the widened one of what comes back.
const std::string input(2'000'000, 'x');

std::string outcome_of(const exit_report& report, std::string_view answer, std::string_view fed) {
  return report.status.describe() +
         (answer == fed ? ", all came back"
                        : ", of what it was fed came back: " + std::to_string(answer.size()));
}

std::string outcome_of(const troupe::result<output>& made, std::string_view fed) {
  return made ? outcome_of(made->report, made->out.text(), fed) : made.error().message();
}

std::string run_a_command() {
  return outcome_of(demanding_command().output({.input = input}), input);
}

std::string run_a_plain_command() {
  return outcome_of(command(REPORT_CHILD).arg("cat").pass_fd(2, 3).output({.input = input}), input);
}

/// The child starts as a copy of us, since it changes its ids.
std::string run_a_command_as_nobody() {
  return outcome_of(demanding_command().uid(65534).gid(65534).groups({65534}).output({.input = input}),
                    input);
}

std::string supervise_a_child() {
  std::promise<exit_report> ended;
  std::string lines;  // outlives the spawner
  auto crew = spawner::start();
  if (!crew) return crew.error().message();
  command what(REPORT_CHILD);
  what.arg("cat").cwd("/").stdin_from(stdio::piped()).limits({.core_size = 0});
  auto one = (*crew)->launch(std::move(what),
                             {.on_exit = [&](const exit_report& report) { ended.set_value(report); },
                              .on_stdout_line = [&](std::string_view line) { lines += line; },
                              .on_stderr_line = [](std::string_view) {}});
  if (!one) return one.error().message();
  auto in = one->take_stdin();
  static_cast<void>(write_all(in.get(), troupe::as_bytes_view("hello")));  // it may have died by the fault
  in.reset();
  const exit_report report = ended.get_future().get();
  return outcome_of(report, lines, "hello");
}

/// Uses spawn and prints what came of it. 3: something has leaked.
int account_for(std::string (*use)()) {
  const inventory before;
  mark();
  const std::string outcome = use();
  mark();
  const std::string leaked = before.leaked();
  std::cout << (leaked.empty() ? "clean: " : "leaked: " + leaked + "; ") << outcome << std::endl;
  return leaked.empty() ? 0 : 3;
}

/// As few descriptors as there are now, then one more, and so on until the use succeeds.
int raise_the_limit_of_descriptors(std::string (*use)()) {
  const inventory before;
  int failures = 0;
  for (rlim_t limit = open_descriptors().size(); limit < 256; ++limit) {
    const rlimit now{limit, 4096};
    setrlimit(RLIMIT_NOFILE, &now);
    const std::string outcome = use();
    const rlimit ample{4096, 4096};
    setrlimit(RLIMIT_NOFILE, &ample);
    if (const std::string leaked = before.leaked(); !leaked.empty()) {
      std::cout << "leaked: " << leaked << "with at most " << limit << " descriptors; " << outcome
                << std::endl;
      return 3;
    }
    if (outcome == "exited with code 0, all came back") {
      std::cout << "clean: " << (failures > 3 ? "failed often, then succeeded" : "hardly failed")
                << std::endl;
      return 0;
    }
    if (outcome.find("Too many open files") == outcome.npos) {
      std::cout << "with at most " << limit << " descriptors: " << outcome << std::endl;
      return 4;
    }
    ++failures;
  }
  return std::cout << "no limit is enough" << std::endl, 5;
}

/// As a user who may have no process more.
int forbid_processes() {
  if (geteuid() == 0 && setuid(65534) != 0) return 1;
  const rlimit none{0, 0};
  setrlimit(RLIMIT_NPROC, &none);
  const int commands = account_for([] { return outcome_of(command(REPORT_CHILD).output(), ""); });
  return commands != 0 ? commands : account_for(supervise_a_child);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 1 ? argv[1] : "";
  if (task == "command") return account_for(run_a_command);
  if (task == "command-as-nobody") return account_for(run_a_command_as_nobody);
  if (task == "supervise") return account_for(supervise_a_child);
  if (task == "few-descriptors-for-a-command") return raise_the_limit_of_descriptors(run_a_plain_command);
  if (task == "few-descriptors-for-a-spawner") return raise_the_limit_of_descriptors(supervise_a_child);
  if (task == "no-processes") return forbid_processes();
  std::cerr << "fault_child: unknown task '" << task << "'\n";
  return 99;
}
