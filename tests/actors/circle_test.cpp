// Actors that ask each other while they handle messages that have nothing to do with each other.
#include "probe.hpp"

#include <string>
#include <vector>

namespace circle_test {
namespace {

using namespace std::chrono_literals;

struct begin {};
struct what {
  using reply = int;
};
struct meet {
  troupe::address<what> whom;
};

/// Asks when it is told to, and keeps what it hears.
template <bool Reentrant>
class asker {
 public:
  static constexpr bool reentrant = Reentrant;
  using receives = troupe::receives<begin, meet, what>;
  asker(troupe::nanoseconds patience, probe::journal& journal) : patience_(patience), journal_(journal) {}
  void operator()(meet m) { next_ = std::move(m.whom); }
  troupe::task<> operator()(begin) {
    auto answer = next_.ask(what{}, patience_);
    const auto got = co_await answer;
    journal_.add(got ? std::to_string(*got) : got.error().context);
  }
  int operator()(what) { return 42; }

 private:
  const troupe::nanoseconds patience_;
  probe::journal& journal_;
  troupe::address<what> next_;
};

template <bool Reentrant>
using asker_address = troupe::address_of<asker<Reentrant>>;

struct scene {
  probe::journal journal;
  troupe::test_system stage;

  explicit scene(std::uint64_t seed = 1) : stage(seed) {}
  template <bool Reentrant = false>
  asker_address<Reentrant> hire(std::string name, troupe::nanoseconds patience = 1s) {
    return stage.spawn<asker<Reentrant>>({.name = std::move(name)}, patience, journal);
  }
  std::vector<std::string> after(troupe::nanoseconds time) {
    stage.advance(time);
    return journal.lines();
  }
};

TEST(circle, of_two_that_ask_from_handlers_of_their_own_is_named_to_both) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    scene s(seed);
    const auto a = s.hire("a"), b = s.hire("b");
    a.send(meet{b});
    b.send(meet{a});
    a.send(begin{});
    b.send(begin{});
    const auto said = s.after(2s);
    ASSERT_EQ(said.size(), 2U);
    for (const auto& each : said) {
      const bool from_a = each.starts_with("ask actor 'b'; ");
      EXPECT_TRUE(from_a || each.starts_with("ask actor 'a'; ")) << each;
      EXPECT_TRUE(each.ends_with("; actor 'a' asks actor 'b' asks actor 'a'") ||
                  each.ends_with("; actor 'b' asks actor 'a' asks actor 'b'"))
          << each;
    }
    EXPECT_NE(said[0].substr(0, 13), said[1].substr(0, 13));
  }
}

TEST(circle, of_two_with_different_patience_lets_the_second_answer_go_on) {
  scene s;
  const auto a = s.hire("a", 1s), b = s.hire("b", 10s);
  a.send(meet{b});
  b.send(meet{a});
  a.send(begin{});
  b.send(begin{});
  EXPECT_EQ(s.after(2s),
            (std::vector<std::string>{"ask actor 'b'; actor 'a' asks actor 'b' asks actor 'a'", "42"}));
}

TEST(circle, that_somebody_waits_for_from_outside_is_named_to_it) {
  scene s;
  const auto a = s.hire("a", 1h), b = s.hire("b", 1h);
  a.send(meet{b});
  b.send(meet{a});
  a.send(begin{});
  b.send(begin{});
  s.stage.run_until_idle();
  EXPECT_EQ(a.ask(what{}, 1s).get().error().context,
            "ask actor 'a'; actor 'a' asks actor 'b' asks actor 'a'");
  const auto c = s.hire("c", 1s);
  c.send(meet{b});
  c.send(begin{});
  EXPECT_EQ(s.after(2s).back(), "ask actor 'b'; actor 'b' asks actor 'a' asks actor 'b'");
}

TEST(circle, is_none_when_one_of_them_goes_on_meanwhile) {
  scene s;
  const auto a = s.hire<true>("a");
  const auto b = s.hire("b");
  a.send(meet{b});
  b.send(meet{a});
  a.send(begin{});
  b.send(begin{});
  EXPECT_EQ(s.after(2s), (std::vector<std::string>{"42", "42"}));
}

TEST(circle, is_not_seen_in_a_line_that_ends) {
  scene s;
  const auto a = s.hire("a", 1s), b = s.hire("b", 1h), c = s.hire("c", 1h);
  probe::journal unused;
  troupe::test_probe<what> silent(s.stage);
  a.send(meet{b});
  b.send(meet{c});
  c.send(meet{troupe::address<what>(silent.address())});
  for (const auto& each : {c, b, a}) {
    each.send(begin{});
    s.stage.run_until_idle();
  }
  EXPECT_EQ(s.after(2s), (std::vector<std::string>{"ask actor 'b'"}));
}

}  // namespace
}  // namespace circle_test
