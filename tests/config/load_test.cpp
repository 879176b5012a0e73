#include "errors_of.hpp"

#include <troupe/config/load.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>

namespace troupe::config::load_test {
namespace {

using namespace std::chrono_literals;
using testing::errors_of;
using testing::folder;
using testing::lines;
using testing::shown;

constexpr const char* everything = R"(
[stage.parse]
from         = { files = ["logs/*.log", "/var/log/x"], split = "none" }
workers      = 4
timeout      = "2s"
max_attempts = 5
quarantine   = "bad"
call         = "parse_line"
batch        = { size = 1000, bytes = "64KiB", wait = "250ms" }
restart      = { policy = "always", burst = 2, window = "1m", delay = "0", max_delay = "1.5s" }

[stage.totals]
from  = ["parse", "numbers"]
place = "thread"
to    = { file = "-", format = "lines" }

[stage.numbers]
from = { range = [-5, 1000] }

[stage.typed]
from = { stdin = true, split = "lines" }
to.file = "typed.jsonl"
)";

TEST(load, every_key_arrives_in_its_field) {
  const auto loaded = parse(everything, "p.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  ASSERT_EQ(loaded->stages.size(), 4U);
  const stage& parse = loaded->stages[0];
  EXPECT_EQ(parse.name, "parse");
  EXPECT_EQ(parse.from_stages, lines{});
  EXPECT_EQ(parse.from_source,
            source(files_source{{"logs/*.log", "/var/log/x"}, files_source::split_by::none}));
  EXPECT_EQ(parse.workers, 4U);
  EXPECT_EQ(parse.place, stage::placement::process);
  EXPECT_EQ(parse.timeout, 2s);
  EXPECT_EQ(parse.max_attempts, 5U);
  EXPECT_EQ(parse.quarantine, "bad");
  EXPECT_EQ(parse.call, "parse_line");
  EXPECT_EQ(parse.batch, (batch{1000, 64 * 1024, 250ms}));
  EXPECT_EQ(parse.restart, (restart_options{restart_when::always, 2, 60s, 0ms, 1500ms}));
}

TEST(load, sources_sinks_and_references_arrive) {
  const auto loaded = parse(everything, "p.toml");
  ASSERT_TRUE(loaded);
  const stage& totals = loaded->stages[1];
  EXPECT_EQ(totals.from_stages, (lines{"parse", "numbers"}));
  EXPECT_EQ(totals.from_source, std::nullopt);
  EXPECT_EQ(totals.place, stage::placement::thread);
  EXPECT_EQ(totals.to, (std::vector{sink{"-", sink::format_of::lines}}));
  EXPECT_EQ(loaded->stages[2].from_source, source(range_source{-5, 1000}));
  EXPECT_EQ(loaded->stages[3].from_source, source(stdin_source{}));
  EXPECT_EQ(loaded->stages[3].to, (std::vector{sink{"typed.jsonl", sink::format_of::jsonl}}));
}

TEST(load, streams_of_others_arrive_as_they_are_written) {
  const auto source_of = [](const std::string& text) {
    const auto loaded = parse("[stage.a]\nfrom = { " + text + " }\n", "p.toml");
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    return *loaded->stages.at(0).from_source;
  };
  EXPECT_EQ(source_of("command = ['awk', '{print}']"), source(command_source{{"awk", "{print}"}}));
  EXPECT_EQ(source_of("command = ['grep', 'a'], success = [0, 1]"),
            source(command_source{{"grep", "a"}, {0, 1}}));
  EXPECT_EQ(source_of("fifo = 'in.fifo', split = 'lines'"), source(fifo_source{"in.fifo"}));
  EXPECT_EQ(source_of("unix = 'in.sock', keep_open = true"), source(unix_source{"in.sock", true}));
}

TEST(load, several_sinks_arrive_in_their_order) {
  const auto loaded = parse(R"([stage.a]
from = { stdin = true }
to   = [
  { file = "-", format = "msgpack" },
  { command = ["sort", "{}"], success = [0, 2] },
  { fifo = "out.fifo", format = "lines" },
  { unix = "out.sock" },
]
)",
                            "p.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  const auto& to = loaded->stages[0].to;
  using kind_of = sink::kind_of;
  using format_of = sink::format_of;
  EXPECT_EQ(to, (std::vector{sink{"-", format_of::msgpack},
                             sink{"", format_of::jsonl, kind_of::command, {"sort", "{}"}, {0, 2}},
                             sink{"out.fifo", format_of::lines, kind_of::fifo},
                             sink{"out.sock", format_of::jsonl, kind_of::unix_socket}}));
  EXPECT_EQ(key_of_sink(loaded->stages[0], 2), "to[2]");
  EXPECT_EQ(where(loaded->stages[0], "to[2].format"), (position{6, 33}));
}

TEST(load, a_stage_calls_what_has_its_own_name_unless_told) {
  const auto loaded = parse("[stage.upper]\nfrom = { stdin = true }\n", "p.toml");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->stages[0].call, "upper");
}

TEST(load, stages_keep_the_order_of_the_file) {
  const auto loaded =
      parse("[stage.z]\nfrom = 'm'\n[stage.m]\nfrom = { stdin = true }\n[stage.a]\nfrom = 'z'", "p");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->stages[0].name + loaded->stages[1].name + loaded->stages[2].name, "zma");
}

TEST(load, positions_point_at_values_and_the_header) {
  const auto loaded = parse(everything, "p.toml");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(where(loaded->stages[0], ""), (position{2, 1}));
  EXPECT_EQ(where(loaded->stages[0], "workers"), (position{4, 16}));
  EXPECT_EQ(where(loaded->stages[0], "batch.bytes"), (position{9, 39}));
  EXPECT_EQ(where(loaded->stages[1], "from[1]"), (position{13, 19}));
}

TEST(load, the_position_of_a_key_that_is_not_written_is_the_header) {
  const auto loaded = parse(everything, "p.toml");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(where(loaded->stages[1], "timeout"), (position{12, 1}));
}

TEST(load, columns_count_characters_not_bytes) {
  EXPECT_EQ(
      errors_of("stage.a.from = { files = 'é€😀' , x = 1 }"),
      lines{"p.toml:1:34: error: unknown key 'x' in 'from'; the keys are files, stdin, range, command, fifo, "
            "unix and split"});
}

TEST(load, a_byte_order_mark_and_crlf_are_accepted) {
  EXPECT_EQ(errors_of("\xEF\xBB\xBF[stage.a]\r\nfrom = { stdin = true }\r\n"), lines{});
}

TEST(load, a_file_on_disk_is_read_and_knows_its_folder) {
  const folder here;
  const std::string path = here.with("p.toml", "[stage.a]\nfrom = { stdin = true }\n");
  const auto loaded = load(path);
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  EXPECT_EQ(loaded->path, path);
  EXPECT_EQ(loaded->directory + "/p.toml", path);
}

TEST(load, what_was_read_gives_the_same_when_it_is_parsed_again) {
  const folder here;
  const std::string text =
      "\xEF\xBB\xBF[stage.a]\r\nfrom = { stdin = true }\r\n# é\n[actor.b]\nplace = 'process'\n";
  const auto loaded = load(here.with("p.toml", text), {"stage.a.workers=3"});
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  EXPECT_EQ(loaded->text, text);
  EXPECT_EQ(parse(loaded->text, loaded->path, loaded->overrides), loaded);
}

TEST(load, errors_of_a_file_on_disk_begin_with_its_path) {
  const folder here;
  const std::string path = here.with("p.toml", "[stage.a]\nfrom = 1\nform = 2\n");
  const lines errors = shown(load(path));
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_TRUE(errors[0].starts_with(path + ":2:8: error: from: expected")) << errors[0];
  EXPECT_EQ(errors[1], path + ":3:1: error: unknown key 'form' in [stage.a]; did you mean 'from'?");
}

TEST(load, a_missing_file_is_an_error) {
  const folder here;
  EXPECT_EQ(shown(load(here.path("none.toml"))),
            lines{here.path("none.toml") + ": error: cannot be read: No such file or directory"});
}

TEST(load, an_empty_path_is_an_error) {
  EXPECT_EQ(shown(load("")), lines{"error: the path of the configuration file is empty"});
}

TEST(load, a_path_with_nul_is_not_cut_there) {
  const folder here;
  std::string path = here.with("p.toml", "[stage.a]\nfrom = { stdin = true }\n");
  path += '\0';
  ASSERT_FALSE(load(path));
  EXPECT_EQ(load(path).error()[0].message, "is no path: it has a NUL byte");
}

TEST(load, a_directory_is_refused) {
  EXPECT_EQ(shown(load("/")), lines{"/: error: is a directory, not a configuration file"});
}

TEST(load, a_fifo_is_refused_without_waiting_for_a_writer) {
  const folder here;
  const std::string path = here.path("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(shown(load(path)), lines{path + ": error: is a pipe, not a configuration file"});
}

TEST(load, a_socket_is_refused) {
  const folder here;
  const std::string path = here.path("s");
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof at.sun_path);
  path.copy(at.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  EXPECT_EQ(shown(load(path)), lines{path + ": error: is a socket, not a configuration file"});
  ::close(fd);
}

TEST(load, a_device_is_refused) {
  EXPECT_EQ(shown(load("/dev/zero")), lines{"/dev/zero: error: is a device, not a configuration file"});
}

TEST(load, an_unreadable_file_is_an_error) {
  const folder here;
  const std::string path = here.with("p.toml", "x");
  ::chmod(path.c_str(), 0);
  const bool root = ::geteuid() == 0;  // root reads everything
  if (root && ::seteuid(65534) != 0) GTEST_SKIP() << "cannot become another user";
  const lines errors = shown(load(path));
  const int restored = root ? ::seteuid(0) : 0;
  ASSERT_EQ(restored, 0);
  EXPECT_EQ(errors, lines{path + ": error: cannot be read: Permission denied"});
}

TEST(load, a_file_that_fails_while_it_is_read_is_an_error) {
  const lines errors = shown(load("/proc/self/mem"));  // a regular file whose first page cannot be read
  EXPECT_EQ(errors, lines{"/proc/self/mem: error: cannot be read: Input/output error"});
}

TEST(load, a_file_over_the_limit_is_refused) {
  const folder here;
  const std::string path = here.with("p.toml", std::string(max_file_bytes + 1, '#'));
  EXPECT_EQ(shown(load(path)),
            lines{path + ": error: is larger than 2097152 bytes, the most a configuration may have"});
}

TEST(load, text_over_the_limit_is_refused) {
  EXPECT_EQ(errors_of(std::string(max_file_bytes + 1, '#')),
            lines{"p.toml: error: is larger than 2097152 bytes, the most a configuration may have"});
}

TEST(load, a_file_without_stages_and_actors_is_refused) {
  for (const char* text : {"", "# nothing\n", "[stage]\n", "[actor]\n", "[process]\n"}) {
    EXPECT_EQ(errors_of(text), lines{"p.toml:1:1: error: there is no stage and no actor, so there is nothing "
                                     "to run; begin one with [stage.NAME] or [actor.NAME]"});
  }
}

TEST(resolve, paths_are_relative_to_the_folder_of_the_file) {
  EXPECT_EQ(resolve({"conf/p.toml", "conf", {}}, "logs/*.log"), "conf/logs/*.log");
  EXPECT_EQ(resolve({"/p.toml", "/", {}}, "logs"), "/logs");
}

TEST(resolve, absolute_paths_and_standard_output_stay) {
  EXPECT_EQ(resolve({"conf/p.toml", "conf", {}}, "/var/log/x"), "/var/log/x");
  EXPECT_EQ(resolve({"conf/p.toml", "conf", {}}, "-"), "-");
}

TEST(resolve, a_file_in_the_current_folder_changes_nothing) {
  const auto loaded = parse("[stage.a]\nfrom = { stdin = true }\n", "p.toml");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(resolve(*loaded, "logs"), "logs");
}

TEST(resolve, a_file_in_the_root_folder_has_the_root_as_its_folder) {
  const auto loaded = parse("[stage.a]\nfrom = { stdin = true }\n", "/p.toml");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(resolve(*loaded, "logs"), "/logs");
}

}  // namespace
}  // namespace troupe::config::load_test
