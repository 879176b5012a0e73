// Several answers for one actor: in which order it hears them, and what it remembers over its waits.
#include "probe.hpp"

#include <troupe/actors/test_probe.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace answer_order_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;

/// Asks for each number that it gets, and goes on meanwhile.
class asker {
 public:
  static constexpr bool reentrant = true;
  using receives = troupe::receives<number>;
  asker(troupe::address<double_it> whom, probe::journal& journal)
      : whom_(std::move(whom)), journal_(journal) {}
  troupe::task<> operator()(number n) {
    auto answer = whom_.ask(double_it{n.value}, 1h);
    const auto got = co_await answer;
    journal_.add(std::to_string(got.value_or(-1)));
  }

 private:
  const troupe::address<double_it> whom_;
  probe::journal& journal_;
};

struct scene {
  probe::journal journal;
  troupe::test_system stage;
  troupe::test_probe<double_it> other{stage};
  troupe::address_of<asker> to = stage.spawn<asker>({}, troupe::address<double_it>(other.address()), journal);

  std::vector<troupe::promise<int>> questions(int count) {
    std::vector<troupe::promise<int>> all;
    for (int i = 0; i < count; ++i) to.send(number{i});
    for (int i = 0; i < count; ++i) all.push_back(std::move(other.expect<double_it>().value().answer));
    return all;
  }
};

TEST(answers, are_heard_in_the_order_in_which_they_came) {
  scene s;
  auto open = s.questions(5);
  const int order[] = {3, 0, 4, 1, 2};
  for (const int each : order) EXPECT_TRUE(open[static_cast<std::size_t>(each)].set(each));
  s.stage.run_until_idle();
  EXPECT_EQ(s.journal.lines(), (std::vector<std::string>{"3", "0", "4", "1", "2"}));
}

TEST(answers, in_any_order_end_all_that_waited_for_them) {
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    scene s;
    auto open = s.questions(4);
    s.to.stop();
    for (const std::size_t each : order) {
      s.stage.run_until_idle();
      ASSERT_FALSE(s.stage.system().ended(s.to));
      EXPECT_TRUE(open[each].set(static_cast<int>(each)));
    }
    s.stage.run_until_idle();
    ASSERT_TRUE(s.stage.system().ended(s.to));
    ASSERT_EQ(s.journal.lines().size(), 4U);
  } while (std::ranges::next_permutation(order).found);
}

struct begin {
  using reply = std::string;
};
struct meet {
  troupe::address<begin> whom;
};

/// Hears from somebody else before it asks its neighbour.
class cautious {
 public:
  using receives = troupe::receives<begin, meet>;
  explicit cautious(troupe::address<double_it> first) : first_(std::move(first)) {}
  void operator()(meet m) { next_ = std::move(m.whom); }
  troupe::task<std::string> operator()(begin) {
    auto before = first_.ask(double_it{1}, 1s);
    static_cast<void>(co_await before);
    auto answer = next_.ask(begin{}, 1s);
    const auto got = co_await answer;
    co_return got ? *got : got.error().context;
  }

 private:
  const troupe::address<double_it> first_;
  troupe::address<begin> next_;
};

TEST(answers, that_never_come_in_a_circle_name_it_after_other_waits_too) {
  struct doubler {
    using receives = troupe::receives<double_it>;
    int operator()(double_it q) { return 2 * q.value; }
  };
  troupe::test_system stage;
  const auto first = stage.spawn<doubler>();
  const auto a = stage.spawn<cautious>({.name = "a"}, troupe::address<double_it>(first)),
             b = stage.spawn<cautious>({.name = "b"}, troupe::address<double_it>(first));
  a.send(meet{b});
  b.send(meet{a});
  EXPECT_EQ(a.ask(begin{}, 60s).get(), "ask actor 'b'; actor 'a' asks actor 'b' asks actor 'a'");
}

}  // namespace
}  // namespace answer_order_test
