#include <troupe/base/text.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/each_verb.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/init_verb.hpp>
#include <troupe/cli/replay_verb.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>

namespace troupe::cli {
namespace {

constexpr const char* version = "0.1.0";
const std::vector<std::string> verbs{"run", "check", "graph", "each", "replay", "init"};

constexpr const char* footer = R"(
Examples:
  {} init pipeline.toml
  {} check pipeline.toml
  {} run pipeline.toml
  {} run pipeline.toml --set stage.count.workers=8 --set 'stage.count.from.files="logs/*.log"'
  {} graph pipeline.toml --svg > pipeline.svg
  {} each 'logs/*.log' -j8 -- gzip -9 {input}
  {} replay quarantine/parse-1_42_1.0.item

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

/// The last line of a verb's help.
void add_example(CLI::App& verb, const std::string& words, const std::string& name) {
  verb.footer("Example:\n  " + with_name(words, name));
}

constexpr const char* each_footer = R"(Example:
  {} each 'logs/*.log' -j8 --timeout 20s -- gzip -9 {input}

The command is no shell's: each word is one argument. In it {input} is the file or line, {name} a path's last part, {stem} that
without its extension; where none of them stands the input comes last. What a job prints is shown when it has ended, never mixed
with another's.

Exit status: 0 all jobs have succeeded · 1 to 100 so many have not · 101 more have not · 255 nothing was run)";

void add_each(CLI::App& verb, each_request& what, const std::string& name) {
  verb.footer(with_name(each_footer, name));
  verb.add_option("INPUT", what.inputs,
                  "Files, patterns such as 'logs/*.log', or - for the lines of standard input");
  verb.add_option("-j,--jobs", what.jobs, "So many at once; one per processor unless said")->type_name("N");
  verb.add_option("--timeout", what.timeout,
                  "Of one job, as in 20s; then it is killed, with what it has started");
  verb.add_option("--attempts", what.attempts, "How often a job is run until it succeeds")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  verb.add_option("--joblog", what.joblog, "Write a line per job into FILE")->type_name("FILE");
  verb.add_flag("--ordered", what.ordered, "Show outputs in the order of the inputs");
  verb.add_flag("--dry-run", what.dry_run, "Show the commands, run nothing");
  verb.add_flag("-q,--quiet", what.quiet, "No progress, no word about jobs that fail");
}

/// The words of a command belong to nobody but itself, so they are taken off before anything is read.
std::vector<std::string> take_command(std::vector<std::string>& words) {
  const auto at = std::find(words.begin(), words.end(), "--");
  if (at == words.end()) return {};
  std::vector<std::string> command(at + 1, words.end());
  words.erase(at, words.end());
  return command;
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
  run->add_option(
         "--stop-timeout", what.stop_timeout,
         "How long the first Ctrl-C or SIGTERM may take, as in 30s; then what is under way is dropped")
      ->check([](const std::string& text) {
        const auto given = parse_duration(text);
        return given && *given >= milliseconds(0) ? std::string()
                                                  : "write a number with its unit: 500ms, 30s, 5m";
      });
  run->add_option("--json", what.json,
                  "Write the summary as one JSON object into FILE at the end; - is standard output, unless a "
                  "sink writes there")
      ->type_name("FILE");
  run->add_flag("--in-process", what.in_process,
                "All stages and actors of this program in this process, for a debugger");
  auto* check = app.add_subcommand("check", "Say what is wrong with FILE, or what it would start");
  add_file(*check, what);

  check->add_flag("--plan", what.plan,
                  "All that is known: processes, slots, edges, limits, and what is promised where");
  auto* graph = app.add_subcommand("graph", "Print who gives what to whom in FILE, as DOT (graphviz)");
  add_file(*graph, what);
  graph->add_flag("--svg", what.svg, "As a picture; needs graphviz");

  each_request each;
  auto* each_app = app.add_subcommand(
      each_word,
      "Run a command for each file or line, several at once: each [OPTIONS] INPUT... -- COMMAND...");
  add_each(*each_app, each, name);
  replay_request again{.argv0 = what.argv0};
  auto* replay = app.add_subcommand("replay", "Run one quarantined item again, alone, and show what happens");
  replay->add_option("FILE", again.file, "The item in its quarantine folder, or its evidence")->required();
  replay->add_flag("--gdb", again.gdb, "In the debugger");

  init_request start{.argv0 = what.argv0};
  auto* init = app.add_subcommand("init", "Write an example that runs, to begin with");
  init->add_option("FILE", start.file, "Where to; a file that is there already is left as it is")
      ->capture_default_str();

  add_example(*run, "{} run pipeline.toml --set stage.count.workers=8 --json summary.json", name);
  add_example(*check, "{} check pipeline.toml --plan", name);
  add_example(*graph, "{} graph pipeline.toml --svg > pipeline.svg", name);
  add_example(*replay, "{} replay quarantine/parse-1_42_1.0.item --gdb", name);
  add_example(*init, "{} init first.toml && {} run first.toml", name);

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
    std::vector<std::string> words(arguments.begin() + 1, arguments.end());
    if (words.front() == each_word) each.command = take_command(words);
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp& e) {
    return finish_stdout(app.exit(e));
  } catch (const CLI::CallForVersion& e) {
    return finish_stdout(app.exit(e));
  } catch (const CLI::ParseError& e) {
    std::cerr << name << ": " << e.what() << "\nTry '" << name << " --help'.\n";
    return each_app->parsed() ? each_refused : exit_usage;
  }
  if (each_app->parsed()) return each_verb(each);
  if (init->parsed()) return finish_stdout(init_verb(start, program));
  if (replay->parsed()) return replay_verb(again, program);
  if (graph->parsed()) return finish_stdout(graph_verb(what, program));
  return run->parsed() ? run_verb(what, program) : finish_stdout(check_verb(what, program));
}

}  // namespace troupe::cli
