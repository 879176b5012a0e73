#include <tests/spawn/traced.hpp>

#include <map>
#include <set>
#include <string>

namespace troupe::spawn::syscall_faults_test {
namespace {

const std::string undisturbed = "clean: exited with code 0, all came back\n";

enum class outcome { success, success_or_error };

/// A system call that fails once, at each place where the use of spawn makes it.
struct fault {
  const char* call;
  const char* os_errno;
  outcome expected = outcome::success_or_error;
  std::vector<const char*> tasks = {"command", "supervise"};
};

/// "1234  pipe2([3, 4], O_CLOEXEC) = 0" → 1234, "pipe2"; a call that is resumed or a signal has no name.
struct traced_call {
  pid_t by = 0;
  std::string name;
};

traced_call call_of(const std::string& line) {
  std::size_t at = 0;
  traced_call found{std::stoi(line, &at), ""};
  at = line.find_first_not_of(' ', at);
  const auto end = line.find('(', at);
  if (at != line.npos && end != line.npos && line.compare(at, 3, "+++") != 0 && line[at] != '<' &&
      line[at] != '-')
    found.name = line.substr(at, end - at);
  return found;
}

/// Which of its `call`s a process or thread makes for spawn, from the log of an undisturbed run: in the
/// program itself those between its two marks, in its children those before their exec. The first is 1.
/// Without those numbers that would strike while the program is still being loaded: every process and thread
/// counts for itself.
std::set<int> places_of(const std::string& call, const std::vector<std::string>& log) {
  std::set<int> places, while_loading;
  std::map<pid_t, int> counted;
  std::map<pid_t, bool> has_execed;
  const pid_t program = call_of(log.at(0)).by;
  int marks = 0;
  for (const auto& line : log) {
    const auto [by, name] = call_of(line);
    if (name == "getpgid") ++marks;
    if (name == call) {
      ++counted[by];
      if (by == program ? marks == 1 : !has_execed[by]) places.insert(counted[by]);
      if (by == program && marks == 0) while_loading.insert(counted[by]);
    }
    if (name == "execve" && by != program) has_execed[by] = true;
  }
  const bool is_borne =
      call == "execve" || call == "prlimit64";  // strace spares the first exec; limits are a hint
  if (!is_borne)
    for (const int place : while_loading) places.erase(place);
  return places;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  return all;
}

bool was_injected(const std::vector<std::string>& log) {
  return joined(log).find("(INJECTED)") != std::string::npos;
}

/// The later ones of many are alike. Sanitizers make the programs slow to start: the first and the last are
/// enough.
bool is_left_out(int place, const std::set<int>& places) {
  if (place == *places.begin() || place == *places.rbegin()) return false;
  return test::slowdown > 1 || (places.size() > 8 && place % 2 != 0);
}

class syscall_faults : public testing::TestWithParam<fault> {
 protected:
  /// How many times the fault was made in `task`.
  static int make_faults(const std::string& task) {
    const auto& [call, os_errno, expected, tasks] = GetParam();
    const std::vector<std::string> program{FAULT_CHILD, task};
    const std::string trace = std::string("trace=execve,getpgid,") + call;
    const auto calm = test::run_traced({"-e", trace}, program);
    EXPECT_EQ(calm.ended.out.text(), undisturbed) << joined(calm.log);
    if (testing::Test::HasFailure()) return 0;
    int made = 0;
    const auto places = places_of(call, calm.log);
    for (const int place : places) {
      if (is_left_out(place, places)) continue;
      const std::string injection =
          std::string("inject=") + call + ":error=" + os_errno + ":when=" + std::to_string(place);
      const auto [ended, log] = test::run_traced({"-e", trace, "-e", injection}, program);
      made += was_injected(log);
      SCOPED_TRACE(task + ", " + injection + "\n" + joined(log) + std::string(ended.err.text()));
      EXPECT_FALSE(ended.timed_out);
      EXPECT_EQ(ended.report.status, exit_status::exited{0}) << ended.out.text();
      EXPECT_TRUE(ended.out.text().starts_with("clean: ")) << ended.out.text();
      if (expected == outcome::success) {
        EXPECT_EQ(ended.out.text(), undisturbed);
      }
    }
    return made;
  }
};

}  // namespace

TEST_P(syscall_faults, end_in_success_or_a_clean_error_wherever_they_strike) {
  TROUPE_NEEDS_STRACE();
  if (test::is_the_sanitizers_own(GetParam().call)) GTEST_SKIP() << "the sanitizer needs this call itself";
  if (GetParam().tasks.front() == std::string("command-as-nobody") && geteuid() != 0)
    GTEST_SKIP() << "only root may change its ids";
  const test::orphanage here;
  int made = 0;
  for (const char* task : GetParam().tasks) made += make_faults(task);
  EXPECT_GT(made, 0) << "spawn does not make this call: take it off the list";
  const auto buried = test::orphanage::bury_all();
  ASSERT_TRUE(buried) << "somebody lives on";
  EXPECT_TRUE(buried->empty());
}

std::string name_of(const testing::TestParamInfo<fault>& tested) {
  return std::string(tested.param.call) + "_" + tested.param.os_errno;
}

INSTANTIATE_TEST_SUITE_P(
    all, syscall_faults,
    testing::Values(fault{"pipe2", "EMFILE"}, fault{"memfd_create", "EMFILE"},
                    fault{"memfd_create", "EINVAL"}, fault{"ftruncate", "ENOSPC"}, fault{"mmap", "ENOMEM"},
                    fault{"clone", "EAGAIN"}, fault{"clone", "ENOMEM"}, fault{"clone3", "EAGAIN"},
                    fault{"fcntl", "EMFILE"}, fault{"openat", "EMFILE"}, fault{"openat", "EACCES"},
                    fault{"epoll_create1", "EMFILE"}, fault{"epoll_ctl", "ENOMEM"},
                    fault{"eventfd2", "EMFILE"}, fault{"pidfd_open", "EMFILE"}, fault{"mkdir", "EROFS"},
                    fault{"rmdir", "EBUSY"}, fault{"setsid", "EPERM"}, fault{"prctl", "EINVAL"},
                    fault{"chdir", "EACCES"}, fault{"dup3", "EBUSY"}, fault{"close_range", "ENOSYS"},
                    fault{"execve", "ENOMEM"}, fault{"execve", "EAGAIN"}, fault{"prlimit64", "EPERM"},
                    fault{"setpriority", "EACCES"}, fault{"sched_setaffinity", "EINVAL"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    that_do_no_harm, syscall_faults,
    testing::Values(fault{"read", "EINTR", outcome::success}, fault{"write", "EINTR", outcome::success},
                    fault{"poll", "EINTR", outcome::success}, fault{"epoll_wait", "EINTR", outcome::success},
                    fault{"waitid", "EINTR", outcome::success}, fault{"getrandom", "EINTR", outcome::success},
                    fault{"pidfd_send_signal", "EINVAL", outcome::success}),
    name_of);

fault of_identity(const char* call, const char* os_errno) {
  return {call, os_errno, outcome::success_or_error, {"command-as-nobody"}};
}

INSTANTIATE_TEST_SUITE_P(of_identity, syscall_faults,
                         testing::Values(of_identity("setgroups", "EPERM"), of_identity("setresgid", "EPERM"),
                                         of_identity("setresuid", "EAGAIN")),
                         name_of);

}  // namespace troupe::spawn::syscall_faults_test
