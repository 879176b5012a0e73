// Addresses that lead into another process: the same functions, the same order, an end for each reason.
#include "shop.hpp"

#include <troupe/actors/supervisor.hpp>

#include <algorithm>

namespace gateway_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;

TEST_F(remote, messages_arrive_in_order_also_those_that_were_sent_before_the_link_was_up) {
  const auto far = reach();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(far.send(deliver{"tea", i}));
  settle();
  for (int i = 3; i < 6; ++i) EXPECT_TRUE(far.send(deliver{"tea", i}));
  settle();
  EXPECT_EQ(journal.lines(), (lines{"tea 0", "tea 1", "tea 2", "tea 3", "tea 4", "tea 5"}));
}

TEST_F(remote, questions_are_answered_with_the_reply_or_the_error) {
  const auto far = reach();
  far.send(deliver{"tea", 7});
  EXPECT_EQ(answer_to(far.ask(how_many{"tea"}, 1h)), 7);
  const auto none = answer_to(far.ask(how_many{"milk"}, 1h));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::not_found);
  EXPECT_EQ(none.error().context, "no milk");
}

struct parcel {
  std::string to;
  troupe::bytes content;
};
struct echo {
  troupe::bytes content;
  using reply = parcel;
};
class porter {
 public:
  using receives = troupe::receives<parcel, echo>;
  explicit porter(probe::journal& journal) : journal_(journal) {}
  void operator()(const parcel& p) { journal_.add(p.to + " " + std::string(p.content.text())); }
  parcel operator()(echo e) { return {"back", std::move(e.content)}; }

 private:
  probe::journal& journal_;
};

/// Small ones are copied into the frame, large ones travel behind a frame of their own.
TEST_F(remote, bytes_of_any_size_arrive_as_they_were) {
  const auto porter_there = back->stage.spawn<porter>({.name = "porter"}, journal);
  ASSERT_TRUE(back->gate.offer("porter", porter_there));
  const auto far = *here->gate.reach<troupe::address_of<porter>>("back", "porter");
  lines sent;
  for (const std::size_t size : {0UL, 1UL, 300UL, 16000UL, 16385UL, 65536UL, 65537UL, 1UL << 20U}) {
    std::string text(size, 'x');
    for (std::size_t at = 0; at < size; ++at) text[at] = static_cast<char>('a' + at * 7 % 26);
    const auto content = troupe::bytes::copy_of(troupe::as_bytes_view(text));
    far.send(parcel{"you", content});
    sent.push_back("you " + text);
    settle();
    const auto came_back = answer_to(far.ask(echo{content}, 1h));
    ASSERT_TRUE(came_back) << size;
    EXPECT_EQ(came_back->to, "back");
    EXPECT_TRUE(came_back->content.text() == text) << size;
  }
  EXPECT_TRUE(journal.lines() == sent);
}

TEST_F(remote, a_question_whose_actor_fails_or_drops_the_promise_is_answered) {
  const auto far = reach();
  auto open = far.ask(promise_me{}, 1h);
  settle();
  EXPECT_FALSE(open.ready());
  far.send(fall{"no more paper"});
  EXPECT_EQ(answer_to(std::move(open)).error().code, errc::closed);
  EXPECT_EQ(answer_to(far.ask(how_many{"tea"}, 1h)).error().code, errc::closed);
}

TEST_F(remote, an_address_of_nobody_ends_and_says_why) {
  const auto nobody = here->gate.reach<shop_address>("back", "shoop");
  ASSERT_TRUE(nobody);
  mourn(*nobody);
  nobody->send(deliver{"tea", 1});
  EXPECT_EQ(last_words(),
            "shoop " + std::to_string(static_cast<int>(ending::failed)) + " this node has no actor 'shoop'");
  EXPECT_EQ(here->stage.system().dead_letters().total(), 1U);
  EXPECT_EQ(here->gate.reach<shop_address>("nowhere", "shop").error().code, errc::not_found);
}

namespace other {
struct deliver {
  std::string item;
  std::int64_t count = 0;
};
}  // namespace other

TEST_F(remote, an_address_with_other_messages_ends_and_names_type_and_field) {
  const auto differs = here->gate.reach<troupe::address<other::deliver>>("back", "shop");
  mourn(*differs);
  EXPECT_EQ(last_words(), end(ending::failed, "actor 'shop': deliver.count is i32 here and i64 there"));
  const auto unknown = here->gate.reach<troupe::address<probe::number>>("back", "shop");
  mourn(*unknown);
  EXPECT_EQ(last_words(), end(ending::failed, "actor 'shop' of this node does not receive 'number'"));
}

TEST_F(remote, a_monitor_hears_how_the_actor_ended_behind_its_last_answer) {
  const auto far = reach();
  mourn(far);
  settle();
  far.send(fall{"no more paper"});
  EXPECT_EQ(last_words(), end(ending::failed, "no more paper"));
  EXPECT_EQ(far.send(deliver{"tea", 1}).error().code, errc::closed);
}

TEST_F(remote, stop_and_kill_reach_the_actor) {
  const auto far = reach();
  mourn(far);
  far.send(deliver{"tea", 1});
  settle();
  far.send(deliver{"tea", 2});
  far.stop();
  EXPECT_EQ(last_words(), end(ending::stopped, ""));
  EXPECT_EQ(journal.lines(), (lines{"tea 1", "tea 2"}));

  const auto second = back->stage.spawn<shop>({.name = "second"}, journal);
  ASSERT_TRUE(back->gate.offer("second", second));
  const auto far_second = *here->gate.reach<shop_address>("back", "second");
  far_second.kill();
  settle();
  EXPECT_TRUE(back->stage.system().ended(second));
}

TEST_F(remote, a_monitor_hears_of_a_process_that_died) {
  const auto far = reach();
  mourn(far);
  far.send(deliver{"tea", 1});
  settle();
  auto open = far.ask(promise_me{}, 1h);
  settle();
  here->post->cut(troupe::transport::link_id{1});
  back.reset();
  const auto said = last_words();
  EXPECT_TRUE(said.starts_with(end(ending::process_lost, "node 'back' was lost: "))) << said;
  EXPECT_TRUE(said.ends_with("; nobody listens there now: its process has died")) << said;
  EXPECT_EQ(answer_to(std::move(open)).error().code, errc::closed);
  EXPECT_TRUE(here->stage.system().ended(far));
}

TEST_F(remote, a_monitor_hears_of_a_link_that_was_lost_while_the_process_lives) {
  const auto far = reach();
  mourn(far);
  settle();
  here->post->cut(troupe::transport::link_id{1});
  const auto said = last_words();
  EXPECT_TRUE(said.starts_with(end(ending::link_lost, "node 'back' was lost: "))) << said;
  EXPECT_TRUE(said.ends_with("; its process lives")) << said;
  const auto again = reach();
  again.send(deliver{"tea", 1});
  settle();
  EXPECT_EQ(journal.lines(), lines{"tea 1"}) << "a new address, a new link";
}

TEST_F(remote, nobody_listens_is_an_end_too) {
  back.reset();
  const auto far = reach();
  mourn(far);
  const auto said = last_words();
  EXPECT_TRUE(said.starts_with(end(ending::process_lost, "node 'back' was lost: "))) << said;
}

TEST_F(remote, an_actor_that_is_started_again_keeps_its_far_addresses) {
  auto boss = back->stage.system().supervise({.restart = {.delay = 0ms}});
  const auto hot = boss.spawn<shop>({.name = "hot"}, std::ref(journal));
  ASSERT_TRUE(back->gate.offer("hot", hot));
  const auto far = *here->gate.reach<shop_address>("back", "hot");
  far.send(deliver{"tea", 1});
  far.send(fall{"once"});
  far.send(deliver{"tea", 2});
  settle();
  EXPECT_EQ(journal.lines(), (lines{"tea 1", "tea 2"}));
  EXPECT_FALSE(here->stage.system().ended(far));
}

TEST_F(remote, the_last_far_address_lets_go_of_the_actor) {
  {
    const auto far = reach();
    far.send(deliver{"tea", 1});
    settle();
  }
  settle();
  EXPECT_EQ(here->stage.system().size(), 1U) << "the gateway's own";
  back->gate.close();
  local = {};
  settle();
  EXPECT_EQ(back->stage.system().size(), 0U);
}

TEST_F(remote, one_that_is_watched_stays_though_no_address_is_left) {
  mourn(reach());
  settle();
  EXPECT_TRUE(heard.lines().empty());
  local.stop();
  EXPECT_EQ(last_words(), end(ending::stopped, ""));
}

TEST_F(remote, a_record_that_breaks_the_protocol_ends_the_link_and_nothing_else) {
  const auto far = reach();
  mourn(far);
  settle();
  far.send(deliver{"tea", 1});
  settle();
  troupe::byte_buffer record;
  put(record, troupe::runtime::record_head{troupe::runtime::record_kind::message, 99, 1});
  here->post->send(troupe::transport::link_id{1}, troupe::runtime::actors_channel.number, record.view(), {});
  const auto said = last_words();
  EXPECT_TRUE(said.starts_with(end(ending::link_lost, "node 'back' was lost: "))) << said;
  EXPECT_FALSE(back->stage.system().ended(local));
}

TEST_F(remote, a_stop_does_not_overtake_what_was_sent_before_the_link_was_up) {
  const auto far = reach();
  for (int i = 0; i < 3; ++i) far.send(deliver{"tea", i});
  far.stop();
  settle();
  EXPECT_EQ(journal.lines(), (lines{"tea 0", "tea 1", "tea 2"}));
  EXPECT_TRUE(back->stage.system().ended(local));
}

TEST_F(remote, what_was_on_its_way_to_an_actor_that_ended_is_a_dead_letter_there) {
  const auto far = reach();
  settle();
  local.kill();
  back->stage.run_until_idle();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(far.send(deliver{"tea", i}));
  settle();
  EXPECT_EQ(back->stage.system().dead_letters().total(), 5U);
}

TEST_F(remote, a_question_whose_answer_nobody_waits_for_is_asked_and_one_that_was_called_off_is_not) {
  const auto far = reach();
  far.send(deliver{"tea", 1});
  { auto dropped = far.ask(how_many{"dropped"}, 1h); }
  auto cancelled = far.ask(how_many{"cancelled"}, 1h);
  EXPECT_TRUE(cancelled.cancel());
  settle();
  const auto all = back->stage.system().look();
  const auto at = std::ranges::find(all, "shop", &troupe::actor_info::name);
  ASSERT_NE(at, all.end());
  EXPECT_EQ(at->handled, 2U) << "the delivery, and the question whose answer was given up";
}

TEST_F(remote, questions_that_timed_out_keep_no_address) {
  for (int i = 0; i < 10; ++i) {
    const auto far = reach();
    settle();
    EXPECT_EQ(far.ask(promise_me{}, 1ms).get().error().code, errc::timed_out);
  }
  settle();
  EXPECT_EQ(here->stage.system().size(), 1U) << "the gateway's own";
}

TEST_F(remote, those_who_watched_and_ended_keep_no_address) {
  for (int i = 0; i < 10; ++i) {
    const auto far = reach();
    const auto watcher = here->stage.spawn<mourner>({}, heard, troupe::address<>(far));
    settle();
    watcher.kill();
    settle();
  }
  settle();
  EXPECT_EQ(here->stage.system().size(), 1U) << "the gateway's own";
}

TEST_F(remote, a_cut_ends_each_address_once_also_when_both_sides_reach_again) {
  const auto caller = here->stage.spawn<shop>({.name = "caller"}, journal);
  ASSERT_TRUE(here->gate.offer("caller", caller));
  mourn(reach());
  const auto other_way = *back->gate.reach<shop_address>("here", "caller");
  settle();
  here->post->cut(troupe::transport::link_id{1});
  settle();
  EXPECT_EQ(heard.lines().size(), 1U);
  EXPECT_TRUE(back->stage.system().ended(other_way));
  const auto again = reach();
  const auto other_again = *back->gate.reach<shop_address>("here", "caller");
  settle();
  EXPECT_FALSE(here->stage.system().ended(again));
  EXPECT_FALSE(back->stage.system().ended(other_again));
}

}  // namespace
}  // namespace gateway_test
