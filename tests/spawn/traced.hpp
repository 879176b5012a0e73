// tests/spawn/traced.hpp - running a program of ours under strace, which makes chosen system calls fail or
// stop.
// Threads: one.
// Source: strace(1), "Tampering".
#pragma once
#include <troupe/base/sanitizers.hpp>

#include <tests/spawn/orphans.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe::spawn::test {

/// A traced program cannot stop its own threads to look for leaks, and strace runs below no sanitizer.
inline command& without_leak_check(command& what) {
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS"}) {
    const char* const before = std::getenv(name);
    what.env(name, (before != nullptr ? before + std::string(":") : "") + "detect_leaks=0");
  }
  return what;
}

/// Calls that a sanitizer makes for itself: UndefinedBehaviorSanitizer looks by pipes whether memory can be
/// read, and takes a pipe that it does not get for a broken object; both map memory and die without.
inline bool is_the_sanitizers_own(const std::string& call) {
  return (call == "pipe2" && address_sanitizer) || (call == "mmap" && sanitized);
}

/// Why nothing can be traced here; empty when it can.
struct tracing_problem {
  std::string missing, forbidden;
};

inline tracing_problem look_for_strace() {
  command what("strace");
  const auto tried =
      what.args({"-f", "-o", "/dev/null", "true"}).output({.until = deadline::after(watchdog)});
  if (!tried) return {tried.error().message() + ": the package strace is missing (./dev setup)", ""};
  if (tried->report.status.success()) return {};
  return {"", "ptrace is forbidden here: " + std::string(tried->err.text())};
}

/// To be the first line of a test that traces.
#define TROUPE_NEEDS_STRACE()                                          \
  do {                                                                 \
    const auto problem = ::troupe::spawn::test::look_for_strace();     \
    ASSERT_EQ(problem.missing, "");                                    \
    if (!problem.forbidden.empty()) GTEST_SKIP() << problem.forbidden; \
  } while (false)

/// A file name of this process, removed at the end.
class trace_file {
 public:
  trace_file() {
    const int made = mkstemp(path_);
    EXPECT_GE(made, 0);
    close(made);
  }
  ~trace_file() { unlink(path_); }
  trace_file(const trace_file&) = delete;
  trace_file& operator=(const trace_file&) = delete;
  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }

 private:
  char path_[32] = "/tmp/troupe-trace-XXXXXX";
};

struct traced_run {
  output ended;
  std::vector<std::string> log;
};

/// Runs `program` and its arguments under strace with `options` until all of it has ended, or the watchdog
/// barks (then ended.timed_out).
inline traced_run run_traced(std::vector<std::string> options, const std::vector<std::string>& program) {
  const trace_file log;
  command what("strace");
  what.args({"-f", "-qq", "-o", log.path()}).args(std::move(options)).args(program).new_session();
  auto ended = without_leak_check(what).output({.until = deadline::after(watchdog)});
  EXPECT_TRUE(ended) << ended.error().message();
  return {ended ? std::move(*ended) : output{}, log.lines()};
}

}  // namespace troupe::spawn::test
