#include <tests/spawn/orphans.hpp>

#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace troupe::spawn::interrupted_test {
namespace {

/// What a rough host got, and its errors.
output run_rough_host(command what) {
  auto made = what.new_session().output({.until = deadline::after(test::watchdog)});
  EXPECT_TRUE(made) << made.error().message();
  if (!made) return {};
  EXPECT_FALSE(made->timed_out) << made->out.text();
  EXPECT_EQ(made->report.status, exit_status::exited{0}) << made->out.text() << made->err.text();
  return std::move(*made);
}

command rough_host(std::vector<std::string> task) {
  command what(ROUGH_HOST);
  what.args(std::move(task));
  return what;
}

const std::string rounds = std::to_string(test::rounds(100));

std::string calm_results(const std::string& size) {
  return std::string(run_rough_host(rough_host({"results", rounds, size})).out.text());
}

}  // namespace

TEST(interrupted, a_storm_of_alarms_changes_no_result) {
  const std::string size = std::to_string(5'000'000);
  // Under sanitizers a handler takes longer than 100 us.
  const std::string period_us = test::slowdown > 1 ? "2000" : "100";
  const auto stormy = run_rough_host(rough_host({"storm", rounds, size, period_us}));
  EXPECT_EQ(stormy.out.text(), calm_results(size)) << stormy.err.text();
}

TEST(interrupted, short_reads_and_writes_and_interruptions_change_no_result) {
  const std::string size = std::to_string(test::slowdown > 1 ? 20'000 : 100'000);
  command what = rough_host({"results", rounds, size});
  const char* const options = std::getenv("ASAN_OPTIONS");
  // It insists on being loaded before anything else.
  what.env("ASAN_OPTIONS",
           (options != nullptr ? options + std::string(":") : "") + "verify_asan_link_order=0");
  const auto shortened = run_rough_host(std::move(what.env("LD_PRELOAD", SHORT_IO)));
  EXPECT_EQ(shortened.out.text(), calm_results(size)) << shortened.err.text();
}

TEST(interrupted, a_host_whose_handler_reaps_every_child_is_told_unknown_and_never_waits_for_ever) {
  const auto got = run_rough_host(rough_host({"reaps", rounds}));
  const std::string text(got.out.text());
  const std::string unknown =
      "ended in an unknown way: its status went elsewhere: this program ignores SIGCHLD or waits for any "
      "child";
  // The handler may come too late, and so the true status through.
  std::map<std::string, std::set<std::string>> allowed{
      {"wait", {unknown, "exited with code 3"}},
      {"wait_until", {unknown, "exited with code 3"}},
      {"deadline", {unknown, "killed by SIGTERM"}},
      {"failure", {"exec '/nowhere/program': No such file or directory"}},
      {"output", {unknown + ", outerr", "exited with code 0, outerr"}},
      {"spawner", {unknown + ", lines: 50", "exited with code 0, lines: 50"}},
      {"warden", {"replaced"}}};
  std::map<std::string, int> times;
  const std::regex line("(\\w+): (\\d+) x (.*)\n");
  std::size_t matched = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at) {
    const std::string what = (*at)[1], how = (*at)[3];
    times[what] += std::stoi((*at)[2]);
    matched += static_cast<std::size_t>(at->length());
    EXPECT_TRUE(allowed[what].contains(how)) << what << ": " << how;
  }
  EXPECT_EQ(matched, text.size()) << text;
  const int all = test::rounds(100);
  EXPECT_EQ(times, (std::map<std::string, int>{{"wait", all},
                                               {"wait_until", all},
                                               {"deadline", 2},
                                               {"failure", all},
                                               {"output", all},
                                               {"spawner", all},
                                               {"warden", 1}}));
  EXPECT_NE(text.find(unknown), std::string::npos) << "the handler reaped nothing";
}

}  // namespace troupe::spawn::interrupted_test
