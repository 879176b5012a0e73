#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>

namespace troupe::cli {
namespace {

constexpr const char* version = "0.1.0";
const std::vector<std::string> verbs{"run", "check"};

constexpr const char* footer = R"(
Examples:
  {} check pipeline.toml
  {} run pipeline.toml
  {} run pipeline.toml --set stage.count.workers=8 --set 'stage.count.from.files="logs/*.log"'

Exit status: 0 done · 1 the run failed · 2 wrong command line · 3 wrong file · 4 items in quarantine ·
5 input not readable · 6 output not writable · 130, 143 ended by Ctrl-C, SIGTERM · 141 reader of the output gone)";

std::string with_name(std::string text, const std::string& name) {
  for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}", at + name.size()))
    text.replace(at, 2, name);
  return text;
}

/// What std::cout could not write is an error, too.
int finish_stdout(int status) {
  if (std::cout.flush()) return status;
  std::cerr << "error: write to standard output: it took not all\n";
  return exit_output;
}

void add_file(CLI::App& verb, request& what) {
  verb.add_option("FILE", what.file, "The TOML file that says who plays")->required();
  verb.add_option("--set", what.set, "Replace a value of the file: stage.NAME.KEY=VALUE (may be repeated)")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
}

}  // namespace

int command_line(const std::vector<std::string>& arguments, const runtime::registry& program) {
  // Progress must not end a run because nobody reads it; a sink hears of a closed pipe, and of a file over
  // its limit, as an error value. Workers get the default back.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  request what;
  what.argv0 = arguments.empty() ? "troupe" : arguments.front();
  const auto name = std::filesystem::path(what.argv0).filename().string();

  CLI::App app("Runs a pipeline of stages in worker processes that may crash, leak or hang.", name);
  app.footer(with_name(footer, name));
  app.set_version_flag("--version", std::string("troupe ") + version);
  app.require_subcommand(1);
  auto* run = app.add_subcommand("run", "Run the pipeline of FILE");
  add_file(*run, what);
  run->add_flag("-q,--quiet", what.quiet, "No progress and no summary; warnings and errors only");
  run->add_flag("-v,--verbose", what.verbose, "More of what happens inside");
  auto* check = app.add_subcommand("check", "Say what is wrong with FILE, or what it would start");
  add_file(*check, what);

  if (arguments.size() < 2) {
    std::cerr << app.help();
    return exit_usage;
  }
  if (const auto& verb = arguments[1];
      !verb.empty() && verb.front() != '-' && std::find(verbs.begin(), verbs.end(), verb) == verbs.end()) {
    const auto close = nearest(verb, verbs);
    std::cerr << name << ": there is no verb '" << verb << "'"
              << (close ? "; did you mean '" + *close + "'?" : "") << "\nTry '" << name << " --help'.\n";
    return exit_usage;
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend() - (arguments.empty() ? 0 : 1));
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp& e) {
    return finish_stdout(app.exit(e));
  } catch (const CLI::CallForVersion& e) {
    return finish_stdout(app.exit(e));
  } catch (const CLI::ParseError& e) {
    std::cerr << name << ": " << e.what() << "\nTry '" << name << " --help'.\n";
    return exit_usage;
  }
  return run->parsed() ? run_verb(what, program) : finish_stdout(check_verb(what, program));
}

}  // namespace troupe::cli
