#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/base/text.hpp>
#include <troupe/cli/each_desk.hpp>
#include <troupe/cli/each_inputs.hpp>
#include <troupe/cli/each_printer.hpp>
#include <troupe/cli/each_verb.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/progress.hpp>
#include <troupe/runtime/each/command_job.hpp>
#include <troupe/runtime/pool/pool_core.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace troupe::cli {
namespace {

using runtime::command_done;
using runtime::command_job;
using runtime::command_words;

constexpr milliseconds look_every{100};
/// Jobs at a time beside those that run: enough that no worker waits, few enough that their output may wait in memory.
constexpr std::size_t jobs_ahead = 8;
constexpr std::size_t numbers_shown = 10;

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
  }
  jobs.workers = what.jobs != 0 ? what.jobs : std::max(1U, std::thread::hardware_concurrency());
  return jobs;
}

/// Where workers put outputs that are too large to travel. Gone with it.
class spill_folder {
 public:
  /// Empty where none can be made: then such outputs stay in the memory of workers, up to what can travel.
  spill_folder() {
    std::error_code none;
    path_ = (std::filesystem::temp_directory_path(none) / "troupe-each-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~spill_folder() {
    std::error_code none;
    if (!path_.empty()) std::filesystem::remove_all(path_, none);
  }
  spill_folder(const spill_folder&) = delete;
  spill_folder& operator=(const spill_folder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

class each_run {
 public:
  each_run(const each_request& what, const plan_of_jobs& jobs, runtime::pool_core& pool,
           each_printer& printer)
      : what_(what), jobs_(jobs), pool_(pool), printer_(printer), desk_(std::make_shared<each_desk>()) {}

  /// The exit status.
  int run() {
    const auto lines = begin_to_read();
    counts_.total_is_known = !jobs_.reads_lines;
    counts_.total = jobs_.files.size();
    while (!stopped_ && !(no_more_ && open_.empty())) {
      const auto most = jobs_.workers * (1 + jobs_ahead);
      const auto room =
          open_.size() + held_.size() < most && !no_more_ ? most - open_.size() - held_.size() : 0;
      auto come = take(room);
      for (auto& input : come.inputs) start(std::move(input));
      for (auto& [tag, answer] : come.answers) end(tag, std::move(answer));
      no_more_ = no_more_ || come.no_more_inputs;
      if (!come.input) stop(each_refused, come.input.error().message());
      printer_.draw(counts_);
    }
    desk_->close();
    printer_.clear();
    if (stopped_) return *stopped_;
    if (!what_.quiet && counts_.failed != 0) std::cerr << summary() << '\n';
    return static_cast<int>(std::min<std::uint64_t>(counts_.failed, each_most_failed));
  }

 private:
  struct open_job {
    std::uint64_t number = 0;
    std::vector<std::string> argv;
    std::uint32_t attempt = 1;
  };

  std::unique_ptr<line_reader> begin_to_read() {
    if (!jobs_.reads_lines) return nullptr;
    return std::make_unique<line_reader>(
        [desk = desk_](std::string line) { return desk->put(std::move(line)); },
        [desk = desk_](result<> how) { desk->no_more(std::move(how)); });
  }

  each_desk::news take(std::size_t room) {
    if (jobs_.reads_lines || room == 0)
      return desk_->take(room, printer_.has_bar() ? deadline::after(look_every) : deadline::never());
    each_desk::news come;
    for (; room > 0 && next_file_ < jobs_.files.size(); --room)
      come.inputs.push_back(jobs_.files[next_file_++]);
    come.no_more_inputs = next_file_ == jobs_.files.size();
    if (come.inputs.empty() && !come.no_more_inputs) return desk_->take(0, deadline::never());
    return come;
  }

  void start(std::string input) {
    ++number_;
    if (jobs_.reads_lines) counts_.total = number_;
    const auto kind = jobs_.reads_lines ? command_words::input_kind::text : command_words::input_kind::path;
    submit({number_, jobs_.words.for_input(input, kind), 1});
  }

  void submit(open_job job) {
    const auto tag = next_tag_++;
    byte_buffer encoded;
    encode(encoded, command_job{job.argv, job.attempt, spill_.path()});
    open_.emplace(tag, std::move(job));
    static_cast<void>(
        pool_.jobs()->submit({encoded.take(), desk_, tag}, runtime::job_intake::when_full::wait));
  }

  void end(std::uint64_t tag, runtime::job_answer answer) {
    auto found = open_.extract(tag);
    if (!found) return;
    auto& job = found.mapped();
    each_ended ended{job.number, job.argv, job.attempt, {}, {}};
    if (!answer) {
      ended.why = answer.error().cause;
      if (answer.error().kind == job_error::closed) return stop(each_refused, answer.error().cause);
    } else if (auto done = decode<command_done>(answer->payload)) {
      if (!done->not_started.empty())
        ended.why = "could not be started: " + done->not_started;
      else if (done->signal)
        ended.why = "was ended by signal " + std::to_string(*done->signal);
      else if (!done->success())
        ended.why = "exited with code " + std::to_string(done->exit_code.value_or(-1));
      ended.done = std::move(*done);
    } else {
      ended.why = done.error().message();
    }
    const bool again = !ended.why.empty() && job.attempt < what_.attempts;
    if (again) submit({job.number, std::move(job.argv), job.attempt + 1});
    hand_out(std::move(ended), again ? fate::again : fate::over);
  }

  enum class fate : std::uint8_t { again, over };
  void hand_out(each_ended ended, fate what) {
    const auto number = ended.number;
    if (what == fate::over) {
      ++counts_.done;
      if (!ended.why.empty()) {
        ++counts_.failed;
        if (failed_.size() < numbers_shown) failed_.push_back(number);
      }
    }
    if (!what_.ordered) return print(ended);
    auto& waits = held_[number];
    waits.attempts.push_back(std::move(ended));
    waits.over = what == fate::over;
    for (auto next = held_.begin(); next != held_.end() && next->first == next_printed_ && next->second.over;
         next = held_.erase(next), ++next_printed_)
      for (const auto& each : next->second.attempts) print(each);
  }

  void print(const each_ended& ended) {
    if (stopped_) return;
    if (auto printed = printer_.print(ended); !printed)
      return printed.error().code == errc::broken_pipe ? stop(exit_reader_gone, {})
                                                       : stop(each_refused, printed.error().message());
    if (!ended.why.empty() && !what_.quiet)
      printer_.say("job " + std::to_string(ended.number) + " " + ended.why + ": " +
                   runtime::quoted(ended.argv));
  }

  void stop(int status, const std::string& why) {
    if (stopped_) return;
    stopped_ = status;
    if (!why.empty()) printer_.say("error: " + why);
  }

  [[nodiscard]] std::string summary() const {
    std::string text = with_commas(counts_.failed) + " of " + with_commas(counts_.done) + " jobs failed:";
    for (const auto number : failed_) text += ' ' + std::to_string(number);
    return counts_.failed > failed_.size() ? text + " …" : text;
  }

  const each_request& what_;
  const plan_of_jobs& jobs_;
  runtime::pool_core& pool_;
  each_printer& printer_;
  const std::shared_ptr<each_desk> desk_;
  const spill_folder spill_;
  std::map<std::uint64_t, open_job> open_;  // by tag
  struct waiting_output {
    std::vector<each_ended> attempts;
    bool over = false;
  };
  std::map<std::uint64_t, waiting_output> held_;  // ordered: by number
  std::uint64_t next_printed_ = 1;
  std::uint64_t next_tag_ = 0;
  std::uint64_t number_ = 0;
  std::size_t next_file_ = 0;
  std::vector<std::uint64_t> failed_;  // the first of them
  each_counts counts_;
  bool no_more_ = false;
  std::optional<int> stopped_;
};

int refuse_jobs(const error& why) {
  std::cerr << "error: " << why.message() << '\n';
  return each_refused;
}

/// With what a shell would make of them the same words.
int print_commands(const plan_of_jobs& jobs) {
  const auto print = [&](const std::string& input, command_words::input_kind kind) {
    std::cout << runtime::shell_words(jobs.words.for_input(input, kind)) << '\n';
  };
  for (const auto& file : jobs.files) print(file, command_words::input_kind::path);
  if (jobs.reads_lines)
    for (std::string line; std::getline(std::cin, line);) print(line, command_words::input_kind::text);
  if (std::cout.flush()) return 0;
  std::cerr << "error: write to standard output: it took not all\n";
  return each_refused;
}

}  // namespace

int each_verb(const each_request& what, const runtime::registry& program) {
  const auto jobs = prepare(what);
  if (!jobs) return refuse_jobs(jobs.error());
  if (what.dry_run) return print_commands(*jobs);
  auto printer = each_printer::open(what.joblog, what.quiet);
  if (!printer) return refuse_jobs(printer.error());
  pool_options how;
  how.workers = jobs->workers;
  how.timeout = jobs->timeout;
  how.max_attempts = 1;  // we count attempts, because a command that fails in good order is one as well
  how.log = logger();    // what goes wrong with a job is said here
  auto pool = runtime::pool_core::open(
      {program, runtime::command_stage_name, runtime::result_shape<command_done>(), what.argv0},
      std::move(how));
  if (!pool) return refuse_jobs(pool.error());
  return each_run(what, *jobs, **pool, *printer).run();
}

}  // namespace troupe::cli
