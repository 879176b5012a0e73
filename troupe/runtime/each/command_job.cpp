#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/config/placeholders.hpp>
#include <troupe/runtime/each/command_job.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/find_program.hpp>
#include <troupe/runtime/stage.hpp>
#include <troupe/spawn/command.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace troupe::runtime {
namespace {

std::string temporary_folder() {
  std::error_code none;
  const auto folder = std::filesystem::temp_directory_path(none);
  return none ? "/tmp" : folder.string();
}

/// Where one stream of one command goes: a file without a name, because a pipe would have to be read while the command runs,
/// and a grandchild could hold it open. What that writes later goes nowhere.
class catch_file {
 public:
  /// In memory where the folder's file system knows no files without a name.
  catch_file() : file_(::open(temporary_folder().c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600)) {
    if (file_) return;
    file_ = unique_fd(::memfd_create("troupe each", MFD_CLOEXEC));
    if (!file_)
      throw std::runtime_error(
          error{errc::io_failed, "open a file for what commands print", errno}.message());
    ::fcntl(file_.get(), F_SETFL, O_APPEND);
  }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  /// Large outputs get a name in the folder `spill`, if there is one.
  [[nodiscard]] printed take(const std::string& spill) const {
    struct stat about {};
    if (::fstat(fd(), &about) != 0 || about.st_size == 0) return {};
    const auto size = static_cast<std::size_t>(about.st_size);
    if (size > largest_carried)
      if (auto kept = keep(spill); !kept.file.empty()) return kept;
    byte_buffer all(size);
    std::byte* const at = all.extend(size);
    std::size_t got = 0;
    while (got < size) {
      const auto n = ::pread(fd(), at + got, size - got, static_cast<off_t>(got));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      got += static_cast<std::size_t>(n);
    }
    all.shorten(size - got);
    return {all.take(), {}};
  }

 private:
  /// Nothing where that cannot be.
  [[nodiscard]] printed keep(const std::string& spill) const {
    static std::uint64_t kept = 0;  // of this worker, which has one thread for commands
    if (spill.empty()) return {};
    const auto path = spill + '/' + std::to_string(::getpid()) + '-' + std::to_string(++kept);
    const auto own = "/proc/self/fd/" + std::to_string(fd());
    if (::linkat(AT_FDCWD, own.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) return {};
    return {{}, path};
  }

  unique_fd file_;
};

std::int64_t microseconds_of(std::chrono::system_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

/// The stage: commands one after the other, children of the worker and in its group, so that they end with it.
class command_runner {
 public:
  command_done operator()(command_job job) {
    spawn::command command(job.argv.front());
    command.args({job.argv.begin() + 1, job.argv.end()}).env("TROUPE_ATTEMPT", std::to_string(job.attempt));
    command_done done;
    const catch_file out, err;
    command.stdin_from(spawn::stdio::null());
    command.stdout_to(spawn::stdio::borrowed(out.fd())).stderr_to(spawn::stdio::borrowed(err.fd()));
    const auto began = std::chrono::system_clock::now();
    done.began_us = microseconds_of(began.time_since_epoch());
    auto child = command.spawn();
    if (!child) {
      done.not_started = child.error().message();
      return done;
    }
    const auto report = child->wait();
    done.took_us = microseconds_of(std::chrono::system_clock::now() - began);
    done.exit_code = report.status.code();
    done.signal = report.status.signal();
    done.out = out.take(job.spill);
    done.err = err.take(job.spill);
    return done;
  }
};

}  // namespace

void add_command_stage(registry& to) {
  static_cast<void>(to.add(define_stage<command_runner>(command_stage_name)));
}

result<command_words> command_words::read(std::vector<std::string> command) {
  bool depends = false;
  bool program_depends = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const auto pattern = config::read_pattern(command[i]);
    if (!pattern)
      return fail(errc::invalid_argument,
                  "the command's word '" + command[i] + "': " + pattern.error().why +
                      (pattern.error().hint.empty() ? "" : "; " + pattern.error().hint));
    if (config::holds(*pattern, config::placeholder::output))
      return fail(errc::invalid_argument,
                  "the command's word '" + command[i] +
                      "': {output} has a meaning in a file's stage only; use {input}, {stem}, {name}");
    for (const auto what : {config::placeholder::input, config::placeholder::stem, config::placeholder::name})
      depends = depends || config::holds(*pattern, what);
    if (i == 0) program_depends = depends;
  }
  if (!program_depends)
    if (auto found = find_program(command.front()); !found) return tl::unexpected(std::move(found.error()));
  return command_words(std::move(command), !depends);
}

std::vector<std::string> command_words::for_input(const std::string& input, input_kind what) const {
  auto argv = argv_template(command_).expand({input, {}, what == input_kind::path});
  if (appends_) argv.push_back(input);
  return argv;
}

}  // namespace troupe::runtime
