#include <tests/spawn/traced.hpp>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace troupe::spawn::birth_test {

using test::orphanage;

namespace {

enum class newborn { warden, child };

/// Where between its clone and its exec a process is stopped: at the end of its first call of this name.
/// `which` of the processes that make this call before their exec: 1 and 2.
struct birth {
  newborn who;
  const char* call;
  int which;
};

class births : public testing::TestWithParam<birth> {};

/// strace's lines as they come.
class trace_stream {
 public:
  explicit trace_stream(unique_fd from) : from_(std::move(from)) {}
  /// The process of the next line, and what it says; nullopt when the log has ended or the watchdog barked.
  std::optional<std::pair<pid_t, std::string>> next() {
    const std::string line = test::read_line(from_.get());
    if (line.empty()) return std::nullopt;
    text_ += line + "\n";
    return std::pair(std::stoi(line), line);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  unique_fd from_;
  std::string text_;
};

bool says(const std::string& line, const char* what) {
  return line.find(what) != line.npos;
}

std::string program_of(pid_t id) {
  std::error_code gone;
  return std::filesystem::read_symlink("/proc/" + std::to_string(id) + "/exe", gone);
}

pid_t parent_of(pid_t id) {
  std::ifstream status("/proc/" + std::to_string(id) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("PPid:")) return std::stoi(line.substr(5));
  return 0;
}

/// A process that still runs its parent's program; not a thread of the parent, nor one that has had its exec.
bool is_unborn(pid_t id) {
  return program_of(id) == SPAWNING_CHILD && program_of(parent_of(id)) == SPAWNING_CHILD;
}

}  // namespace

TEST_P(births, nobody_is_left_of_a_parent_that_is_sigkilled_between_clone_and_exec) {
  TROUPE_NEEDS_STRACE();
  const auto [who, call, which] = GetParam();
  const orphanage here;
  {
    auto log = make_pipe();
    ASSERT_TRUE(log);
    command what("strace");
    what.args({"-f", "-q", "-o", "/proc/self/fd/9", "-e", std::string("trace=") + call, "-e",
               std::string("inject=") + call + ":signal=SIGSTOP:when=1", SPAWNING_CHILD, "supervise"});
    what.stdout_to(stdio::null()).new_session().pass_fd(std::move(log->write_end), 9);
    auto strace = test::without_leak_check(what).spawn();
    what = command("");  // with the pipe's end
    ASSERT_TRUE(strace) << strace.error().message();
    trace_stream trace(std::move(log->read_end));

    pid_t target = 0, parent = 0;
    int unborn = 0;
    while (const auto line = trace.next()) {
      const auto& [id, text] = *line;
      const bool has_stopped = says(text, "stopped by SIGSTOP");
      if (has_stopped && target == 0 && is_unborn(id) && ++unborn == which) {
        target = id;
        parent = parent_of(id);
        ASSERT_EQ(kill(parent, SIGKILL), 0);
      } else if (has_stopped) {
        kill(id, SIGCONT);  // make the call in another place; they may be dead by now
      } else if (who == newborn::warden ? id == parent && says(text, "+++ killed by SIGKILL +++")
                                        : target != 0 && says(text, "+++ exited with 0 +++")) {
        kill(target, SIGCONT);  // after the warden, which may not have known of the child
      }
    }
    EXPECT_NE(target, 0) << trace.text();
    EXPECT_EQ(strace->wait_until(deadline::after(test::watchdog)).has_value(), true) << "somebody lives on\n"
                                                                                     << trace.text();
  }
  EXPECT_TRUE(orphanage::bury_all()) << "somebody lives on";
}

INSTANTIATE_TEST_SUITE_P(
    all, births,
    testing::Values(birth{newborn::warden, "setsid", 1}, birth{newborn::warden, "dup3", 1},
                    birth{newborn::warden, "close_range", 1}, birth{newborn::warden, "chdir", 1},
                    birth{newborn::child, "setsid", 2}, birth{newborn::child, "dup3", 2},
                    birth{newborn::child, "close_range", 2}, birth{newborn::child, "prctl", 1},
                    birth{newborn::child, "getppid", 1}),
    [](const auto& tested) {
      return std::string(tested.param.who == newborn::warden ? "warden_at_" : "child_at_") +
             tested.param.call;
    });

}  // namespace troupe::spawn::birth_test
