#include "captured.hpp"

#include <troupe/cli/command_line.hpp>

#include <csignal>
#include <ostream>
#include <vector>

namespace troupe::cli::command_line_test {
namespace {

class command_line_test : public speaking {
 protected:
  command_line_test() : sigpipe_before_(std::signal(SIGPIPE, SIG_DFL)) {}
  ~command_line_test() override { std::signal(SIGPIPE, sigpipe_before_); }

  struct reply {
    int status = 0;
    std::string out, err;
  };
  reply say(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "/opt/bin/play");
    const captured out(std::cout), err(std::cerr);
    const int status = command_line(arguments, stages);
    return {status, out.text(), err.text()};
  }

 private:
  void (*sigpipe_before_)(int);
};

TEST_F(command_line_test, without_a_word_it_explains_itself_and_fails) {
  const auto got = say({});
  EXPECT_EQ(got.status, 2);
  EXPECT_EQ(got.out, "");
  EXPECT_NE(got.err.find("Usage: play [OPTIONS] SUBCOMMAND"), std::string::npos) << got.err;
}

TEST_F(command_line_test, without_even_a_name_it_calls_itself_troupe) {
  const captured err(std::cerr);
  EXPECT_EQ(command_line({}, stages), 2);
  EXPECT_NE(err.text().find("Usage: troupe "), std::string::npos) << err.text();
}

TEST_F(command_line_test, help_names_every_verb_every_status_and_the_program) {
  const auto got = say({"--help"});
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.err, "");
  for (const auto* part :
       {"run ", "check ", "graph ", "init ", "play check pipeline.toml", "play run pipeline.toml --set",
        "Exit status: 0 done", "141 reader of the output gone", "--version"})
    EXPECT_NE(got.out.find(part), std::string::npos) << part;
  EXPECT_EQ(got.out.find("{}"), std::string::npos) << "a place for the name is left";
}

TEST_F(command_line_test, each_verb_has_help) {
  for (const auto* verb : {"run", "check", "graph"}) {
    const auto got = say({verb, "--help"});
    EXPECT_EQ(got.status, 0);
    EXPECT_NE(got.out.find("--set KEY=VALUE"), std::string::npos) << got.out;
  }
}

TEST_F(command_line_test, help_of_each_verb_shows_an_example_under_the_name_of_the_program) {
  for (const std::string verb : {"run", "check", "graph", "each", "replay", "init"}) {
    const auto got = say({verb, "--help"});
    EXPECT_EQ(got.status, 0);
    EXPECT_NE(got.out.find("Example:\n  play " + verb + " "), std::string::npos) << got.out;
    EXPECT_EQ(got.out.find("{}"), std::string::npos) << "a place for the name is left: " << got.out;
  }
}

TEST_F(command_line_test, version_says_the_version_and_nothing_else) {
  const auto got = say({"--version"});
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.out.rfind("troupe ", 0), 0U);
  EXPECT_EQ(end_to_end::lines_of(got.out).size(), 1U);
  EXPECT_EQ(got.err, "");
}

struct misuse {
  const char* name;
  std::vector<std::string> arguments;
  std::string says;
};
void PrintTo(const misuse& what, std::ostream* out) {
  *out << what.name;
}
class misusing : public command_line_test, public ::testing::WithParamInterface<misuse> {};

TEST_P(misusing, is_status_2_with_a_sentence_on_stderr_alone) {
  const auto got = say(GetParam().arguments);
  EXPECT_EQ(got.status, 2);
  EXPECT_EQ(got.out, "");
  EXPECT_EQ(got.err.rfind("play: ", 0), 0U) << got.err;
  EXPECT_NE(got.err.find(GetParam().says), std::string::npos) << got.err;
  EXPECT_NE(got.err.find("Try 'play --help'."), std::string::npos) << got.err;
}

INSTANTIATE_TEST_SUITE_P(
    a, misusing,
    ::testing::Values(
        misuse{"near_miss", {"chekc", "p.toml"}, "there is no verb 'chekc'; did you mean 'check'?\n"},
        misuse{"far_miss", {"perform", "p.toml"}, "there is no verb 'perform'\n"},
        misuse{"empty_verb", {""}, ""}, misuse{"option_without_verb", {"--quiet"}, "subcommand"},
        misuse{"two_verbs", {"check", "p.toml", "run", "p.toml"}, ""},
        misuse{"no_file", {"run"}, "FILE is required"},
        misuse{"no_file_to_check", {"check"}, "FILE is required"},
        misuse{"two_files", {"run", "a.toml", "b.toml"}, "b.toml"},
        misuse{"unknown_option", {"run", "p.toml", "--fast"}, "--fast"},
        misuse{"option_of_another_verb", {"check", "p.toml", "--quiet"}, "--quiet"},
        misuse{"set_without_value", {"run", "p.toml", "--set"}, "--set"},
        misuse{"two_values_for_set", {"check", "p.toml", "--set", "a.b=1", "c.d=2"}, "c.d=2"},
        misuse{"json_without_file", {"run", "p.toml", "--json"}, "--json"},
        misuse{"plan_of_run", {"run", "p.toml", "--plan"}, "--plan"},
        misuse{"two_files_to_begin", {"init", "a.toml", "b.toml"}, "b.toml"},
        misuse{"value_for_a_flag", {"run", "p.toml", "--quiet=loud"}, "loud"}),
    [](const auto& made) { return std::string(made.param.name); });

TEST_F(command_line_test, check_describes_what_would_be_started) {
  const auto got = say({"check", fine()});
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.err, "");
  EXPECT_EQ(got.out.rfind(fine() + " is fine:\n", 0), 0U) << got.out;
  EXPECT_FALSE(home.holds("out.jsonl")) << "nothing is touched";
}

TEST_F(command_line_test, both_verbs_say_what_is_wrong_with_the_file) {
  for (const auto* verb : {"run", "check"}) {
    const auto missing = say({verb, home.path("gone.toml")});
    EXPECT_EQ(missing.status, 3);
    EXPECT_NE(missing.err.find("gone.toml: error: cannot be read"), std::string::npos) << missing.err;
    // Not by --set: were that ignored, run would start this program as its worker.
    const auto no_input =
        say({verb, file("[stage.measure]\nfrom = { files = \"gone.txt\" }\nto = { file = \"-\" }\n")});
    EXPECT_EQ(no_input.status, 5) << no_input.err;
    EXPECT_EQ(missing.out + no_input.out, "");
  }
}

TEST_F(command_line_test, set_is_taken_in_every_form_and_place) {
  const std::string four = "stage.measure.workers=4";
  const std::vector<std::vector<std::string>> forms{{"check", fine(), "--set", four},
                                                    {"check", fine(), "--set=" + four},
                                                    {"check", "--set", four, fine()},
                                                    {"check", "--set=" + four, fine()}};
  for (const auto& form : forms) {
    const auto got = say(form);
    EXPECT_EQ(got.status, 0) << got.err;
    EXPECT_NE(got.out.find("measure: 4 worker processes"), std::string::npos) << got.out;
  }
}

TEST_F(command_line_test, set_may_be_repeated) {
  const auto got =
      say({"check", fine(), "--set", "stage.measure.workers=2", "--set", "stage.measure.timeout=3s"});
  EXPECT_NE(got.out.find("2 worker processes, timeout 3s"), std::string::npos) << got.out << got.err;
}

TEST_F(command_line_test, set_takes_values_with_commas_and_quotes_whole) {
  home.write("b,c.txt", "two\n");
  const auto got = say({"check", fine(), "--set", "stage.measure.from.files=[\"in.txt\", \"b,c.txt\"]"});
  EXPECT_EQ(got.status, 0) << got.err;
  EXPECT_NE(got.out.find("source of 2 files, 8 B"), std::string::npos) << got.out;
}

TEST_F(command_line_test, a_wrong_set_is_quoted_as_given) {
  const auto got = say({"check", fine(), "--set", "stage.measure.workers=many"});
  EXPECT_EQ(got.status, 3);
  EXPECT_EQ(got.err.rfind("--set stage.measure.workers=many: error: ", 0), 0U) << got.err;
}

/// Takes nothing, as a full disk does.
class full_disk : public std::streambuf {
 protected:
  int_type overflow(int_type) override { return traits_type::eof(); }
};

TEST_F(command_line_test, a_stdout_that_takes_nothing_is_status_6) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"play", "--help"}, {"play", "--version"}, {"play", "check", fine()}}) {
    full_disk full;
    const captured err(std::cerr);
    auto* before = std::cout.rdbuf(&full);
    const int status = command_line(arguments, stages);
    std::cout.rdbuf(before);
    std::cout.clear();
    EXPECT_EQ(status, 6) << arguments[1];
    EXPECT_EQ(err.text(), "error: write to standard output: it took not all\n");
  }
}

}  // namespace
}  // namespace troupe::cli::command_line_test
