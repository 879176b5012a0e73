#include <troupe/runtime/programs/bodies.hpp>
#include <troupe/runtime/programs/conversation.hpp>
#include <troupe/runtime/programs/output_file.hpp>
#include <troupe/runtime/programs/printed_items.hpp>
#include <troupe/runtime/programs/program_end.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

namespace troupe::runtime {
namespace {

/// A process for each item.
class per_item_body final : public stage_body {
 public:
  per_item_body(program_setting setting, error_stream errors)
      : setting_(std::move(setting)), errors_(std::move(errors)), command_(what().command) {
    const char* const worker = std::getenv(worker_variable);
    if (!what().output.empty()) files_.emplace(what().output, worker != nullptr ? worker : "worker");
  }

  result<void> call(const bytes& input, const job& about, std::vector<bytes>& outputs) override {
    attempt_ = about.attempt();
    const auto text = setting_.texts.text(input);
    if (!text) return tl::unexpected(text.error());
    errors_.forget();
    item_words words{*text, {}, is_path_};
    if (!files_) return run(input, words, outputs);

    const auto path = files_->path_for(words);
    if (!path) return tl::unexpected(path.error());
    const auto aside = files_->aside(*path);
    if (!aside) return tl::unexpected(aside.error());
    words.output = *aside;
    if (auto done = run(input, words, outputs); !done) {
      remove_aside(*aside);
      return done;
    }
    if (auto placed = put_in_place(*aside, *path); !placed)
      return tl::unexpected(within(quoted(command_.expand(words)), placed.error()));
    byte_buffer encoded;
    encode(encoded, file{*path});
    outputs.push_back(encoded.take());
    return {};
  }
  result<void> finish(std::vector<bytes>& /*keeps no state*/) override { return {}; }

 private:
  [[nodiscard]] const config::program& what() const noexcept { return setting_.plan.what; }

  [[nodiscard]] spawn::command command_for(const std::vector<std::string>& argv) const {
    spawn::command command(argv.front());
    command.args({argv.begin() + 1, argv.end()}).env(attempt_variable, std::to_string(attempt_));
    if (what().in) command.stdin_from(spawn::stdio::piped());  // else it has ours, which is /dev/null
    if (what().out) command.stdout_to(spawn::stdio::piped());  // else where ours goes: into the log
    command.stderr_to(spawn::stdio::borrowed(errors_.write_end()));
    return command;
  }

  result<> run(const bytes& input, const item_words& words, std::vector<bytes>& outputs) {
    written_items items;
    if (what().in) {
      auto written = setting_.texts.write(input, *what().in);
      if (!written) return tl::unexpected(written.error());
      items = std::move(*written);
    }
    const auto argv = command_.expand(words);
    auto child = start_program(command_for(argv));
    if (!child) return tl::unexpected(child.error());
    auto program = running_program::of(std::move(*child));
    printed_items printed(what().out, setting_.plan.gives_blocks);
    auto held = conversation(program, errors_, nullptr).hold(items.text.view(), true, [&](byte_view come) {
      return printed.take(come);
    });
    if (!held) return tl::unexpected(within(quoted(argv), held.error()));
    const auto how = program.child.wait();
    const auto code = how.status.code();
    if (!code || std::ranges::find(what().success, *code) == what().success.end())
      return tl::unexpected(end_of(argv, how, errors_));
    if (auto given = printed.give(outputs); !given)
      return tl::unexpected(within(quoted(argv), given.error()));
    return {};
  }

  program_setting setting_;
  error_stream errors_;
  argv_template command_;
  std::optional<output_files> files_;
  const bool is_path_ = setting_.texts.gives_paths();
  std::uint32_t attempt_ = 1;
};

}  // namespace

result<std::unique_ptr<stage_body>> make_per_item(program_setting setting) {
  auto errors = error_stream::open();
  if (!errors) return tl::unexpected(errors.error());
  return std::unique_ptr<stage_body>(std::make_unique<per_item_body>(std::move(setting), std::move(*errors)));
}

}  // namespace troupe::runtime
