// Stages with state in worker processes: whatever is killed, every item counts once.
#include "killer.hpp"

#include <algorithm>
#include <map>
#include <ostream>

namespace troupe::end_to_end::slots_test {
namespace {

constexpr auto reading = R"(
[stage.read]
from    = { stdin = true }
workers = 2
)";
constexpr auto keyed_totals = R"(
[stage.totals]
from    = "read"
key     = "key"
workers = 3
to      = { file = "out.txt", format = "jsonl" }
)";
constexpr auto keyed_milestones = R"(
[stage.milestones]
from    = "read"
key     = "key"
workers = 2
to      = { file = "out.txt", format = "jsonl" }
)";
constexpr auto totals_of_totals = R"(
[stage.totals]
from    = "read"
key     = "key"
workers = 2
[stage.grand_total]
from    = "totals"
to      = { file = "out.txt", format = "jsonl" }
)";

/// What is fed to it, and what is to come out.
class tally {
 public:
  std::string feed(int count) {
    std::string text;
    for (int i = 0; i < count; ++i, ++next_) {
      const auto key = "k" + std::to_string(next_ * 7919 % 97);
      text += key + ' ' + std::to_string(next_ % 100) + '\n';
      auto& [hits, sum] = by_key_[key];
      ++hits;
      sum += next_ % 100;
    }
    return text;
  }
  [[nodiscard]] std::vector<std::string> totals() const {
    std::vector<std::string> all;
    for (const auto& [key, each] : by_key_) all.push_back(line(key, each.first, each.second));
    return all;
  }
  [[nodiscard]] std::vector<std::string> milestones() const {
    std::vector<std::string> all;
    for (const auto& [key, each] : by_key_) {
      for (std::uint64_t n = 10; n <= each.first; n += 10) all.push_back(line(key, n, 0));
      if (each.first % 10 != 0) all.push_back(line(key, each.first, 0));
    }
    return all;
  }
  [[nodiscard]] std::vector<std::string> grand_total() const { return {line("all", next_, by_key_.size())}; }

 private:
  static std::string line(const std::string& key, std::uint64_t hits, std::uint64_t sum) {
    return R"({"key":")" + key + R"(","hits":)" + std::to_string(hits) + R"(,"sum":)" + std::to_string(sum) +
           '}';
  }
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> by_key_;
  std::uint64_t next_ = 0;
};

program_options with_totals(stream in = stream::ours) {
  return {.in = in, .path = TOTALS_APP};
}

struct shape {
  const char* name;
  const char* file;
  std::vector<std::string> (tally::*expected)() const;
  std::size_t processes;
};
const shape shapes[] = {{"totals", keyed_totals, &tally::totals, 5},
                        {"milestones", keyed_milestones, &tally::milestones, 4},
                        {"totals_of_totals", totals_of_totals, &tally::grand_total, 5}};

/// How a failure names it.
void PrintTo(const shape& what, std::ostream* out) {
  *out << what.name;
}

class slots : public testing::TestWithParam<shape> {
 protected:
  void expect_the_answer(const ended& done, const folder& home) const {
    EXPECT_EQ(done.status.code(), 0) << done.err;
    EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), (all_.*GetParam().expected)())) << done.err;
  }
  const folder home_;
  tally all_;
};

TEST_P(slots, count_every_item_once) {
  home_.write("play.toml", std::string(reading) + GetParam().file);
  program running(home_, {"run", "play.toml"}, with_totals());
  ASSERT_TRUE(running.feed(all_.feed(20'000)));
  running.close_stdin();
  expect_the_answer(running.wait(), home_);
}

TEST_P(slots, count_every_item_once_whoever_is_killed) {
  constexpr int kills = 40;
  home_.write("play.toml", std::string(reading) + GetParam().file);
  program running(home_, {"run", "play.toml"}, with_totals());
  killer kill(running);
  for (int i = 0; i < kills; ++i) {
    ASSERT_TRUE(running.feed(all_.feed(500))) << running.err();
    ASSERT_TRUE(kill.strike()) << running.err();
    kill.pause();
  }
  running.close_stdin();
  while (kill.kills() < kills + 10 && kill.strike()) kill.pause();  // while it finishes
  expect_the_answer(running.wait(), home_);
}

TEST_P(slots, count_every_item_once_while_all_are_renewed) {
  home_.write("play.toml", std::string(reading) + GetParam().file);
  program running(home_, {"run", "play.toml"}, with_totals());
  running.wait_until("all are there",
                     [&] { return workers_of(running.id()).size() == GetParam().processes; });
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(running.feed(all_.feed(2000))) << running.err();
    const auto before = workers_of(running.id());
    running.signal(SIGHUP);
    running.wait_until("all are others", [&] {
      const auto now = workers_of(running.id());
      return now.size() >= before.size() && std::ranges::none_of(before, [&](pid_t old) {
               return std::ranges::find(now, old) != now.end();
             });
    });
  }
  running.close_stdin();
  expect_the_answer(running.wait(), home_);
}
INSTANTIATE_TEST_SUITE_P(of, slots, testing::ValuesIn(shapes),
                         [](const auto& made) { return made.param.name; });

TEST(slots_that_fail, use_nothing_of_a_state_that_an_exception_has_left) {
  const folder home;
  tally all;
  home.write("play.toml", std::string(reading) + keyed_totals);
  program running(home, {"run", "play.toml"}, with_totals());
  ASSERT_TRUE(running.feed(all.feed(1000) + "k1 666\nthrow 1\ncrash 1\n" + all.feed(1000)));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 4) << done.err;
  EXPECT_EQ(summary(done.err, "quarantined"), 3) << done.err;
  EXPECT_TRUE(same_lines(lines_of(home.read("out.txt")), all.totals())) << done.err;
}

TEST(slots_that_fail, are_none_of_the_business_of_items_that_they_do_not_take) {
  const folder home;
  home.write("play.toml", std::string(reading) + R"([stage.totals]
from = "read"
when = { amount = 7 }
to   = { file = "sevens", format = "jsonl" }
[stage.grand]
call = "milestones"
from = "read"
when = { key = "k2" }
to   = { file = "twos", format = "jsonl" }
)");
  program running(home, {"run", "play.toml"}, with_totals());
  ASSERT_TRUE(running.feed("k1 7\nk2 7\nk2 8\nk3 9\nk2 1\n"));
  running.close_stdin();
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 0) << done.err;
  EXPECT_EQ(home.read("sevens"),
            "{\"key\":\"k1\",\"hits\":1,\"sum\":7}\n{\"key\":\"k2\",\"hits\":1,\"sum\":7}\n");
  EXPECT_EQ(home.read("twos"), "{\"key\":\"k2\",\"hits\":3,\"sum\":0}\n");
}

TEST(slots_that_fail, say_at_check_what_is_wrong_with_their_state) {
  const folder home;
  home.write("play.toml", std::string(reading) + R"([stage.secretive]
from = "read"
to   = { file = "a" }
[stage.totals]
from    = "read"
key     = "kye"
workers = { min = 1, max = 2 }
to      = { file = "b" }
[stage.milestones]
from    = "read"
when    = { amuont = 1, amount = -1 }
place   = "thread"
workers = 2
to      = { file = "c" }
)");
  program running(home, {"check", "play.toml"}, with_totals(stream::none));
  const auto done = running.wait();
  EXPECT_EQ(done.status.code(), 3) << done.err;
  for (const std::string part :
       {"play.toml:5:1: error: stage 'secretive' keeps state in a process that may die, but has no state()",
        "play.toml:10:11: error: stage 'totals' takes hit, which has no field 'kye'", "did you mean 'key'?",
        "play.toml:11:11: error: stage 'totals' keeps state in so many parts as it has workers",
        "play.toml:15:13: error: stage 'milestones' takes hit, which has no field 'amuont'",
        "play.toml:15:34: error: stage 'milestones': field 'amount' of hit cannot have this value",
        "play.toml:17:11: error: stage 'milestones' keeps state, which cannot be shared by 2 workers"})
    EXPECT_NE(done.err.find(part), std::string::npos) << part << "\nin:\n" << done.err;
}

}  // namespace
}  // namespace troupe::end_to_end::slots_test
