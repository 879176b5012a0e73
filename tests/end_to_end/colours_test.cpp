// Colours are for terminals whose owner wants them.
#include "program.hpp"
#include "program_scene.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace troupe::end_to_end::colours_test {
namespace {

constexpr const char* stderr_on_a_terminal = R"(
import os, sys
os.dup2(os.open(os.environ["TEST_TERMINAL"], os.O_RDWR | os.O_NOCTTY), 2)
os.execvp(sys.argv[1], sys.argv[1:])
)";

class colours : public testing::Test {
 protected:
  colours() : terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    EXPECT_EQ(::grantpt(terminal.get()), 0);
    EXPECT_EQ(::unlockpt(terminal.get()), 0);
    home.write("play.toml", "[stage.upper]\nfrom = \"gone\"\nto = { file = \"-\" }\n");
  }
  /// What check shows there of a wrong file.
  std::string shown(std::vector<std::pair<std::string, std::string>> env) {
    env.emplace_back("TEST_TERMINAL", ::ptsname(terminal.get()));
    const unique_fd held(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    const auto done = run(home, {"check", "play.toml"},
                          {.env = std::move(env), .prefix = {"python3", "-c", stderr_on_a_terminal}});
    EXPECT_EQ(done.status.code(), 3) << done.err;
    std::array<char, 4096> text;
    const auto got = ::read(terminal.get(), text.data(), text.size());
    return got > 0 ? std::string(text.data(), static_cast<std::size_t>(got)) : std::string();
  }
  const folder home;
  const unique_fd terminal;
};

constexpr auto red = "play.toml:2:8: \x1b[1;31merror:\x1b[0m stage 'gone'";
constexpr auto plain = "play.toml:2:8: error: stage 'gone'";

TEST_F(colours, are_shown_on_a_terminal) {
  EXPECT_TRUE(holds_text(shown({{"TERM", "xterm"}, {"NO_COLOR", ""}}), red));
}

TEST_F(colours, are_not_shown_to_who_asks_for_none) {
  EXPECT_TRUE(holds_text(shown({{"TERM", "xterm"}, {"NO_COLOR", "1"}}), plain));
}

TEST_F(colours, are_not_shown_on_a_terminal_that_has_none) {
  EXPECT_TRUE(holds_text(shown({{"TERM", "dumb"}, {"NO_COLOR", ""}}), plain));
}

TEST_F(colours, are_not_written_into_files) {
  const auto done = run(home, {"check", "play.toml"}, {.env = {{"TERM", "xterm"}, {"NO_COLOR", ""}}});
  EXPECT_TRUE(holds_text(done.err, plain));
}

}  // namespace
}  // namespace troupe::end_to_end::colours_test
