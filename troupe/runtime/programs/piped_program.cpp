#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/piped_program.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

namespace troupe::runtime {
namespace {

/// Of what the spawner keeps, so much stands in an error.
constexpr std::size_t shown_lines = 10;

spawn::command command_of(const std::vector<std::string>& argv, joined_by side) {
  spawn::command made(argv.front());
  made.args({argv.begin() + 1, argv.end()});
  if (side == joined_by::its_stdout)
    made.stdin_from(spawn::stdio::null()).stdout_to(spawn::stdio::piped());
  else
    made.stdin_from(spawn::stdio::piped()).stdout_to(spawn::stdio::inherit());
  return made;
}

}  // namespace

struct piped_program::ending {
  unique_fd mark;
  mutable std::mutex mutex;
  std::optional<spawn::exit_report> how;  // under mutex

  [[nodiscard]] std::optional<spawn::exit_report> look() const {
    const std::lock_guard lock(mutex);
    return how;
  }
};

piped_program::piped_program(std::vector<std::string> argv, std::vector<int> success,
                             std::shared_ptr<ending> end, spawn::supervised_child child)
    : argv_(std::move(argv)), success_(std::move(success)), end_(std::move(end)), child_(std::move(child)) {}

piped_program::~piped_program() {
  if (end_ && !child_.has_ended()) child_.kill_group();
}

result<piped_program> piped_program::start(spawn::spawner& by, std::vector<std::string> argv,
                                           std::vector<int> success, joined_by side, logger log) {
  auto end = std::make_shared<ending>();
  end->mark.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!end->mark) return fail_errno("make a descriptor for the end of " + quoted(argv));
  spawn::child_handlers handlers;
  handlers.on_stderr_line = [log = std::move(log)](std::string_view line) { log.warn(line); };
  handlers.on_exit = [end](const spawn::exit_report& how) {
    const std::lock_guard lock(end->mutex);
    end->how = how;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(end->mark.get(), &one, sizeof one);
  };
  auto child = by.launch(command_of(argv, side), std::move(handlers));
  if (!child) return tl::unexpected(child.error());
  return piped_program(std::move(argv), std::move(success), std::move(end), std::move(*child));
}

unique_fd piped_program::take_stream() noexcept {
  auto in = child_.take_stdin();
  return in ? std::move(in) : child_.take_stdout();
}

int piped_program::end_mark() const noexcept {
  return end_->mark.get();
}

bool piped_program::wait_for_end(deadline until) const {
  return spawn::wait_ready(end_mark(), spawn::readiness::read, until).value_or(true);
}

result<> piped_program::verdict() const {
  const auto how = end_->look();
  const auto code = how ? how->status.code() : std::nullopt;
  if (code && std::ranges::find(success_, *code) != success_.end()) return {};
  auto text = shown();
  if (how) {
    const auto& tail = how->stderr_tail;
    for (auto i = tail.size() - std::min(tail.size(), shown_lines); i < tail.size(); ++i)
      text += "\n  stderr: " + tail[i];
  }
  return fail(errc::handler_failed, std::move(text));
}

std::string piped_program::shown() const {
  const auto how = end_->look();
  auto text = quoted(argv_);
  if (!how) return text;
  text += " (" + how->status.describe();
  if (how->oom != spawn::out_of_memory::no) text += ": the kernel ran out of memory";
  return text + ')';
}

std::string piped_program::how_it_ended() const {
  const auto how = end_->look();
  return how ? "it " + how->status.describe() : "it runs";
}

void piped_program::kill() const noexcept {
  child_.kill_group();
}

}  // namespace troupe::runtime
