// Addresses in messages: they lead back to their actor wherever they arrive, and nothing is kept for them longer than it is
// used.
#include "shop.hpp"

#include <algorithm>
#include <optional>

namespace addresses_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;
using troupe::address;

struct sold {
  std::string item;
};
/// Tell all of them when that is sold.
struct tell {
  std::string item;
  std::vector<address<sold>> whom;
  std::optional<address<sold>> also;
};
struct sell {
  std::string item;
};
/// Where do you report?
struct who_listens {
  using reply = std::vector<address<sold>>;
};
struct forget {};

class seller {
 public:
  using receives = troupe::receives<tell, sell, who_listens, forget>;
  void operator()(tell t) {
    for (auto& each : t.whom) listeners_.push_back(std::move(each));
    if (t.also) listeners_.push_back(std::move(*t.also));
  }
  void operator()(const sell& s) {
    for (const auto& each : listeners_) each.send(sold{s.item});
  }
  std::vector<address<sold>> operator()(who_listens) { return listeners_; }
  void operator()(forget) { listeners_.clear(); }

 private:
  std::vector<address<sold>> listeners_;
};
using seller_address = troupe::address_of<seller>;

// What is kept, in a file or for another attempt, cannot hold an address.
static_assert(troupe::portable_message<tell> && !troupe::portable<tell>);
static_assert(troupe::internal::not_portable<sold>().empty());
TEST(addresses_in_messages, what_is_kept_cannot_hold_one_and_the_compiler_says_why) {
  constexpr auto why_not = troupe::internal::not_portable<tell>();
  EXPECT_EQ(why_not.view(),
            "troupe: 'tell' is not portable: field 'whom' element of type 'address<sold>' means something "
            "only while its "
            "process runs: it travels in messages between actors");
}

class listener {
 public:
  using receives = troupe::receives<sold>;
  listener(std::string name, probe::journal& journal) : name_(std::move(name)), journal_(journal) {}
  void operator()(const sold& s) { journal_.add(name_ + " " + s.item); }

 private:
  const std::string name_;
  probe::journal& journal_;
};

struct selling : troupe::runtime::two_stages {
  probe::journal journal, heard;
  std::optional<troupe::runtime::far_stage> third{std::in_place, network, "third"};
  seller_address at_back = back->stage.spawn<seller>({.name = "seller"});
  selling() { EXPECT_TRUE(back->gate.offer("seller", at_back)); }

  void settle_all() {
    for (bool more = true; more;) {
      settle();
      more = third && third->stage.run_until_idle() > 0;
    }
  }
  seller_address reach(troupe::runtime::far_stage& from, const std::string& node = "back") {
    auto found = from.gate.reach<seller_address>(node, "seller");
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  }
  address<sold> listens(troupe::runtime::far_stage& where, const std::string& name) {
    return where.stage.spawn<listener>({.name = name}, name, journal);
  }
  template <class R>
  troupe::result<R> answer_to(troupe::future<R> question) {
    settle_all();
    if (!question.ready()) return troupe::fail(errc::busy, "no answer yet");
    return question.get();
  }
  std::vector<std::size_t> kept() {
    settle_all();
    std::vector<std::size_t> all;
    for (auto* const each : {&here, &back, &third})
      if (*each) all.push_back((*each)->gate.kept_addresses());
    return all;
  }
};
const std::vector<std::size_t> nothing{0, 0, 0};

TEST_F(selling, an_address_in_a_message_leads_back_to_its_actor) {
  const auto far = reach(*here);
  far.send(tell{"tea", {listens(*here, "a"), {}, listens(*here, "b")}, listens(*here, "c")});
  far.send(sell{"tea"});
  settle_all();
  auto heard_of = journal.lines();
  std::sort(heard_of.begin(), heard_of.end());
  EXPECT_EQ(heard_of, (lines{"a tea", "b tea", "c tea"}));
  EXPECT_EQ(kept(), nothing);
}

TEST_F(selling, an_actor_that_only_others_can_reach_lives_as_long_as_they_can) {
  const auto far = reach(*here);
  auto only = listens(*here, "a");
  here->stage.spawn<mourner>({}, heard, address<>(only));
  far.send(tell{"tea", {}, std::move(only)});
  settle_all();
  far.send(sell{"tea"});
  settle_all();
  EXPECT_EQ(journal.lines(), (lines{"a tea"}));
  EXPECT_TRUE(heard.lines().empty());
  far.send(forget{});
  settle_all();
  EXPECT_EQ(heard.lines(), (lines{"a " + std::to_string(static_cast<int>(ending::unreachable)) + " "}));
}

TEST_F(selling, an_answer_holds_addresses_and_those_of_ours_come_home_as_themselves) {
  const auto far = reach(*here);
  const auto ours = listens(*here, "a");
  const auto theirs = listens(*back, "b");
  far.send(tell{"tea", {ours, address<sold>{}}, {}});
  settle_all();
  at_back.send(tell{"tea", {theirs}, {}});
  const auto all = answer_to(far.ask(who_listens{}, 1h));
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 3U);
  EXPECT_TRUE((*all)[0] == ours);
  EXPECT_FALSE((*all)[1]);
  (*all)[2].send(sold{"milk"});
  settle_all();
  EXPECT_EQ(journal.lines(), (lines{"b milk"}));
  EXPECT_EQ(kept(), nothing);
}

TEST_F(selling, the_same_actor_has_the_same_address_each_time) {
  const auto far = reach(*here);
  const auto theirs = listens(*back, "b");
  at_back.send(tell{"tea", {theirs, theirs}, {}});
  const auto once = answer_to(far.ask(who_listens{}, 1h));
  const auto again = answer_to(far.ask(who_listens{}, 1h));
  ASSERT_TRUE(once && again);
  EXPECT_TRUE((*once)[0] == (*once)[1]);
  EXPECT_TRUE((*once)[0] == (*again)[1]);
}

TEST_F(selling, an_address_is_passed_on_to_a_third_node_which_reaches_its_actor_without_us) {
  const auto at_third = third->stage.spawn<seller>({.name = "seller"});
  ASSERT_TRUE(third->gate.offer("seller", at_third));
  const auto from_here = reach(*here);
  at_back.send(tell{"tea", {listens(*back, "b")}, {}});
  auto theirs = answer_to(from_here.ask(who_listens{}, 1h));
  ASSERT_TRUE(theirs);
  const auto far_third = reach(*here, "third");
  far_third.send(tell{"tea", std::move(*theirs), {}});
  settle_all();
  EXPECT_EQ(kept(), nothing);
  here.reset();  // nobody needs it
  at_third.send(sell{"tea"});
  settle_all();
  EXPECT_EQ(journal.lines(), (lines{"b tea"}));
}

TEST_F(selling, an_address_that_was_reached_by_name_is_passed_on_before_its_first_answer) {
  const auto at_third = third->stage.spawn<seller>({.name = "seller"});
  ASSERT_TRUE(third->gate.offer("seller", at_third));
  const auto b = listens(*back, "b");
  ASSERT_TRUE(back->gate.offer("b", b));
  const auto far_third = reach(*here, "third");
  far_third.send(tell{"tea", {*here->gate.reach<address<sold>>("back", "b")}, {}});
  far_third.send(sell{"tea"});
  settle_all();
  EXPECT_EQ(journal.lines(), (lines{"b tea"}));
  EXPECT_EQ(kept(), nothing);
}

TEST_F(selling, an_address_of_a_process_that_has_died_ends_and_says_so) {
  const auto far = reach(*here);
  const auto third_seller = third->stage.spawn<seller>({.name = "seller"});
  ASSERT_TRUE(third->gate.offer("seller", third_seller));
  const auto far_third = reach(*here, "third");
  far_third.send(tell{"tea", {listens(*third, "t")}, {}});
  third_seller.send(tell{"tea", {listens(*third, "t")}, {}});
  auto theirs = answer_to(far_third.ask(who_listens{}, 1h));
  ASSERT_TRUE(theirs);
  third.reset();
  third.emplace(network, "third", 2);
  const auto mourned = (*theirs)[0];
  here->stage.spawn<mourner>({}, heard, address<>(mourned));
  settle_all();
  ASSERT_EQ(heard.lines().size(), 1U);
  EXPECT_TRUE(heard.lines()[0].starts_with("t " + std::to_string(static_cast<int>(ending::process_lost))))
      << heard.lines()[0];
  far.send(tell{"tea", {mourned}, {}});  // of no use to anybody, but no harm either
  far.send(sell{"tea"});
  settle_all();
  EXPECT_EQ(back->stage.system().dead_letters().total(), 1U);
}

TEST_F(selling, what_nobody_reads_is_let_go) {
  const auto far = reach(*here);
  settle_all();
  at_back.kill();
  settle_all();
  const auto second = back->stage.spawn<seller>({.name = "second"});
  ASSERT_TRUE(back->gate.offer("second", second));
  const auto far_second = *here->gate.reach<seller_address>("back", "second");
  settle_all();
  far_second.send(tell{"tea", {listens(*here, "a")}, {}});
  second.kill();  // it is in the mailbox, or behind the end of its edge
  EXPECT_EQ(kept(), nothing);
  far_second.send(tell{"tea", {listens(*here, "a")}, {}});
  EXPECT_EQ(kept(), nothing);
}

TEST_F(selling, with_the_link_goes_all_that_was_kept_for_it) {
  const auto far = reach(*here);
  settle_all();
  const auto a = listens(*here, "a");
  far.send(tell{"tea", {a}, {}});
  here->stage.run_until_idle();
  EXPECT_EQ(here->gate.kept_addresses(), 1U);
  back.reset();
  settle_all();
  EXPECT_EQ(here->gate.kept_addresses(), 0U);
}

TEST_F(selling, a_message_with_too_many_addresses_is_refused) {
  const auto far = reach(*here);
  settle_all();
  const auto a = listens(*here, "a");
  EXPECT_EQ(far.send(tell{"tea", std::vector<address<sold>>(10'001, a), {}}).error().code, errc::too_large);
  EXPECT_TRUE(far.send(tell{"tea", std::vector<address<sold>>(10'000, a), {}}));
  far.send(sell{"tea"});
  settle_all();
  EXPECT_EQ(journal.lines().size(), 10'000U);
  EXPECT_EQ(kept(), nothing);
}

}  // namespace
}  // namespace addresses_test
