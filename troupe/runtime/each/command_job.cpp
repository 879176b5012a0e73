#include <troupe/config/placeholders.hpp>
#include <troupe/runtime/each/command_job.hpp>
#include <troupe/runtime/programs/argv_template.hpp>
#include <troupe/runtime/programs/find_program.hpp>

#include <utility>

namespace troupe::runtime {

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
  if (appends_)
    argv.push_back(argv_template({"{input}"}).expand({input, {}, what == input_kind::path}).front());
  return argv;
}

}  // namespace troupe::runtime
