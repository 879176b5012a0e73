// Addresses that outlive the process of their actor: what was not sent waits for the next one.
#include "shop.hpp"

#include <algorithm>
#include <optional>
#include <random>

namespace lasting_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;
using troupe::address;
using troupe::end_reason;
namespace runtime = troupe::runtime;
namespace actors = troupe::actors;

struct sign {
  std::string text;
};
struct introduce {
  address<sign> to;
};
struct sign_all {
  std::string text;
};
struct whom_you_know {
  using reply = address<sign>;
};

/// Knows one whom to write to.
class clerk {
 public:
  using receives = troupe::receives<introduce, sign_all, whom_you_know>;
  void operator()(introduce i) { known_ = std::move(i.to); }
  void operator()(const sign_all& s) { known_.send(sign{s.text}); }
  address<sign> operator()(whom_you_know) { return known_; }

 private:
  address<sign> known_;
};
using clerk_address = troupe::address_of<clerk>;

class wall {
 public:
  using receives = troupe::receives<sign>;
  wall(std::string name, probe::journal& journal) : name_(std::move(name)), journal_(journal) {}
  void operator()(const sign& s) { journal_.add(name_ + " " + s.text); }

 private:
  const std::string name_;
  probe::journal& journal_;
};

struct lasting : runtime::two_stages {
  probe::journal journal, heard;
  shop_address local;        // the shop, in the process that lives
  clerk_address desk;        // likewise
  address<sign> local_wall;  // likewise
  std::optional<runtime::far_stage> third;

  lasting() { back.reset(); }
  ~lasting() override {  // before the journals
    die();
    here.reset();
  }

  /// The next process of "back".
  void start(std::uint64_t epoch, troupe::transport::window window = {}) {
    back.emplace(network, "back", epoch, window);
    local = back->stage.spawn<shop>({.name = "shop"}, journal);
    desk = back->stage.spawn<clerk>({.name = "desk"});
    local_wall = back->stage.spawn<wall>({.name = "wall"}, "wall " + std::to_string(epoch), journal);
    offer("shop", local);
    offer("desk", desk);
    offer("wall", local_wall);
  }
  template <class Address>
  void offer(const std::string& name, const Address& whom) {
    EXPECT_TRUE(
        back->gate.offer_lasting(name, actors::address_access::cell(whom), actors::remote_types(&whom)));
  }
  void die() {
    local = {};
    desk = {};
    local_wall = {};
    back.reset();
  }
  template <class Address>
  Address reach_lasting(runtime::far_stage& from, const std::string& name) {
    constexpr const Address* type = nullptr;
    const auto port = from.gate.make_lasting("back", name, actors::remote_types(type));
    return actors::address_access::make<Address>(
        from.gate.represent_lasting(port, name, actors::stand_in_class(type), runtime::small_mailbox));
  }
  shop_address reach_shop() { return reach_lasting<shop_address>(*here, "shop"); }
  void settle_all() {
    for (bool more = true; more;) {
      settle();
      more = third && third->stage.run_until_idle() > 0;
    }
  }
  void come_up() {
    here->gate.node_is_up("back");
    settle_all();
  }
  /// Until it looks again for what it lost.
  void wait() {
    settle_all();
    here->stage.advance(runtime::end_watch::pause);
    settle_all();
  }
  template <class R>
  troupe::result<R> answer_to(troupe::future<R> question) {
    settle_all();
    if (!question.ready()) return troupe::fail(errc::busy, "no answer yet");
    return question.get();
  }
  void mourn(const address<>& whom) { here->stage.spawn<mourner>({}, heard, whom); }
  static lines tea(int first, int last) {
    lines all;
    for (int i = first; i <= last; ++i) all.push_back("tea " + std::to_string(i));
    return all;
  }
  static void send(const shop_address& to, int first, int last) {
    for (int i = first; i <= last; ++i) EXPECT_TRUE(to.send(deliver{"tea", i}));
  }
  [[nodiscard]] std::uint64_t dead_letters() { return here->stage.system().dead_letters().total(); }
};

TEST_F(lasting, what_is_sent_before_the_node_is_up_arrives_in_order_once_it_is) {
  const auto far = reach_shop();
  send(far, 0, 4);
  settle();
  start(1);
  come_up();
  send(far, 5, 6);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 6));
  EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(lasting, what_was_not_passed_on_when_the_process_died_arrives_at_the_next_one_in_order) {
  start(1);
  const auto far = reach_shop();
  come_up();
  send(far, 0, 1);
  settle();
  for (std::uint64_t life = 2; life <= 4; ++life) {
    die();
    settle();
    const int first = static_cast<int>(journal.lines().size());
    send(far, first, first + 3);
    settle();
    start(life);
    come_up();
    EXPECT_EQ(journal.lines(), tea(0, first + 3));
  }
  EXPECT_FALSE(here->stage.system().ended(far));
  EXPECT_EQ(dead_letters(), 0U);
  EXPECT_TRUE(here->lost_ways.empty()) << "the process was dead";
}

TEST_F(lasting, questions_to_the_dead_fail_and_those_that_were_not_asked_yet_are_answered_by_the_next) {
  start(1);
  const auto far = reach_shop();
  come_up();
  auto open = far.ask(promise_me{}, 1h);
  settle();
  EXPECT_FALSE(open.ready());
  die();
  const auto lost = answer_to(std::move(open));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, errc::closed);
  EXPECT_TRUE(lost.error().context.starts_with("ask actor 'shop' of node 'back': node 'back' was lost"))
      << lost.error().context;
  far.send(deliver{"tea", 3});
  auto early = far.ask(how_many{"tea"}, 1h);
  settle();
  EXPECT_FALSE(early.ready());
  start(2);
  come_up();
  EXPECT_EQ(answer_to(std::move(early)), 3);
  EXPECT_EQ(answer_to(far.ask(how_many{"tea"}, 1h)), 3);
}

TEST_F(lasting, a_question_that_was_called_off_before_the_node_was_up_is_not_asked) {
  const auto far = reach_shop();
  auto called_off = far.ask(promise_me{}, 1h);
  settle();
  EXPECT_TRUE(called_off.cancel());
  auto patient = far.ask(how_many{"tea"}, 1h);
  start(1);
  come_up();
  EXPECT_EQ(answer_to(std::move(patient)).error().code, errc::not_found);
  const auto all = back->stage.system().look();
  const auto at = std::ranges::find(all, "shop", &troupe::actor_info::name);
  ASSERT_NE(at, all.end());
  EXPECT_EQ(at->handled, 1U);
}

TEST_F(lasting, an_address_in_a_message_that_waited_leads_back) {
  const auto mine = here->stage.spawn<wall>({.name = "mine"}, "mine", journal);
  const auto far = reach_lasting<clerk_address>(*here, "desk");
  far.send(introduce{mine});
  far.send(sign_all{"one"});
  settle();
  start(1);
  come_up();
  EXPECT_EQ(journal.lines(), lines{"mine one"});
}

/// The message was written for the way to the old process.
TEST_F(lasting,
       an_address_in_a_message_that_waited_over_a_death_leads_back_and_is_kept_no_longer_than_it_is_used) {
  start(1, {1, 1U << 20U});
  const auto mine = here->stage.spawn<wall>({.name = "mine"}, "mine", journal);
  const auto far = reach_lasting<clerk_address>(*here, "desk");
  come_up();
  far.send(sign_all{"nobody"});
  far.send(introduce{mine});  // no room: the first has not been handled
  far.send(sign_all{"one"});
  here->stage.run_until_idle();
  network.run_until_idle();
  here->stage.run_until_idle();
  die();
  settle();
  EXPECT_EQ(here->gate.kept_addresses(), 0U) << "the link is gone";
  start(2, {1, 1U << 20U});
  come_up();
  EXPECT_EQ(journal.lines(), lines{"mine one"});
  EXPECT_EQ(answer_to(far.ask(whom_you_know{}, 1h)), mine) << "it comes home";
  desk.kill();
  settle();
  EXPECT_EQ(here->gate.kept_addresses(), 0U);
}

TEST_F(lasting, one_that_is_ended_says_why_and_what_waits_is_a_dead_letter) {
  const auto far = reach_shop();
  mourn(far);
  send(far, 0, 4);
  auto open = far.ask(how_many{"tea"}, 1h);
  settle();
  here->gate.end_lasting("back", "nobody", {ending::failed, "not you"});
  settle();
  EXPECT_TRUE(heard.lines().empty());
  here->gate.end_lasting("back", "shop", {ending::failed, "closed down"});
  EXPECT_EQ(answer_to(std::move(open)).error().code, errc::closed);
  EXPECT_EQ(heard.lines(), lines{end(ending::failed, "closed down")});
  EXPECT_EQ(dead_letters(), 6U);
  EXPECT_EQ(far.send(deliver{"tea", 9}).error().code, errc::closed);
  start(1);
  come_up();
  EXPECT_TRUE(journal.lines().empty());
}

TEST_F(lasting, one_whose_actor_has_ended_ends) {
  start(1);
  const auto far = reach_shop();
  mourn(far);
  come_up();
  send(far, 0, 1);
  settle();
  local.stop();
  settle();
  EXPECT_EQ(heard.lines(), lines{end(ending::stopped, "")});
  here->gate.end_lasting("back", "shop", {ending::killed, {}});  // as when the director says so, too
  wait();
  EXPECT_EQ(heard.lines().size(), 1U);
}

TEST_F(lasting, one_of_an_actor_that_the_node_does_not_have_ends_and_says_so) {
  start(1);
  const auto far = reach_lasting<shop_address>(*here, "shoop");
  here->stage.spawn<mourner>({}, heard, address<>(far));
  come_up();
  ASSERT_EQ(heard.lines().size(), 1U);
  EXPECT_TRUE(heard.lines()[0].ends_with("this node has no actor 'shoop'")) << heard.lines()[0];
}

TEST_F(lasting, one_that_travels_is_that_nodes_own_and_survives_as_well) {
  start(1);
  third.emplace(network, "third");
  const auto there = third->stage.spawn<clerk>({.name = "k"});
  ASSERT_TRUE(third->gate.offer("k", there));
  const auto of_third = reach_lasting<address<sign>>(*third, "wall");
  const auto of_here = reach_lasting<address<sign>>(*here, "wall");
  third->gate.node_is_up("back");
  come_up();
  const auto far = *here->gate.reach<clerk_address>("third", "k");
  far.send(introduce{of_here});
  settle_all();
  auto known = there.ask(whom_you_know{}, 1h).get();
  ASSERT_TRUE(known);
  EXPECT_TRUE(*known == of_third);
  EXPECT_EQ(answer_to(far.ask(whom_you_know{}, 1h)), of_here) << "and back";
  there.send(sign_all{"one"});
  settle_all();
  die();
  settle_all();
  there.send(sign_all{"two"});
  settle_all();
  start(2);
  third->gate.node_is_up("back");
  come_up();
  EXPECT_EQ(journal.lines(), (lines{"wall 1 one", "wall 2 two"}));
}

TEST_F(lasting, the_actors_own_address_travels_by_its_name_and_comes_home) {
  start(1);
  const auto of_here = reach_lasting<address<sign>>(*here, "wall");
  const auto far = reach_lasting<clerk_address>(*here, "desk");
  come_up();
  desk.send(introduce{local_wall});
  EXPECT_EQ(answer_to(far.ask(whom_you_know{}, 1h)), of_here);
  far.send(introduce{of_here});
  settle();
  EXPECT_EQ(answer_to(desk.ask(whom_you_know{}, 1h)), local_wall);
}

TEST_F(lasting, an_address_for_some_of_its_messages_is_the_same_one) {
  start(1);
  const auto far = reach_shop();
  come_up();
  const auto porter = here->stage.spawn<clerk>({.name = "k"});
  ASSERT_TRUE(here->gate.offer("k", porter));
  const auto to_here = *back->gate.reach<clerk_address>("here", "k");
  to_here.send(introduce{local_wall});  // by its name, and nobody here has a lasting way to it
  settle();
  const auto known = porter.ask(whom_you_know{}, 1h).get();
  ASSERT_TRUE(known && *known);
  porter.send(sign_all{"hi"});
  settle();
  EXPECT_EQ(journal.lines(), lines{"wall 1 hi"});
}

TEST_F(lasting, a_way_that_is_lost_while_the_process_lives_is_found_again) {
  start(1);
  const auto far = reach_shop();
  mourn(far);
  come_up();
  send(far, 0, 0);
  auto open = far.ask(promise_me{}, 1h);
  settle();
  here->post->cut(troupe::transport::link_id{1});
  settle();
  EXPECT_EQ(answer_to(std::move(open)).error().code, errc::closed);
  EXPECT_EQ(here->lost_ways, lines{"back 1"});
  send(far, 1, 3);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 0)) << "not before the pause";
  wait();
  EXPECT_EQ(journal.lines(), tea(0, 3));
  EXPECT_TRUE(heard.lines().empty());
}

TEST_F(lasting, is_looked_for_until_somebody_is_there) {
  const auto far = reach_shop();
  send(far, 0, 1);
  come_up();  // it has died since
  for (int i = 0; i < 5; ++i) wait();
  start(1);
  for (int i = 0; i < 2; ++i) wait();
  EXPECT_EQ(journal.lines(), tea(0, 1)) << "though nobody said that it is up";
  EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(lasting, a_gateway_that_is_closed_ends_those_that_have_no_way) {
  const auto far = reach_shop();
  mourn(far);
  send(far, 0, 1);
  settle();
  here->gate.close();
  settle();
  EXPECT_EQ(heard.lines(), lines{end(ending::link_lost, "this process takes part no more")});
  EXPECT_EQ(dead_letters(), 2U);
  here->gate.node_is_up("back");
  here->gate.end_lasting("back", "shop", {ending::killed, {}});
}

TEST_F(lasting, a_node_that_is_said_to_be_up_twice_has_one_way) {
  start(1);
  const auto far = reach_shop();
  send(far, 0, 1);
  here->gate.node_is_up("back");
  here->gate.node_is_up("back");
  settle();
  here->gate.node_is_up("back");
  send(far, 2, 3);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 3));
  EXPECT_TRUE(here->lost_ways.empty());
}

TEST_F(lasting, a_window_of_one_message_loses_none_and_repeats_none) {
  start(1, {1, 1U << 20U});
  const auto far = reach_shop();
  come_up();
  send(far, 0, 9);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 9));
  send(far, 10, 19);
  here->stage.run_until_idle();
  network
      .run_until_idle();  // one is there, which handles it before it goes; one waits for room, the others stand in line
  die();
  settle();
  start(2, {1, 1U << 20U});
  come_up();
  EXPECT_EQ(journal.lines(), tea(0, 19));
}

TEST_F(lasting, one_whose_last_address_is_gone_lets_go_of_its_actor) {
  start(1);
  {
    const auto far = reach_shop();
    come_up();
    send(far, 0, 0);
    settle();
  }
  settle();
  EXPECT_EQ(here->stage.system().size(), 1U) << "the gateway's own";
  wait();
  const auto again = reach_shop();
  come_up();
  send(again, 1, 1);
  settle();
  EXPECT_EQ(journal.lines(), tea(0, 1));
}

struct rough : lasting {
  void TestBody() override {}

  /// What may happen, in an order of that seed; returns the number of the last message.
  int live_through(std::uint32_t seed) {
    std::mt19937 dice(seed);
    const troupe::transport::window narrow{1 + seed % 3, 1U << 20U};
    start(1, narrow);
    const auto far = reach_shop();
    std::uint64_t epoch = 1;
    int next = 0;
    for (int i = 0; i < 200; ++i) {
      const auto what = dice() % 32;
      if (what == 0) {
        die();
        start(++epoch, narrow);
      } else if (what == 1) {
        here->post->cut(troupe::transport::link_id{1 + dice() % 20});
      } else if (what < 4) {
        here->gate.node_is_up("back");
      } else if (what < 6) {
        here->stage.advance(runtime::end_watch::pause);
      } else if (what < 12) {
        static_cast<void>(network.step());
      } else if (what < 16) {
        here->stage.step();
      } else if (what < 20) {
        back->stage.step();
      } else if (far.try_send(deliver{"tea", next})) {
        ++next;
      }
    }
    for (int i = 0; i < 5; ++i) wait();
    EXPECT_TRUE(far.send(deliver{"tea", next}));
    settle();
    return next;
  }
};

/// Nothing twice, nothing before what was said before it, and what is said when all is well arrives.
TEST(lasting_address, keeps_the_order_whatever_happens) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    rough s;
    const int last = s.live_through(seed);
    int before = -1;
    for (const auto& each : s.journal.lines()) {
      const int now = std::stoi(each.substr(4));
      ASSERT_LT(before, now) << "seed " << seed;
      before = now;
    }
    EXPECT_EQ(before, last) << "seed " << seed;
    EXPECT_EQ(s.dead_letters(), 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lasting_test
