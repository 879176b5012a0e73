// Addresses that outlive the process of their actor: what was not sent waits for the next one.
#include "lasting_scene.hpp"

#include <algorithm>

namespace lasting_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;

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

TEST_F(lasting, a_question_that_waited_for_room_when_the_process_died_is_answered_by_the_next) {
  start(1, {1, 1U << 20U});
  const auto far = reach_shop();
  come_up();
  send(far, 0, 0);
  auto waits = far.ask(how_many{"milk"}, 1h);
  here->stage.run_until_idle();
  network.run_until_idle();
  die();
  settle();
  EXPECT_FALSE(waits.ready());
  start(2);
  come_up();
  EXPECT_EQ(answer_to(std::move(waits)).error().code, errc::not_found) << "it has no milk";
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

TEST_F(lasting, the_actors_own_address_is_known_by_its_name_before_there_is_a_way_to_it) {
  const auto of_here = reach_lasting<address<sign>>(*here, "wall");
  start(1);
  desk.send(introduce{local_wall});
  const auto ordinary = *here->gate.reach<clerk_address>("back", "desk");
  EXPECT_EQ(answer_to(ordinary.ask(whom_you_know{}, 1h)), of_here);
}

TEST_F(lasting, an_address_that_came_by_its_name_leads_there_also_without_a_lasting_way) {
  start(1);
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

}  // namespace
}  // namespace lasting_test
