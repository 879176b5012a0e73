// tests/spawn/spawning_child.cpp - a program that spawns children itself, in states a test program should not
// be in.
// Threads: one, and a spawner's. Prints what it found to standard output, or to the descriptor named.
#include <troupe/base/fd_passing.hpp>
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/warden.hpp>
#include <troupe/spawn/lifeline.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/splice.hpp>
#include <troupe/spawn/spawner.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace troupe::spawn;

/// A child's report goes to descriptor 9, while 0, 1 and 2 are closed here.
int spawn_without_standard_streams() {
  dup2(1, 9);
  for (const int fd : {0, 1, 2}) close(fd);
  command inheriting(REPORT_CHILD);
  inheriting.arg("report").stdout_to(stdio::borrowed(9));
  auto first = inheriting.spawn();
  if (!first || !first->wait().status.success()) return 1;

  command piped(REPORT_CHILD);
  piped.arg("cat").stdin_from(stdio::piped()).stdout_to(stdio::piped()).stderr_to(stdio::piped());
  auto second = piped.spawn();
  if (!second) return 2;
  auto in = second->take_stdin();
  if (!write_all(in.get(), troupe::as_bytes_view("through pipes\n"))) return 3;
  in.reset();
  const auto out = second->take_stdout();
  std::byte answer[14];
  if (!read_exact(out.get(), answer) || !write_all(9, answer)) return 4;
  return second->wait().status.success() ? 0 : 5;
}

int say_how(const troupe::result<child>& made, exit_report report) {
  std::cout << (made ? report.status.describe() : made.error().message()) << std::endl;
  return made ? 0 : 1;
}

int spawn_with_sigchld_ignored() {
  std::signal(SIGCHLD, SIG_IGN);
  auto made = command(REPORT_CHILD).arg("exit").arg("3").spawn();
  return say_how(made, made ? made->wait() : exit_report{});
}

int spawn_with_a_rival_reaper() {
  auto made = command(REPORT_CHILD).arg("exit").arg("3").spawn();
  while (waitpid(-1, nullptr, 0) < 0) continue;
  return say_how(made, made ? made->wait() : exit_report{});
}

/// Prints the child's id and waits to be killed.
int supervise_until_killed() {
  auto crew = spawner::start();
  if (!crew) return 1;
  command waiting(REPORT_CHILD);
  waiting.arg("wait").stdout_to(stdio::null());
  auto one = (*crew)->launch(std::move(waiting));
  if (!one) return 2;
  std::cout << one->id() << std::endl;
  for (;;) pause();
}

/// Prints the ids of a child and of its child, which stays in the group. Keeps its own stdout from them.
std::unique_ptr<spawner> supervise_a_family() {
  auto crew = spawner::start();
  if (!crew) std::exit(1);
  command parent(REPORT_CHILD);
  parent.args({"stay-with", "in-the-group"}).stdout_to(stdio::piped());
  auto one = (*crew)->launch(std::move(parent));
  if (!one) std::exit(2);
  const auto out = one->take_stdout();
  std::string grandchild;
  for (std::byte next{}; read_exact(out.get(), std::span(&next, 1)) && next != std::byte{'\n'};)
    grandchild += static_cast<char>(next);
  std::cout << one->id() << '\n' << grandchild << std::endl;
  return std::move(*crew);
}

int supervise_a_family_until_killed() {
  const auto crew = supervise_a_family();
  for (;;) pause();
}

int supervise_a_family_and_quit() {
  static_cast<void>(supervise_a_family().release());
  _exit(0);
}

/// Launches families, three alive at a time, until it is killed.
int launch_for_ever() {
  auto crew = spawner::start();
  if (!crew) return 1;
  std::vector<supervised_child> alive;
  for (std::size_t i = 0;; ++i) {
    command parent(REPORT_CHILD);
    parent.args({"stay-with", "in-the-group"}).stdout_to(stdio::null());
    auto one = (*crew)->launch(std::move(parent));
    if (!one) return 2;
    if (alive.size() < 3) {
      alive.push_back(*one);
    } else {
      std::exchange(alive[i % 3], *one).kill_group();
    }
  }
}

/// As supervise, without a warden: the child, of another user, has its death signal alone.
int supervise_as_nobody() {
  auto crew = spawner::start({}, guarding::none);
  if (!crew) return 1;
  command waiting(REPORT_CHILD);
  waiting.arg("wait").stdout_to(stdio::null()).uid(65534).gid(65534).death_signal(SIGTERM);
  auto one = (*crew)->launch(std::move(waiting));
  if (!one) return 2;
  std::cout << one->id() << std::endl;
  for (;;) pause();
}

/// Gives up the rights of root first, if it has them.
int fail_without_rights(command& what) {
  if (geteuid() == 0 && setuid(65534) != 0) return 1;
  const auto made = what.spawn();
  std::cout << (made ? "started" : made.error().message()) << std::endl;
  return 0;
}

int change_ids_without_the_right() {
  command what("/bin/true");
  return fail_without_rights(what.uid(0));
}

int raise_a_limit_without_the_right() {
  const rlimit low{512, 512};
  setrlimit(RLIMIT_NOFILE, &low);
  command what("/bin/true");
  return fail_without_rights(what.limits({.open_files = 4096}));
}

int become_a_report() {
  const int leaked = open("/dev/null", O_RDONLY);  // not close-on-exec
  command what(REPORT_CHILD);
  const troupe::error why = what.arg0("became").env("TROUPE_EXEC", "1").exec();
  std::cout << why.message() << leaked << std::endl;
  return 1;
}

int fail_to_become() {
  command what("/nowhere/program");
  std::cout << what.exec().message() << std::endl;
  return std::cout ? 0 : 1;
}

exit_report report_of_spawner(command what) {
  std::promise<exit_report> ended;
  auto crew = spawner::start();
  if (!crew) std::exit(1);
  auto one = (*crew)->launch(std::move(what),
                             {.on_exit = [&](const exit_report& report) { ended.set_value(report); }});
  if (!one) std::exit(2);
  return ended.get_future().get();
}

/// A child that takes 300 MiB and may have 64, as a user who may make no control group.
int watch_memory(const std::string& how, const std::string& task) {
  if (geteuid() == 0 && setuid(65534) != 0) return 1;
  command what(REPORT_CHILD);
  what.args({task, "300"}).stdout_to(stdio::null()).new_session().limits({.memory_max = 64U << 20});
  exit_report report;
  if (how == "spawner") {
    report = report_of_spawner(std::move(what));
  } else if (how == "output") {
    report = what.output()->report;
  } else if (how == "wait-until") {
    report = *what.spawn()->wait_until(troupe::deadline::never());
  } else {
    report = what.spawn()->wait();
  }
  std::cout << report.status.describe()
            << (report.memory == memory_guard::watched ? ", watched" : ", not watched")
            << (report.oom == out_of_memory::over_limit ? ", over its limit" : ", not over its limit")
            << std::endl;
  return 0;
}

int exec_with_watched_memory() {
  if (geteuid() == 0 && setuid(65534) != 0) return 1;
  command what("/bin/true");
  std::cout << what.limits({.memory_max = 64U << 20}).exec().message() << std::endl;
  return 0;
}

/// What would stand in the table if a group's number had been used again: the entry is older than the
/// process.
int leave_an_old_entry(pid_t stranger) {
  auto guard = internal::warden::start();
  if (!guard) return 1;
  auto slot = (*guard)->take_slot();
  if (!slot) return 2;
  slot->entry()->born_ns = 1;
  slot->entry()->group = stranger;
  static_cast<void>(guard->release());
  _exit(0);
}

const char* trace_of_sigpipe() {
  sigset_t pending, blocked;
  sigpending(&pending);
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  const bool is_clean = sigismember(&pending, SIGPIPE) == 0 && sigismember(&blocked, SIGPIPE) == 0;
  return is_clean ? "" : ", and a trace of SIGPIPE is left";
}

/// SIGPIPE has its default action here: a careless write would kill us.
int write_to_a_pipe_without_reader() {
  std::signal(SIGPIPE, SIG_DFL);
  auto ends = make_pipe();
  ends->read_end.reset();
  const auto written = write_some(ends->write_end.get(), troupe::as_bytes_view("x"));
  std::cout << written.error().message() << trace_of_sigpipe() << std::endl;
  return 0;
}

/// The reader goes while the write waits: then the kernel raises SIGPIPE and says how much it took, and no error.
int write_while_the_reader_goes() {
  std::signal(SIGPIPE, SIG_DFL);
  auto ends = make_pipe();
  std::thread reader([&ends] {
    std::vector<std::byte> some(4096);
    static_cast<void>(read_exact(ends->read_end.get(), some));
    ends->read_end.reset();
  });
  const auto written = write_all(ends->write_end.get(), std::vector<std::byte>(1 << 20));
  reader.join();
  std::cout << written.error().message() << trace_of_sigpipe() << std::endl;
  return 0;
}

void splice_to_nobody(const char* what, int from, int to) {
  const auto moved = splice_all(from, to);
  const bool is_broken = !moved && moved.error().code == troupe::errc::broken_pipe;
  std::cout << what << ": " << (is_broken ? "broken_pipe" : "something else") << trace_of_sigpipe()
            << std::endl;
}

/// The same for each way in which splice_all() may write.
int splice_where_nobody_reads() {
  std::signal(SIGPIPE, SIG_DFL);
  auto full = make_pipe();
  auto broken = make_pipe();
  if (!full || !broken || !write_all(full->write_end.get(), troupe::as_bytes_view("xyz"))) return 1;
  broken->read_end.reset();
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return 2;
  close(sockets[1]);
  const troupe::unique_fd socket(sockets[0]);
  const troupe::unique_fd file(open(REPORT_CHILD, O_RDONLY | O_CLOEXEC));
  splice_to_nobody("pipe", full->read_end.get(), broken->write_end.get());
  splice_to_nobody("file", file.get(), broken->write_end.get());
  splice_to_nobody("socket", full->read_end.get(), socket.get());
  splice_to_nobody("no pipe", file.get(), socket.get());
  return 0;
}

/// Says hello to the descriptor that comes over the socket 3.
int receive_descriptor() {
  std::byte one[1];
  const auto got = troupe::receive_with_fds(3, one, 1);
  if (!got || got->fds.size() != 1) return 1;
  return write_all(got->fds[0].get(), troupe::as_bytes_view("hello")) ? 0 : 2;
}

/// The worker's side of a lifeline on 3 and 4: sends every frame back. 0 when the parent closes between
/// frames.
int echo() {
  lifeline_client line{troupe::unique_fd(3), troupe::unique_fd(4)};
  for (;;) {
    const auto frame = line.read();
    if (!frame) return frame.error().code == troupe::errc::end_of_file ? 0 : 1;
    if (!line.send(frame->view())) return 2;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view task = argc > 1 ? argv[1] : "";
  if (task == "without-standard-streams") return spawn_without_standard_streams();
  if (task == "sigchld-ignored") return spawn_with_sigchld_ignored();
  if (task == "rival-reaper") return spawn_with_a_rival_reaper();
  if (task == "supervise-family") return supervise_a_family_until_killed();
  if (task == "supervise-family-and-quit") return supervise_a_family_and_quit();
  if (task == "supervise-as-nobody") return supervise_as_nobody();
  if (task == "change-ids-without-the-right") return change_ids_without_the_right();
  if (task == "raise-limit-without-the-right") return raise_a_limit_without_the_right();
  if (task == "exec") return become_a_report();
  if (task == "exec-nothing") return fail_to_become();
  if (task == "watch-memory") return watch_memory(argv[2], argv[3]);
  if (task == "exec-with-watched-memory") return exec_with_watched_memory();
  if (task == "launch-for-ever") return launch_for_ever();
  if (task == "leave-an-old-entry") return leave_an_old_entry(std::atoi(argv[2]));
  if (task == "supervise") return supervise_until_killed();
  if (task == "broken-pipe") return write_to_a_pipe_without_reader();
  if (task == "reader-goes") return write_while_the_reader_goes();
  if (task == "broken-splice") return splice_where_nobody_reads();
  if (task == "receive-descriptor") return receive_descriptor();
  if (task == "echo") return echo();
  std::cerr << "spawning_child: unknown task '" << task << "'\n";
  return 99;
}
