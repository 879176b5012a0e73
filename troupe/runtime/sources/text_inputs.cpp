#include <troupe/runtime/programs/piped_program.hpp>
#include <troupe/runtime/sources/text_inputs.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <utility>

namespace troupe::runtime {
namespace {

/// False: `wake` was readable first, or both are.
result<bool> wait_for(int fd, int wake, const std::string& what) {
  while (true) {
    std::array<pollfd, 2> watched{{{fd, POLLIN, 0}, {wake, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail_errno("wait for " + what);
    return watched[1].revents == 0;
  }
}

class file_inputs final : public text_inputs {
 public:
  explicit file_inputs(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  result<std::optional<int>> open_next(int /*wake*/) override {
    if (next_ == paths_.size()) return std::nullopt;
    const auto& path = paths_[next_++];
    owned_.reset();
    if (path == "-") return STDIN_FILENO;
    // A FIFO that nobody writes to yet would hold up open(); so the reading waits, and stop() ends that.
    owned_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!owned_) return fail_errno("read '" + path + "'");
    ::posix_fadvise(owned_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return owned_.get();
  }
  std::string name() const override { return paths_[next_ - 1]; }
  std::string shown() const override { return name() == "-" ? "standard input" : text_inputs::shown(); }
  bool may_wait() const override { return false; }

 private:
  std::vector<std::string> paths_;
  std::size_t next_ = 0;
  unique_fd owned_;  // the open file, unless it is standard input
};

class program_inputs final : public text_inputs {
 public:
  program_inputs(const config::command_source& from, spawn::spawner& by, logger log)
      : from_(from), by_(by), log_(std::move(log)) {}

  result<std::optional<int>> open_next(int /*wake*/) override {
    const std::lock_guard lock(mutex_);
    if (program_ || stopped_) return std::nullopt;
    auto started = piped_program::start(by_, from_.command, from_.success, joined_by::its_stdout, log_);
    if (!started) return tl::unexpected(within("start the program of a source", started.error()));
    program_.emplace(std::move(*started));
    stream_ = program_->take_stream();
    return stream_.get();
  }
  result<> ended(int wake) override {
    stream_.reset();  // one that prints on, when we have seen its end, is told
    const auto so = wait_for(program_->end_mark(), wake, program_->shown());
    if (!so) return tl::unexpected(so.error());
    return *so ? program_->verdict() : result<>();
  }
  std::string name() const override { return from_.command.front(); }
  std::string shown() const override { return program_ ? program_->shown() : text_inputs::shown(); }
  int end_mark() const override { return program_->end_mark(); }
  void interrupt() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (program_) program_->kill();
  }

 private:
  const config::command_source from_;
  spawn::spawner& by_;
  const logger log_;
  std::mutex mutex_;  // starting it, and killing it
  bool stopped_ = false;
  std::optional<piped_program> program_;  // once started it stays
  unique_fd stream_;
};

class fifo_inputs final : public text_inputs {
 public:
  fifo_inputs(std::string path, unique_fd pipe) : path_(std::move(path)), pipe_(std::move(pipe)) {}

  result<std::optional<int>> open_next(int /*wake*/) override {
    if (std::exchange(begun_, true)) return std::nullopt;
    return pipe_.get();
  }
  std::string name() const override { return path_; }
  bool may_wait() const override { return false; }  // who reads it does

 private:
  std::string path_;
  unique_fd pipe_;
  bool begun_ = false;
};

class socket_inputs final : public text_inputs {
 public:
  socket_inputs(const config::unix_source& from, spawn::unix_listener listener)
      : from_(from), listener_(std::move(listener)) {}

  result<std::optional<int>> open_next(int wake) override {
    stream_.reset();
    while (true) {
      if (begun_ && !from_.keep_open) {
        if (!spawn::wait_ready(listener_.fd(), spawn::readiness::read, deadline::after(nanoseconds(0)))
                 .value_or(false))
          return std::nullopt;
      } else {
        const auto came = wait_for(listener_.fd(), wake, "a connection to '" + from_.path + "'");
        if (!came) return tl::unexpected(came.error());
        if (!*came) return std::nullopt;
      }
      auto accepted = listener_.accept(deadline::after(nanoseconds(0)));
      if (!accepted && accepted.error().code == errc::timed_out) continue;  // it has hung up again
      if (!accepted) return tl::unexpected(accepted.error());
      stream_ = std::move(*accepted);
      begun_ = true;
      return stream_.get();
    }
  }
  std::string name() const override { return from_.path; }

 private:
  const config::unix_source from_;
  spawn::unix_listener listener_;
  unique_fd stream_;
  bool begun_ = false;
};

/// What a director that was killed has left behind. Two that start at the same time must not remove each other's.
result<> remove_dead_socket(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  const unique_fd held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!held) return fail_errno("open the folder of '" + path + "'");
  if (::flock(held.get(), LOCK_EX | LOCK_NB) != 0) return fail_errno("lock the folder of '" + path + "'");
  const auto alive = spawn::connect_unix(path, deadline::after(nanoseconds(0)));
  if (alive || alive.error().code != errc::refused)
    return fail(errc::already_exists, "listen on '" + path + "', where somebody listens already");
  if (::unlink(path.c_str()) != 0)
    return fail_errno("remove '" + path + "', on which nobody listens any more");
  return {};
}

bool is_socket(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

}  // namespace

std::unique_ptr<text_inputs> inputs_from_files(std::vector<std::string> paths) {
  return std::make_unique<file_inputs>(std::move(paths));
}

std::unique_ptr<text_inputs> inputs_from_program(const config::command_source& from, spawn::spawner& by,
                                                 logger log) {
  return std::make_unique<program_inputs>(from, by, std::move(log));
}

result<std::unique_ptr<text_inputs>> inputs_from_fifo(const config::fifo_source& from) {
  // Held open for writing by ourselves, too, it never ends.
  const int how = from.keep_open ? O_RDWR : O_RDONLY;
  unique_fd pipe(::open(from.path.c_str(), how | O_CLOEXEC | O_NONBLOCK));
  if (!pipe) return fail_errno("read FIFO '" + from.path + "'");
  struct stat found {};
  if (::fstat(pipe.get(), &found) != 0) return fail_errno("read FIFO '" + from.path + "'");
  if (!S_ISFIFO(found.st_mode)) return fail(errc::wrong_kind, "read '" + from.path + "', which is no FIFO");
  return std::unique_ptr<text_inputs>(std::make_unique<fifo_inputs>(from.path, std::move(pipe)));
}

result<std::unique_ptr<text_inputs>> inputs_from_socket(const config::unix_source& from) {
  auto listener = spawn::unix_listener::bind(from.path);
  if (!listener && listener.error().code == errc::already_exists && is_socket(from.path)) {
    if (auto removed = remove_dead_socket(from.path); !removed) return tl::unexpected(removed.error());
    listener = spawn::unix_listener::bind(from.path);
  }
  if (!listener) return tl::unexpected(listener.error());
  return std::unique_ptr<text_inputs>(std::make_unique<socket_inputs>(from, std::move(*listener)));
}

}  // namespace troupe::runtime
