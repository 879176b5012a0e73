#include <troupe/runtime/each/command_crew.hpp>
#include <troupe/runtime/programs/bodies.hpp>
#include <troupe/spawn/command.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr rlim_t descriptors_each = 8;      // two files, the child, and what is open while it is started
constexpr rlim_t descriptors_least = 16;    // the program's own
constexpr rlim_t descriptors_beside = 600;  // the program's own, and large outputs that wait to be shown

result<> allow_descriptors(std::size_t commands) {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) return fail_errno("ask for the limit of open files");
  const auto least = descriptors_each * commands + descriptors_least;
  if (now.rlim_max < least)
    return fail(errc::exhausted, std::to_string(commands) + " commands at the same time need " +
                                     std::to_string(least) + " open files, and the hard limit is " +
                                     std::to_string(now.rlim_max) + ": use a smaller -j, or raise it");
  const auto need = std::min(descriptors_each * commands + descriptors_beside, now.rlim_max);
  if (now.rlim_cur >= need) return {};
  now.rlim_cur = need;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &now));  // what cannot be opened says so
  return {};
}

}  // namespace

/// One command, from its start to its end.
class command_crew::run {
 public:
  run(const command_crew& of, slot& by, command_job job) : of_(of), by_(by), job_(std::move(job)) {
    done_.began = std::chrono::system_clock::now();
    began_ = steady::now();
    if (auto begun = begin(); !begun) done_.not_started = begun.error().message();
  }
  run(const run&) = delete;
  run& operator=(const run&) = delete;
  ~run() {
    if (child_) name_running(nullptr);
  }

  void await() {
    if (!child_) return;
    const auto until = of_.how_.timeout ? deadline::at(began_ + *of_.how_.timeout) : deadline::never();
    auto report = until.is_never() ? child_->wait() : child_->wait_until(until);
    if (!report) {
      done_.timed_out = true;
      child_->kill_group();
      report = child_->wait();
    }
    name_running(nullptr);
    done_.took = steady::now() - began_;
    done_.exit_code = report->status.code();
    done_.signal = report->status.signal();
    child_.reset();
  }

  /// After await(): reads what it has printed, while the next one runs.
  void hand_in(command_desk& to) {
    if (!done_.timed_out) {
      take(out_, done_.out);
      take(err_, done_.err);
    }
    to.ended(std::move(job_), std::move(done_));
  }

 private:
  result<> begin() {
    for (auto* const each : {&out_, &err_}) {
      auto made = capture_file::open();
      if (!made) return tl::unexpected(std::move(made.error()));
      *each = std::move(*made);
    }
    spawn::command command(job_.argv.front());
    command.args({job_.argv.begin() + 1, job_.argv.end()})
        .env(attempt_variable, std::to_string(job_.attempt))
        .env(worker_variable, by_.name)
        .stdin_from(spawn::stdio::borrowed(of_.null_.get()))
        .stdout_to(spawn::stdio::borrowed(out_->fd()))
        .stderr_to(spawn::stdio::borrowed(err_->fd()));
    auto made = of_.guard_->spawn(std::move(command));
    if (!made) return tl::unexpected(std::move(made.error()));
    child_ = std::move(*made);
    name_running(&*child_);
    if (of_.stopped_) child_->kill_group();  // it may have come too late for stop()
    return {};
  }

  void name_running(spawn::child* which) {
    const std::lock_guard lock(by_.mutex);
    by_.running = which;
  }

  void take(std::optional<capture_file>& from, printed& into) {
    if (!from) return;
    auto taken = std::move(*from).take();
    from.reset();
    if (taken)
      into = std::move(*taken);
    else
      done_.not_kept = taken.error().message();
  }

  const command_crew& of_;
  slot& by_;
  command_job job_;
  command_done done_;
  steady::time_point began_;
  std::optional<capture_file> out_, err_;
  std::optional<spawn::child> child_;
};

command_crew::command_crew(const setting& how, command_desk& desk, std::unique_ptr<spawn::guard> guard,
                           unique_fd null)
    : how_(how), desk_(desk), guard_(std::move(guard)), null_(std::move(null)) {}

result<std::unique_ptr<command_crew>> command_crew::start(const setting& how, command_desk& desk) {
  if (auto allowed = allow_descriptors(how.threads); !allowed)
    return tl::unexpected(std::move(allowed.error()));
  auto guard = spawn::guard::start();
  if (!guard) return tl::unexpected(std::move(guard.error()));
  unique_fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return fail_errno("open '/dev/null'");
  std::unique_ptr<command_crew> made(new command_crew(how, desk, std::move(*guard), std::move(null)));
  for (std::size_t i = 0; i < how.threads; ++i) {
    made->slots_.push_back(std::make_unique<slot>());
    made->slots_.back()->name = "troupe-each." + std::to_string(i);
  }
  // The program's signals are for its first thread: these begin with all of them blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = 0;
  try {
    for (std::size_t i = 0; i < how.threads; ++i) {
      {
        const std::lock_guard lock(made->mutex_);
        ++made->at_work_;
      }
      made->slots_[i]->thread = std::thread([crew = made.get(), i] { crew->work(i); });
    }
  } catch (const std::system_error& no_thread) {
    failed = no_thread.code().value();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed != 0) return fail(errc::exhausted, "start a thread for each command", failed);
  return made;
}

command_crew::~command_crew() {
  stop();
  for (const auto& each : slots_)
    if (each->thread.joinable()) each->thread.join();
}

bool command_crew::wait_until(deadline until) {
  std::unique_lock lock(mutex_);
  const auto over = [this] { return at_work_ == 0; };
  if (!until.is_never()) return changed_.wait_until(lock, until.when(), over);
  changed_.wait(lock, over);
  return true;
}

void command_crew::stop() noexcept {
  stopped_ = true;
  desk_.close();
  for (const auto& each : slots_) {
    const std::lock_guard lock(each->mutex);
    if (each->running != nullptr) each->running->kill_group();
  }
}

void command_crew::work(std::size_t number) {
  using when_none = command_desk::when_none;
  std::unique_ptr<run> last;
  while (true) {
    auto job = desk_.next(last ? when_none::return_at_once : when_none::wait);
    if (!job && !last) break;
    auto now = job ? std::make_unique<run>(*this, *slots_[number], std::move(*job)) : nullptr;
    if (last) last->hand_in(desk_);
    if (now) now->await();
    last = std::move(now);
    // Whoever reads what we print may stop reading: a command that has a time is not left alone meanwhile.
    if (last && how_.timeout) {
      last->hand_in(desk_);
      last.reset();
    }
  }
  const std::lock_guard lock(mutex_);
  --at_work_;
  changed_.notify_all();
}

}  // namespace troupe::runtime
