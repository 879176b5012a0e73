#include <troupe/app.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/replay_verb.hpp>
#include <troupe/runtime/node/lifeline_messages.hpp>
#include <troupe/runtime/node/worker.hpp>
#include <troupe/runtime/replay.hpp>

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace troupe {

namespace {

/// A closed 0, 1 or 2 would be given to the next file that is opened, and progress would end up in a sink.
/// Opened for what they are not for: a source on a closed standard input and a sink on a closed standard
/// output still fail.
void fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

/// glibc reserves 64 to 128 MiB of addresses for every thread that allocates. Where they are limited, that
/// would leave little for items, and libraries whose threads then fail to start hang or abort.
/// Elsewhere it is told to keep up to 64 MiB of freed memory: it gives blocks like those of a stage back to the kernel one
/// by one, and the page faults of the next ones were a third of the time of a word count. Whoever sets MALLOC_… in
/// the environment (mallopt(3)) decides instead.
void tune_allocator() {
  constexpr int mebibyte = 1024 * 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    ::mallopt(M_ARENA_MAX, 1);
    return;
  }
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") != nullptr || std::getenv("MALLOC_MMAP_THRESHOLD_") != nullptr)
    return;
  ::mallopt(M_TRIM_THRESHOLD, 64 * mebibyte);
  ::mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);
}

}  // namespace

app::app(int argc, char** argv) : arguments_(argv, argv + argc) {
  fill_standard_descriptors();
  tune_allocator();
}

bool app::is_worker() const noexcept {
  return arguments_.size() > 1 && (arguments_[1] == runtime::worker_argument || replays());
}

bool app::replays() const noexcept {
  return arguments_.size() > 2 && arguments_[1] == runtime::replay_argument;
}

int app::serve() {
  return replays() ? cli::replay_item(arguments_[2], registered_) : runtime::serve_worker(registered_);
}

int app::run() {
  if (!registration_error_.empty()) {
    std::cerr << "error: " << registration_error_ << '\n';
    return cli::exit_failed;
  }
  return is_worker() ? serve() : cli::command_line(arguments_, registered_);
}

int app::fail(const error& why) {
  std::cerr << "error: " << why.message() << '\n';
  return cli::exit_failed;
}

result<std::unique_ptr<runtime::pool_core>> app::open_core(const std::string& stage, std::string returns,
                                                           pool_options how) {
  if (is_worker()) {
    std::cerr << runtime::open_in_a_worker << std::endl;
    std::_Exit(runtime::worker_exit_opened_a_pool);
  }
  if (!registration_error_.empty()) return troupe::fail(errc::invalid_argument, registration_error_);
  return runtime::pool_core::open(
      {registered_, stage, std::move(returns), arguments_.empty() ? "" : arguments_.front()}, std::move(how));
}

void app::add(runtime::stage_definition definition) {
  note(registered_.add(std::move(definition)));
}

void app::add(runtime::actor_definition definition) {
  note(registered_.add(std::move(definition)));
}

void app::note(result<void> added) {
  if (!added && registration_error_.empty()) registration_error_ = added.error().message();
}

}  // namespace troupe
