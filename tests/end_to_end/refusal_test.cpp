// What is wrong is said once, with its place, and the exit status is that of the README's table.
#include "program.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

namespace troupe::end_to_end::refusal_test {
namespace {

constexpr auto fine = R"([stage.upper]
from = { files = "in.txt" }
to   = { file = "out.txt", format = "lines" }
)";

struct refusal {
  const char* name;
  std::vector<std::string> arguments;
  const char* file;  // the text of play.toml
  int status;
  std::string says;  // on stderr, and only once
};

/// How a failure names it.
void PrintTo(const refusal& what, std::ostream* out) {
  *out << what.name;
}

const std::vector<std::string> run_play{"run", "play.toml"};

std::vector<std::string> run_with(const std::string& setting) {
  return {"run", "play.toml", "--set", setting};
}

const refusal refusals[] = {
    {"no_arguments", {}, fine, 2, "Usage: play_app [OPTIONS] SUBCOMMAND"},
    {"unknown_verb", {"rnu", "play.toml"}, fine, 2, "play_app: there is no verb 'rnu'; did you mean 'run'?"},
    {"unknown_option", {"run", "play.toml", "--fast"}, fine, 2, "--fast"},
    {"no_file", {"run"}, fine, 2, "FILE is required"},
    {"set_without_value", {"run", "play.toml", "--set"}, fine, 2, "--set"},
    {"missing_config", {"run", "gone.toml"}, fine, 3, "gone.toml: error: cannot be read: No such file"},
    {"folder_as_config", {"run", "folder"}, fine, 3, "folder: error: is a directory"},
    {"empty_config", run_play, "", 3, "play.toml:1:1: error: there is no stage"},
    {"syntax_error", run_play, "[stage.upper]\nfrom = = 1\n", 3, "play.toml:2:"},
    {"unknown_key", run_play, "[stage.upper]\nform = 'x'\nfrom = {files='in.txt'}\nto = {file='-'}\n", 3,
     "play.toml:2:1: error: unknown key 'form' in [stage.upper]; did you mean 'from'?"},
    {"unknown_key_in_set", run_with("stage.upper.wrokers=2"), fine, 3,
     "--set stage.upper.wrokers=2: error: unknown key 'wrokers' in [stage.upper]; did you mean 'workers'?"},
    {"set_that_is_no_setting", run_with("workers"), fine, 3, "--set workers"},
    {"unknown_stage", run_play, "[stage.uper]\nfrom = {files='in.txt'}\nto = {file='-'}\n", 3,
     "play.toml:1:1: error: stage 'uper': this program has registered nothing under 'uper'; did you mean "
     "'upper'?"},
    {"from_nobody", run_play, "[stage.exclaim]\nfrom = 'uper'\nto = {file='-'}\n", 3,
     "play.toml:2:8: error: stage 'uper' does not exist"},
    {"cycle", run_play, "[stage.a]\ncall='exclaim'\nfrom='b'\n[stage.b]\ncall='exclaim'\nfrom='a'\n", 3,
     "cycle: a -> b -> a"},
    {"wrong_type_of_source", run_with("stage.upper.from={range=[0,4]}"), fine, 3,
     "stage 'upper' takes line, but this source gives std::int64_t"},
    {"wrong_type_of_predecessor", run_play,
     "[stage.number]\nfrom={range=[0,3]}\n[stage.exclaim]\nfrom='number'\nto={file='-'}\n", 3,
     "play.toml:4:6: error: stage 'exclaim' takes said, but 'number' gives numbered"},
    {"output_nobody_takes", run_play, "[stage.upper]\nfrom = {files='in.txt'}\n", 3,
     "play.toml:1:1: error: stage 'upper' gives said, which nobody takes"},
    {"sink_of_a_leaf", run_play, "[stage.enter]\nfrom = {files='in.txt'}\nto = {file='-'}\n", 3,
     "stage 'enter' has a sink but gives nothing"},
    {"state_in_a_process", run_play,
     "[stage.number]\nfrom={range=[0,3]}\n[stage.sum]\nfrom='number'\nto={file='-'}\n", 3,
     "write place = \"thread\""},
    {"timeout_in_a_thread", run_play,
     "[stage.upper]\nplace='thread'\ntimeout='1s'\nfrom={files='in.txt'}\nto={file='-'}\n", 3,
     "play.toml:3:9: error: timeout"},
    {"glob_without_match", run_with("stage.upper.from.files=*.log"), fine, 5, "no file matches '*.log'"},
    {"missing_input", run_with("stage.upper.from.files=gone.txt"), fine, 5,
     "cannot read 'gone.txt': No such file"},
    {"dangling_link_as_input", run_with("stage.upper.from.files=dangling"), fine, 5,
     "cannot read 'dangling'"},
    {"folder_as_input", run_with("stage.upper.from.files=folder"), fine, 5,
     "cannot read 'folder': it is a folder"},
    {"input_that_fails_when_read", run_with("stage.upper.from.files=/proc/self/mem"), fine, 5,
     "error: read '/proc/self/mem': Input/output error"},
    {"sink_in_a_missing_folder", run_with("stage.upper.to.file=gone/out.txt"), fine, 6,
     "error: create the output 'gone/out.txt' (its folder must be there, and may be written): No such file"},
    {"sink_that_is_a_folder", run_with("stage.upper.to.file=folder"), fine, 6,
     "error: create the output 'folder' (its folder must be there, and may be written): Is a directory"},
    {"sink_that_is_full", run_with("stage.upper.to.file=/dev/full"), fine, 6,
     "error: write to '/dev/full': No space left on device"},
    {"sink_that_nobody_reads", run_with("stage.upper.to.file=fifo"), fine, 6,
     "error: write to FIFO 'fifo', which nobody reads (start its reader first)"},
    {"sink_that_is_the_input_by_a_link", run_with("stage.upper.to.file=link"), fine, 5,
     "cannot write 'link': it is the same file as the input 'in.txt', which would be overwritten"},
    {"sink_that_is_the_configuration", run_with("stage.upper.to.file=./play.toml"), fine, 5,
     "it is the same file as this configuration file"},
    {"quarantine_that_is_a_file", run_with("stage.upper.quarantine=in.txt"), fine, 6,
     "--set stage.upper.quarantine=in.txt: error: stage 'upper': use the quarantine folder 'in.txt': Not a "
     "directory"},
    {"quarantine_that_is_no_folder", run_play,
     "[stage.fragile]\nfrom={files='throw.txt'}\nquarantine='in.txt/q'\nto={file='-'}\n", 6,
     "play.toml:3:12: error: stage 'fragile': use the quarantine folder 'in.txt/q': Not a directory"},
    {"constructor_that_throws_in_a_worker", run_with("stage.upper.call=unmade"), fine, 1,
     "error: stage 'upper': worker upper.0"},
    {"worker_that_must_not_be_restarted", run_play,
     "[stage.unmade]\nrestart={policy='never'}\nfrom={files='in.txt'}\nto={file='-'}\n", 1,
     ", and restart.policy is \"never\""},
    {"constructor_that_throws_in_a_thread", run_play,
     "[stage.unmade]\nplace='thread'\nfrom={files='in.txt'}\nto={file='-'}\n", 1,
     "error: construct stage 'unmade': threw std::runtime_error: no licence for this machine"},
    {"stage_with_state_that_throws", run_play,
     "[stage.echo_block]\nfrom={files='throw.txt'}\n[stage.fragile_keeper]\nplace='thread'\nfrom='echo_block'"
     "\n"
     "to={file='-'}\n",
     1, "error: stage 'fragile_keeper' threw std::runtime_error: the line says throw"},
};

class refusing : public testing::TestWithParam<refusal> {};

TEST_P(refusing, says_what_is_wrong_once_and_ends) {
  const auto& given = GetParam();
  const folder home;
  home.write("in.txt", "one\ntwo\n");
  home.write("throw.txt", "throw\n");
  ASSERT_EQ(::mkdir(home.path("folder").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("nowhere", home.path("dangling").c_str()), 0);
  ASSERT_EQ(::symlink("in.txt", home.path("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0);
  home.write("play.toml", given.file);
  const auto done = run(home, given.arguments);
  EXPECT_EQ(done.status.code(), given.status) << done.status.describe() << '\n' << done.err;
  const auto at = done.err.find(given.says);
  ASSERT_NE(at, std::string::npos) << done.err;
  EXPECT_EQ(done.err.find(given.says, at + 1), std::string::npos) << done.err;
  EXPECT_EQ(done.out, "");
  const auto errors = std::ranges::count_if(lines_of(done.err), [](const std::string& line) {
    return line.starts_with("error: ") || line.find(": error: ") != std::string::npos;
  });
  EXPECT_EQ(errors, given.status == 2 ? 0 : 1) << done.err;
}
INSTANTIATE_TEST_SUITE_P(a, refusing, testing::ValuesIn(refusals),
                         [](const auto& made) { return made.param.name; });

TEST(refusing, check_says_the_same_as_run) {
  const folder home;
  home.write("in.txt", "one\n");
  for (const auto& given : refusals) {
    if (given.status != 3 || given.arguments.empty() || given.arguments[0] != "run") continue;
    home.write("play.toml", given.file);
    auto arguments = given.arguments;
    arguments[0] = "check";
    const auto done = run(home, arguments);
    EXPECT_EQ(done.status.code(), given.arguments[1] == "folder" ? 3 : given.status) << given.name;
    EXPECT_EQ(done.out, "") << given.name;
  }
}

TEST(refusing, all_errors_of_a_file_are_listed_together) {
  const folder home;
  home.write("play.toml", R"([stage.upper]
from    = { files = "in.txt", splitt = "lines" }
workers = "four"
to      = { file = "-" }
[stage.exclaim]
from    = "uper"
to      = { file = "-" }
)");
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 3);
  for (const auto* place : {"play.toml:2:31: error: ", "play.toml:3:11: error: ", "play.toml:6:11: error: "})
    EXPECT_NE(done.err.find(place), std::string::npos) << place << " in\n" << done.err;
}

TEST(refusing, a_worker_that_returns_before_run_gives_a_hint) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", fine);
  const auto done = run(home, run_play, {.env = {{"PLAY_SKIP_RUN", "1"}}});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_NE(done.err.find("exited with code 0"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("does main() call app.run()?"), std::string::npos) << done.err;
}

TEST(refusing, files_without_permission_are_named) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", fine);
  ASSERT_EQ(::chmod(home.path("in.txt").c_str(), 0), 0);
  program_options options;
  if (::geteuid() == 0) {  // root may read everything
    ASSERT_EQ(::chmod(home.path().c_str(), 0755), 0);
    options.prefix = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    const auto starts = run(home, {"--version"}, options);
    if (starts.status.code() != 0) GTEST_SKIP() << "somebody else cannot start play_app: " << starts.err;
  }
  auto done = run(home, run_play, options);
  EXPECT_EQ(done.status.code(), 5) << done.err;
  EXPECT_NE(done.err.find("cannot read 'in.txt': Permission denied"), std::string::npos) << done.err;
  ASSERT_EQ(::mkdir(home.path("closed").c_str(), 0), 0);
  done = run(home, run_with("stage.upper.from.files=closed/*.txt"), options);
  EXPECT_EQ(done.status.code(), 5) << done.err;
  EXPECT_NE(done.err.find("cannot list the folder of 'closed/*.txt': Permission denied"), std::string::npos)
      << done.err;
  ASSERT_EQ(::chmod(home.path("play.toml").c_str(), 0), 0);
  done = run(home, run_play, options);
  EXPECT_EQ(done.status.code(), 3) << done.err;
  EXPECT_NE(done.err.find("play.toml: error: cannot be read: Permission denied"), std::string::npos)
      << done.err;
}

TEST(refusing, sockets_of_too_long_a_path_is_said_before_any_worker_starts) {
  const folder home;
  home.write("in.txt", "line\n");
  const std::string name(64, 'x');
  home.write("play.toml", "[stage." + name +
                              "]\ncall = 'upper'\nfrom = { files = 'in.txt' }\nto = { file = 'out.txt' }\n");
  const auto sockets = home.path(std::string(30, 'r'));
  std::filesystem::create_directory(sockets);
  std::filesystem::permissions(sockets, std::filesystem::perms::owner_all);
  const auto done = run(home, run_play, {.env = {{"XDG_RUNTIME_DIR", sockets}}});
  EXPECT_EQ(done.status.code(), 1) << done.err;
  EXPECT_TRUE(done.err.starts_with("error: the socket of node '" + name + ".1.4294967295' would be "))
      << done.err;
}

TEST(refusing, a_closed_standard_input_is_not_an_empty_one) {
  const folder home;
  home.write("play.toml", "[stage.upper]\nfrom = { stdin = true }\nto = { file = 'out.txt' }\n");
  const auto done = run(home, run_play, {.prefix = {"sh", "-c", "exec \"$0\" \"$@\" <&-"}});
  EXPECT_EQ(done.status.code(), 5) << done.err;
  EXPECT_NE(done.err.find("error: read standard input: Bad file descriptor"), std::string::npos) << done.err;
}

TEST(refusing, a_sink_that_another_run_writes_leaves_it_as_it_is) {
  const folder home;
  home.write("in.txt", "new\n");
  home.write("out.txt", "old\n");
  home.write("play.toml", "[stage.upper]\nfrom = { files = 'in.txt' }\nto = { file = 'out.txt' }\n");
  const unique_fd other(::open(home.path("out.txt").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  const auto done = run(home, run_play);
  EXPECT_EQ(done.status.code(), 6) << done.err;
  EXPECT_EQ(done.err, "error: lock 'out.txt', so that no other run writes it too: somebody else holds it\n");
  EXPECT_EQ(home.read("out.txt"), "old\n");
}

TEST(refusing, nothing_where_help_is_asked_for) {
  const folder home;
  auto done = run(home, {"--help"});
  EXPECT_EQ(done.status.code(), 0);
  EXPECT_NE(done.out.find("Usage: play_app"), std::string::npos) << done.out;
  EXPECT_EQ(done.err, "");
  done = run(home, {"--version"});
  EXPECT_EQ(done.status.code(), 0);
  EXPECT_TRUE(done.out.starts_with("troupe ")) << done.out;
  EXPECT_EQ(done.err, "");
}

TEST(refusing, nothing_where_all_is_well) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", fine);
  const auto done = run(home, {"check", "play.toml"});
  EXPECT_EQ(done.status.code(), 0);
  EXPECT_TRUE(done.out.starts_with("play.toml is fine:\n  upper: 1 worker process\n")) << done.out;
  EXPECT_EQ(done.err, "");
  EXPECT_FALSE(home.holds("out.txt"));
  const auto quiet = run(home, {"run", "--quiet", "play.toml"});
  EXPECT_EQ(quiet.status.code(), 0);
  EXPECT_EQ(quiet.err, "");
}

TEST(refusing, a_full_stdout_is_an_error_of_check_too) {
  const folder home;
  home.write("in.txt", "one\n");
  home.write("play.toml", fine);
  const auto done =
      run(home, {"check", "play.toml"}, {.prefix = {"/bin/sh", "-c", "exec \"$0\" \"$@\" >/dev/full"}});
  EXPECT_EQ(done.status.code(), 6) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::refusal_test
