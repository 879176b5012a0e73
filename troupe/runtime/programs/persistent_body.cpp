#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/bodies.hpp>
#include <troupe/runtime/programs/conversation.hpp>
#include <troupe/runtime/programs/gathered_answers.hpp>
#include <troupe/runtime/programs/program_end.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <iostream>
#include <string>
#include <utility>

namespace troupe::runtime {
namespace {

/// How long a program has to end by itself when its standard input is closed.
constexpr milliseconds farewell{2000};
/// How long one that has closed its standard output has to end, so that its exit status can be told.
constexpr milliseconds last_steps{500};
/// Where no timeout ends the wait, nothing else would say what is likely to be wrong.
constexpr milliseconds long_silence{10'000};

/// A program that stays up and gives one answer per item.
class persistent_body final : public stage_body {
 public:
  persistent_body(program_setting setting, error_stream errors)
      : setting_(std::move(setting)),
        errors_(std::move(errors)),
        argv_(argv_template(what().command).expand({})) {}
  ~persistent_body() override {
    if (!program_) return;
    program_->in.reset();
    static_cast<void>(program_->child.wait_until(deadline::after(farewell)));  // then it is killed
  }
  persistent_body(const persistent_body&) = delete;
  persistent_body& operator=(const persistent_body&) = delete;

  void show_waiting(std::atomic<std::uint32_t>& where) override { waiting_ = &where; }

  result<void> call(const bytes& input, const job& /*about*/, std::vector<bytes>& outputs) override {
    const auto items = setting_.texts.write(input, *what().in);
    if (!items) return tl::unexpected(items.error());
    if (items->count == 0) return {};
    if (auto ready = be_ready(); !ready) return ready;
    errors_.forget();
    gathered_answers come(*what().out, items->count, setting_.plan.gives_blocks);
    conversation question(*program_, errors_, waiting_);
    if (!has_warned_) question.on_silence(long_silence, [this] { warn_of_silence(); });
    auto held = question.hold(items->text.view(), false, [&](byte_view more) { return come.take(more); });
    if (!held) return tl::unexpected(stop_for(held.error()));
    if (*held == talk::ended) return tl::unexpected(bury());
    return come.give(input, setting_.texts.form(), outputs).map_error([&](error why) {
      return within(quoted(argv_), std::move(why));
    });
  }
  result<void> finish(std::vector<bytes>& /*keeps no state*/) override { return {}; }

  result<> start() {
    spawn::command made(argv_.front());
    made.args({argv_.begin() + 1, argv_.end()});
    made.stdin_from(spawn::stdio::piped()).stdout_to(spawn::stdio::piped());
    made.stderr_to(spawn::stdio::borrowed(errors_.write_end()));
    auto child = start_program(made);
    if (!child) return tl::unexpected(child.error());
    program_.emplace(running_program::of(std::move(*child)));
    return {};
  }

 private:
  [[nodiscard]] const config::program& what() const noexcept { return setting_.plan.what; }

  void warn_of_silence() {
    has_warned_ = true;
    std::cerr << quoted(argv_) << ": has read the item and answered nothing for "
              << format_duration(long_silence)
              << "; does it flush its output? (python3 -u, stdbuf -oL, fflush)" << std::endl;
  }

  /// A program that has ended since the last item is started again: no item was lost.
  result<> be_ready() {
    if (program_) {
      std::byte unasked[64];
      const auto got = spawn::read_some(program_->out.get(), unasked);
      if (got && !*got) return {};
      if (got && **got > 0) {
        const std::string_view text(reinterpret_cast<const char*>(unasked), **got);
        return tl::unexpected(
            stop_for({errc::peer_lost, "printed " + excerpt(text) + " before it was asked"}));
      }
      errors_.drain();
      const auto how = end();
      std::cerr << quoted(argv_) << ": " << (how ? how->status.describe() : "closed its standard output")
                << " without having been asked; it is started again" << std::endl;
    }
    return start();
  }

  /// It is not as it must be, so that nothing it says later can be trusted.
  error stop_for(error why) {
    program_->child.kill();
    errors_.drain();
    end();
    return {why.code, quoted(argv_) + ": " + why.context + "; it was stopped" + errors_.last_lines()};
  }
  /// It has ended with an item in its hands, or closed its standard output.
  error bury() {
    const auto how = end();
    errors_.drain();
    if (!how)
      return {errc::peer_lost, quoted(argv_) +
                                   ": closed its standard output before it had answered; it was stopped" +
                                   errors_.last_lines()};
    auto why = end_of(argv_, *how, errors_);
    // Any end is its own, also with an exit code: the next attempt finds a new one.
    if (why.code == errc::handler_failed) why.code = errc::peer_lost;
    const auto first_line_end = std::min(why.context.find('\n'), why.context.size());
    why.context.insert(first_line_end, " before it had answered");
    return why;
  }
  /// How it has ended by itself; nullopt: it had to be killed.
  std::optional<spawn::exit_report> end() {
    program_->in.reset();
    auto how = program_->child.wait_until(deadline::after(last_steps));
    if (!how) {
      program_->child.kill();
      program_->child.wait();
    }
    program_.reset();
    return how;
  }

  program_setting setting_;
  error_stream errors_;
  std::vector<std::string> argv_;
  std::optional<running_program> program_;
  std::atomic<std::uint32_t>* waiting_ = nullptr;
  bool has_warned_ = false;
};

}  // namespace

result<std::unique_ptr<stage_body>> make_persistent(program_setting setting) {
  auto errors = error_stream::open();
  if (!errors) return tl::unexpected(errors.error());
  auto body = std::make_unique<persistent_body>(std::move(setting), std::move(*errors));
  if (auto started = body->start(); !started) return tl::unexpected(started.error());
  return std::unique_ptr<stage_body>(std::move(body));
}

}  // namespace troupe::runtime
