#include <troupe/base/allowed.hpp>
#include <troupe/base/text.hpp>
#include <troupe/cli/each_desk.hpp>
#include <troupe/cli/each_inputs.hpp>
#include <troupe/cli/each_printer.hpp>
#include <troupe/cli/each_verb.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/each/command_crew.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::cli {
namespace {

using runtime::command_crew;
using runtime::command_done;
using runtime::command_job;
using runtime::command_words;

constexpr milliseconds look_every{100};
/// Jobs beside those that run whose output may wait for that of an earlier one, for each that runs.
constexpr std::size_t jobs_ahead = 8;
/// Large outputs that wait stand in open files.
constexpr std::size_t most_held_files = 400;
constexpr std::size_t numbers_shown = 10;
constexpr std::size_t most_at_once = 1024;

struct plan_of_jobs {
  command_words words;
  std::vector<std::string> files;
  bool reads_lines = false;
  std::optional<milliseconds> timeout;
  std::size_t workers = 1;
};

result<plan_of_jobs> prepare(const each_request& what) {
  if (what.command.empty())
    return fail(errc::invalid_argument,
                "there is no command: write it behind --, as in  each '*.log' -- gzip {input}");
  auto words = command_words::read(what.command);
  if (!words) return tl::unexpected(std::move(words.error()));
  plan_of_jobs jobs{std::move(*words), {}, false, {}, 1};
  jobs.reads_lines = what.inputs.size() == 1 && what.inputs.front() == "-";
  if (what.inputs.empty())
    return fail(errc::invalid_argument, "there is no input: name files or patterns, or - for lines");
  if (!jobs.reads_lines) {
    auto files = matching_files(what.inputs);
    if (!files) return tl::unexpected(std::move(files.error()));
    jobs.files = std::move(*files);
  }
  if (!what.timeout.empty()) {
    auto timeout = parse_duration(what.timeout);
    if (!timeout) return tl::unexpected(within("--timeout", timeout.error()));
    jobs.timeout = std::chrono::ceil<milliseconds>(*timeout);
    if (*timeout < allowed::timeout.low || *jobs.timeout > allowed::timeout.high)
      return fail(errc::invalid_argument, "--timeout is " + what.timeout + "; " +
                                              format_duration(allowed::timeout.low) + " to " +
                                              format_duration(allowed::timeout.high));
  }
  if (what.jobs < 0 || what.jobs > static_cast<std::int64_t>(most_at_once))
    return fail(errc::invalid_argument,
                "-j is " + std::to_string(what.jobs) + "; 1 to " + std::to_string(most_at_once));
  jobs.workers = what.jobs != 0 ? static_cast<std::size_t>(what.jobs)
                                : std::max(1U, std::thread::hardware_concurrency());
  return jobs;
}

int refuse_jobs(const error& why) {
  std::cerr << "error: " << why.message() << '\n';
  return each_refused;
}

class each_run final : public runtime::command_desk {
 public:
  each_run(const each_request& what, plan_of_jobs& jobs, each_printer& printer)
      : what_(what), jobs_(jobs), printer_(printer) {}

  /// The exit status.
  int run() {
    counts_.total_is_known = !jobs_.reads_lines;
    counts_.total = jobs_.files.size();
    if (what_.ordered) desk_.allow(jobs_.workers * (1 + jobs_ahead));
    const auto crew = command_crew::start({jobs_.workers, jobs_.timeout}, *this);
    if (!crew) return refuse_jobs(crew.error());
    {
      const std::lock_guard lock(mutex_);
      crew_ = crew->get();
    }
    const auto lines = begin_to_read();
    while (!(*crew)->wait_until(printer_.has_bar() ? deadline::after(look_every) : deadline::never())) draw();
    close();
    printer_.clear();
    if (stopped_) return *stopped_;
    if (!what_.quiet && counts_.failed != 0) std::cerr << summary() << '\n';
    return static_cast<int>(std::min<std::uint64_t>(counts_.failed, each_most_failed));
  }

  std::optional<command_job> next(when_none what) override {
    auto come = desk_.take(what);
    if (!come) return std::nullopt;
    if (come->again) return std::move(come->again);
    const auto kind = jobs_.reads_lines ? command_words::input_kind::text : command_words::input_kind::path;
    return command_job{come->number, jobs_.words.for_input(come->input, kind), 1};
  }

  void ended(command_job job, command_done done) override {
    each_ended ended{std::move(job), std::move(done), {}};
    ended.why = why_failed(ended.done);
    const bool again = !ended.why.empty() && ended.job.attempt < what_.attempts;
    if (again) desk_.put_again({ended.job.number, ended.job.argv, ended.job.attempt + 1});
    const std::lock_guard lock(mutex_);
    hand_out(std::move(ended), again ? fate::again : fate::over);
  }

  void close() noexcept override { desk_.close(); }

 private:
  std::unique_ptr<line_reader> begin_to_read() {
    if (!jobs_.reads_lines) {
      desk_.put_all(std::move(jobs_.files));
      return nullptr;
    }
    return std::make_unique<line_reader>([this](std::string line) { return desk_.put(std::move(line)); },
                                         [this](const result<>& how) {
                                           if (how) return desk_.no_more();
                                           const std::lock_guard lock(mutex_);
                                           stop(each_refused, how.error().message());
                                         });
  }

  void draw() {
    const std::lock_guard lock(mutex_);
    if (jobs_.reads_lines) counts_.total = desk_.taken();
    printer_.draw(counts_);
  }

  [[nodiscard]] std::string why_failed(const command_done& done) const {
    if (!done.not_started.empty()) return "could not be started: " + done.not_started;
    if (done.timed_out)
      return "ran longer than its timeout of " + format_duration(*jobs_.timeout) + " and was killed";
    if (done.signal) return "was ended by signal " + std::to_string(*done.signal);
    if (!done.success()) return "exited with code " + std::to_string(done.exit_code.value_or(-1));
    return done.not_kept;
  }

  // What follows: under mutex_.
  enum class fate : std::uint8_t { again, over };
  void hand_out(each_ended ended, fate what) {
    if (stopped_) return;  // it was killed, perhaps for that
    const auto number = ended.job.number;
    if (what == fate::over) {
      ++counts_.done;
      if (!ended.why.empty()) {
        ++counts_.failed;
        failed_.insert(number);
        if (failed_.size() > numbers_shown) failed_.erase(std::prev(failed_.end()));
      }
    }
    if (!what_.ordered) return print(ended);
    held_files_ += files_of(ended);
    auto& waits = held_[number];
    waits.attempts.push_back(std::move(ended));
    waits.over = what == fate::over;
    for (auto next = held_.begin(); next != held_.end() && next->first == next_printed_ && next->second.over;
         next = held_.erase(next), ++next_printed_)
      for (const auto& each : next->second.attempts) {
        held_files_ -= files_of(each);
        print(each);
      }
    if (held_files_ < most_held_files)
      desk_.allow(next_printed_ - 1 + jobs_.workers * (1 + jobs_ahead));
    else
      desk_.allow(next_printed_);
  }

  static std::size_t files_of(const each_ended& ended) {
    return (ended.done.out.file ? 1U : 0U) + (ended.done.err.file ? 1U : 0U);
  }

  void print(const each_ended& ended) {
    if (stopped_) return;
    if (auto printed = printer_.print(ended); !printed)
      return printed.error().code == errc::broken_pipe ? stop(exit_reader_gone, {})
                                                       : stop(each_refused, printed.error().message());
    if (!ended.why.empty() && !what_.quiet)
      printer_.say("job " + std::to_string(ended.job.number) + " " + ended.why + ": " +
                   runtime::quoted(ended.job.argv));
  }

  void stop(int status, const std::string& why) {
    if (stopped_) return;
    stopped_ = status;
    if (!why.empty()) printer_.say("error: " + why);
    if (crew_ != nullptr) crew_->stop();
  }

  [[nodiscard]] std::string summary() const {
    std::string text = with_commas(counts_.failed) + " of " + with_commas(counts_.done) + " jobs failed:";
    for (const auto number : failed_) text += ' ' + std::to_string(number);
    return counts_.failed > failed_.size() ? text + " …" : text;
  }

  const each_request& what_;
  plan_of_jobs& jobs_;
  each_desk desk_;
  std::mutex mutex_;  // for all below
  each_printer& printer_;
  command_crew* crew_ = nullptr;
  struct waiting_output {
    std::vector<each_ended> attempts;
    bool over = false;
  };
  std::map<std::uint64_t, waiting_output> held_;  // ordered: by number
  std::size_t held_files_ = 0;                    // open for those
  std::uint64_t next_printed_ = 1;
  std::set<std::uint64_t> failed_;  // the lowest of them
  each_counts counts_;
  std::optional<int> stopped_;
};

/// With what a shell would make of them the same words.
int print_commands(const plan_of_jobs& jobs) {
  const auto print = [&](const std::string& input, command_words::input_kind kind) {
    return static_cast<bool>(std::cout << runtime::shell_words(jobs.words.for_input(input, kind)) << '\n');
  };
  bool taken = true;
  for (const auto& file : jobs.files) taken = taken && print(file, command_words::input_kind::path);
  if (jobs.reads_lines)
    for (std::string line; taken && std::getline(std::cin, line);)
      taken = print(line, command_words::input_kind::text);
  if (taken && std::cout.flush()) return 0;
  pollfd out{STDOUT_FILENO, POLLOUT, 0};  // the stream does not tell why
  if (::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0) return exit_reader_gone;
  std::cerr << "error: write to standard output: it took not all\n";
  return each_refused;
}

}  // namespace

int each_verb(const each_request& what) {
  auto jobs = prepare(what);
  if (!jobs) return refuse_jobs(jobs.error());
  if (what.dry_run) return print_commands(*jobs);
  auto printer = each_printer::open(what.joblog, what.quiet);
  if (!printer) return refuse_jobs(printer.error());
  // Whoever started us may have had it ignored: then the kernel would keep no exit status for us.
  std::signal(SIGCHLD, SIG_DFL);
  return each_run(what, *jobs, *printer).run();
}

}  // namespace troupe::cli
