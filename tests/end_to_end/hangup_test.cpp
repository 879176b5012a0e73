// A run whose terminal is closed: with nohup it goes on, without it ends as if told to stop.
#include "program_scene.hpp"

#include <fcntl.h>
#include <stdlib.h>

namespace troupe::end_to_end::hangup_test {
namespace {

/// Makes the terminal that it is given the one that controls it, as a login does, and becomes the program.
constexpr auto as_a_login_does = R"(
import os, signal, sys
if os.getsid(0) != os.getpid():
    if os.getpgid(0) == os.getpid():  # the leader of a group can begin no session
        os.setpgid(0, os.getpgid(os.getppid()))
    os.setsid()
os.open(os.environ["TEST_TERMINAL"], os.O_RDWR)
if os.environ["TEST_NOHUP"] == "1":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])
)";

class hangup : public program_scene {
 protected:
  hangup() : terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(terminal.get()), 0);
    EXPECT_EQ(::unlockpt(terminal.get()), 0);
    home.write("play.toml", std::string("[stage.a]\nfrom = { stdin = true }\nmode = 'persistent'\n"
                                        "command = ['cat']\n") +
                                "to = { file = 'out.txt', format = 'lines' }\n");
  }
  program start(const char* nohup) {
    return {home,
            {"run", "play.toml"},
            {.in = stream::ours,
             .env = {{"TEST_TERMINAL", ::ptsname(terminal.get())}, {"TEST_NOHUP", nohup}},
             .prefix = {"python3", "-c", as_a_login_does}}};
  }
  static void see_it_run(program& running) {
    ASSERT_TRUE(running.feed("one\n"));
    running.wait_for_err("workers 1/1");
  }

  unique_fd terminal;
};

TEST_F(hangup, of_its_terminal_does_not_end_a_run_that_was_told_to_outlive_it) {
  auto running = start("1");
  see_it_run(running);
  terminal.reset();
  running.signal(SIGHUP);
  ASSERT_TRUE(running.feed("two\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_TRUE(same_lines(out_lines(), {"one", "two"}));
  EXPECT_EQ(done.err.find("are replaced one by one"), std::string::npos) << done.err;
}

TEST_F(hangup, of_its_terminal_ends_any_other_run_as_it_is_told_to_stop) {
  auto running = start("0");
  see_it_run(running);
  terminal.reset();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 129) << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::hangup_test
