#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/bodies.hpp>
#include <troupe/runtime/programs/conversation.hpp>
#include <troupe/runtime/programs/printed_items.hpp>
#include <troupe/runtime/programs/program_end.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace troupe::runtime {
namespace {

/// A process for each batch, whose items it gets on standard input; what it prints counts when it has succeeded.
class per_batch_body final : public stage_body {
 public:
  per_batch_body(program_setting setting, error_stream errors)
      : setting_(std::move(setting)),
        errors_(std::move(errors)),
        argv_(argv_template(what().command).expand({})) {}

  result<void> call(const bytes& input, const job& about, std::vector<bytes>& outputs) override {
    attempt_ = about.attempt();
    const auto items = setting_.texts.write(input, *what().in);
    if (!items) return tl::unexpected(items.error());
    errors_.forget();
    auto child = start_program(command());
    if (!child) return tl::unexpected(child.error());
    auto program = running_program::of(std::move(*child));
    printed_items printed(what().out, setting_.plan.gives_blocks);
    auto held = conversation(program, errors_, nullptr).hold(items->text.view(), true, [&](byte_view come) {
      return printed.take(come);
    });
    if (!held) return tl::unexpected(within(quoted(argv_), held.error()));
    const auto how = program.child.wait();
    const auto code = how.status.code();
    if (!code || std::ranges::find(what().success, *code) == what().success.end())
      return tl::unexpected(end_of(argv_, how, errors_));
    if (auto given = printed.give(outputs); !given)
      return tl::unexpected(within(quoted(argv_), given.error()));
    return {};
  }
  result<void> finish(std::vector<bytes>& /*keeps no state*/) override { return {}; }

 private:
  [[nodiscard]] const config::program& what() const noexcept { return setting_.plan.what; }
  [[nodiscard]] spawn::command command() const {
    spawn::command made(argv_.front());
    made.args({argv_.begin() + 1, argv_.end()}).env(attempt_variable, std::to_string(attempt_));
    made.stdin_from(spawn::stdio::piped()).stdout_to(spawn::stdio::piped());
    made.stderr_to(spawn::stdio::borrowed(errors_.write_end()));
    return made;
  }

  program_setting setting_;
  error_stream errors_;
  std::vector<std::string> argv_;
  std::uint32_t attempt_ = 1;
};

}  // namespace

result<std::unique_ptr<stage_body>> make_per_batch(program_setting setting) {
  auto errors = error_stream::open();
  if (!errors) return tl::unexpected(errors.error());
  return std::unique_ptr<stage_body>(
      std::make_unique<per_batch_body>(std::move(setting), std::move(*errors)));
}

}  // namespace troupe::runtime
