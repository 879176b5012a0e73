// Addresses that come late, of actors and processes that are no more, from peers that mean no good: nobody else is hurt, and
// nothing is kept.
#include "quiet_post.hpp"
#include "shop.hpp"

#include <optional>

namespace stale_address_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;
using troupe::address;
namespace runtime = troupe::runtime;

struct word {
  std::string text;
};
struct meet {
  std::vector<address<word>> whom;
};
struct say_all {
  std::string text;
};
struct kill_all {};
struct whom_you_know {
  using reply = std::vector<address<word>>;
};
struct when_you_know {
  using reply = std::vector<address<word>>;
};
struct now_you_know {
  address<word> whom;
};

class keeper {
 public:
  using receives = troupe::receives<meet, say_all, kill_all, whom_you_know, when_you_know, now_you_know>;
  void operator()(meet m) {
    for (auto& each : m.whom) known_.push_back(std::move(each));
  }
  void operator()(const say_all& s) {
    for (const auto& each : known_) each.send(word{s.text});
  }
  void operator()(kill_all) {
    for (const auto& each : known_) each.kill();
  }
  std::vector<address<word>> operator()(whom_you_know) { return known_; }
  void operator()(when_you_know, troupe::promise<std::vector<address<word>>> answer) {
    open_.push_back(std::move(answer));
  }
  void operator()(const now_you_know& n) {
    for (auto& each : open_) static_cast<void>(each.set(std::vector<address<word>>{n.whom}));
    open_.clear();
  }

 private:
  std::vector<address<word>> known_;
  std::vector<troupe::promise<std::vector<address<word>>>> open_;
};
using keeper_address = troupe::address_of<keeper>;

class ear {
 public:
  using receives = troupe::receives<word>;
  ear(std::string name, probe::journal& journal) : name_(std::move(name)), journal_(journal) {}
  void operator()(const word& w) { journal_.add(name_ + " " + w.text); }

 private:
  const std::string name_;
  probe::journal& journal_;
};

struct stale : runtime::two_stages {
  probe::journal journal, heard;
  std::optional<runtime::far_stage> third;
  keeper_address at_back = back->stage.spawn<keeper>({.name = "k"});
  stale() { EXPECT_TRUE(back->gate.offer("k", at_back)); }

  void settle_all() {
    for (bool more = true; more;) {
      settle();
      more = third && third->stage.run_until_idle() > 0;
    }
  }
  /// What is on its way arrives in mailboxes, and nobody reads it.
  void deliver() {
    while (network.step()) {
    }
  }
  keeper_address reach() { return *here->gate.reach<keeper_address>("back", "k"); }
  address<word> ears(runtime::far_stage& where, const std::string& name) {
    return where.stage.spawn<ear>({.name = name}, name, journal);
  }
  /// Another life of the third node, whose first actor is an ear of that name.
  address<word> live_again(std::uint64_t epoch, const std::string& name) {
    third.reset();
    settle();
    third.emplace(network, "third", epoch);
    auto one = ears(*third, name);
    EXPECT_TRUE(third->gate.offer("e", one));
    return one;
  }
  address<word> reach_third() {
    auto far = *here->gate.reach<address<word>>("third", "e");
    settle_all();
    return far;
  }
  template <class R>
  troupe::result<R> answer_to(troupe::future<R> question) {
    settle_all();
    if (!question.ready()) return troupe::fail(errc::busy, "no answer yet");
    return question.get();
  }
};

TEST_F(stale, an_answer_that_nobody_is_there_to_get_keeps_nobody) {
  const auto other_way = reach();
  {
    const auto far = *here->gate.reach<address<when_you_know>>("back", "k");
    const auto given_up = far.ask(when_you_know{}, 1h);
    settle_all();
  }
  settle_all();
  auto one = ears(*back, "one");
  back->stage.spawn<mourner>({}, heard, address<>(one));
  at_back.send(now_you_know{std::move(one)});
  settle_all();
  EXPECT_EQ(back->gate.kept_addresses(), 0U);
  EXPECT_EQ(heard.lines().size(), 1U) << "nobody can reach it";
}

/// Told to a node that has no link to the third one yet.
struct two_lives : stale {
  lines heard_when(bool fresh_first) {
    live_again(1, "old");
    const auto old = reach_third();
    const auto alive = live_again(2, "new");
    const auto fresh = reach_third();
    EXPECT_TRUE(here->stage.system().ended(old) && !here->stage.system().ended(fresh));
    reach().send(fresh_first ? meet{{fresh, old}} : meet{{old, fresh}});
    settle_all();
    at_back.send(say_all{"hi"});
    settle_all();
    return journal.lines();
  }
};
TEST_F(two_lives, with_the_same_number_are_two) {
  EXPECT_EQ(heard_when(false), (lines{"new hi"}));
}
TEST_F(two_lives, with_the_same_number_are_two_whichever_comes_first) {
  EXPECT_EQ(heard_when(true), (lines{"new hi"}));
}

TEST_F(stale, who_kills_the_dead_does_not_kill_the_living) {
  live_again(1, "old");
  const auto old = reach_third();
  const auto alive = live_again(2, "new");
  const auto fresh = reach_third();
  const auto far = reach();
  far.send(meet{{old}});
  far.send(kill_all{});
  settle_all();
  EXPECT_FALSE(third->stage.system().ended(alive));
}

TEST_F(stale, an_ended_address_that_is_passed_on_leads_to_nobody) {
  const auto far = reach();
  settle_all();
  // An actor here and one there with the same number.
  auto mine = ears(*here, "mine");
  auto theirs = ears(*back, "theirs");
  while (mine.id() != theirs.id())
    (mine.id() < theirs.id() ? mine : theirs) = ears(mine.id() < theirs.id() ? *here : *back, "x");
  third.emplace(network, "third");
  const auto at_third = third->stage.spawn<keeper>({.name = "k"});
  ASSERT_TRUE(third->gate.offer("k", at_third) && back->gate.offer("theirs", theirs));
  const auto to_third = *back->gate.reach<keeper_address>("third", "k");
  const auto known_there = *third->gate.reach<address<word>>("back", "theirs");
  settle_all();
  far.send(meet{{mine}});
  deliver();
  here.reset();
  deliver();
  here.emplace(network, "here", 2);  // and is known to live again
  const auto again = reach();
  deliver();
  const auto known = answer_to(at_back.ask(whom_you_know{}, 1h));
  ASSERT_TRUE(known && known->size() == 1);
  EXPECT_TRUE(back->stage.system().ended((*known)[0]));
  to_third.send(meet{*known});
  settle_all();
  at_third.send(say_all{"secret"});
  settle_all();
  EXPECT_TRUE(journal.lines().empty());
  EXPECT_FALSE(back->stage.system().ended(to_third)) << "nor does it end the link";
}

TEST_F(stale, ones_own_comes_home_though_the_link_was_lost_before_the_message_was_read) {
  const auto far = reach();
  const auto one = ears(*back, "one");
  ASSERT_TRUE(back->gate.offer("one", one));
  const auto theirs = *here->gate.reach<address<word>>("back", "one");
  settle_all();
  far.send(meet{{theirs}});
  deliver();
  here.reset();
  deliver();
  const auto known = answer_to(at_back.ask(whom_you_know{}, 1h));
  ASSERT_TRUE(known && known->size() == 1);
  EXPECT_TRUE((*known)[0] == one);
}

TEST_F(stale, one_that_was_reached_with_wrong_messages_and_sent_home_ends_and_nothing_else) {
  const auto far = reach();
  settle_all();
  far.send(meet{{*here->gate.reach<address<word>>("back", "k")}});
  settle_all();
  EXPECT_FALSE(here->stage.system().ended(far));
}

TEST_F(stale, what_was_got_stays_one_address_whatever_is_reached_meanwhile) {
  const auto far = reach();
  const auto one = ears(*back, "one");
  ASSERT_TRUE(back->gate.offer("one", one));
  at_back.send(meet{{one}});
  const auto first = answer_to(far.ask(whom_you_know{}, 1h));
  {
    const auto reached = *here->gate.reach<address<word>>("back", "one");
    settle_all();
  }
  const auto again = answer_to(far.ask(whom_you_know{}, 1h));
  ASSERT_TRUE(first && again);
  EXPECT_TRUE((*first)[0] == (*again)[0]);
}

TEST_F(stale, a_gateway_that_is_closed_keeps_nobody) {
  auto one = ears(*back, "one");
  back->stage.spawn<mourner>({}, heard, address<>(one));
  ASSERT_TRUE(back->gate.offer("one", one));
  const auto theirs = *here->gate.reach<address<word>>("back", "one");
  settle_all();
  one = {};
  back->gate.close();
  settle_all();
  EXPECT_EQ(heard.lines().size(), 1U);
}

struct hostile : runtime::one_stage {};

TEST_F(hostile, an_address_that_stands_in_a_message_twice_ends_the_link) {
  using troupe::transport::link_id;
  const auto one = stage.spawn<keeper>({.name = "k"});
  ASSERT_TRUE(gate.offer("k", one));
  const auto say = [&](troupe::byte_buffer record) {
    gate.on_records(link_id{7}, {{runtime::actors_channel.number, record.take()}});
  };
  gate.on_up(link_id{7}, {"peer", 1}, false);
  const runtime::open_edge open{
      "k", 0, {{std::string(troupe::type_name<meet>()), troupe::actors::remote_shape<meet>()}}};
  say(runtime::written(runtime::record_kind::order, 1, runtime::edge_order(open)));
  troupe::byte_buffer twice;
  runtime::put(twice, runtime::record_head{runtime::record_kind::message, 0, 1});
  for (const int each : {0x91, 0x92, 1, 1}) twice.push(static_cast<std::byte>(each));
  runtime::put_cards(twice, {runtime::address_card{.name = "x", .number = 1}});
  say(std::move(twice));
  stage.run_until_idle();
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
}

}  // namespace
}  // namespace stale_address_test
