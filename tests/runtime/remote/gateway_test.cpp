// Addresses that lead into another process: the same functions, the same order, an end for each reason.
#include "two_stages.hpp"

#include <troupe/actors/supervisor.hpp>

#include <stdexcept>

namespace gateway_test {
namespace {

using namespace std::chrono_literals;
using troupe::ending;
using troupe::errc;
using lines = std::vector<std::string>;

struct deliver {
  std::string item;
  int count = 0;
};
struct how_many {
  std::string item;
  using reply = int;
};
struct promise_me {
  using reply = std::string;
};
struct fall {
  std::string why;
};

class shop {
 public:
  using receives = troupe::receives<deliver, how_many, promise_me, fall>;
  explicit shop(probe::journal& journal) : journal_(journal) {}
  void operator()(deliver d) {
    left_[d.item] += d.count;
    journal_.add(d.item + " " + std::to_string(d.count));
  }
  troupe::result<int> operator()(how_many h) {
    if (!left_.contains(h.item)) return troupe::fail(errc::not_found, "no " + h.item);
    return left_[h.item];
  }
  void operator()(promise_me, troupe::promise<std::string> answer) { open_.push_back(std::move(answer)); }
  void operator()(fall f) { throw std::runtime_error(f.why); }

 private:
  probe::journal& journal_;
  std::map<std::string, int> left_;
  std::vector<troupe::promise<std::string>> open_;
};
using shop_address = troupe::address_of<shop>;

/// Watches others, and says what it hears.
class mourner {
 public:
  using receives = troupe::receives<troupe::down>;
  mourner(troupe::context& self, probe::journal& journal, const troupe::address<>& whom) : journal_(journal) {
    self.monitor<mourner>(whom);
  }
  void operator()(troupe::down d) {
    journal_.add(d.name + " " + std::to_string(static_cast<int>(d.reason.how)) + " " + d.reason.text);
  }

 private:
  probe::journal& journal_;
};

struct remote : troupe::runtime::two_stages {
  probe::journal journal, heard;
  shop_address local = back->stage.spawn<shop>({.name = "shop"}, journal);
  remote() { EXPECT_TRUE(back->gate.offer("shop", local)); }

  shop_address reach(troupe::mailbox_options mailbox = {}) {
    auto found = here->gate.reach<shop_address>("back", "shop", mailbox);
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  }
  template <class Address>
  void mourn(const Address& whom) {
    here->stage.spawn<mourner>({}, heard, troupe::address<>(whom));
  }
  /// The end of the only one who is mourned.
  std::string last_words() {
    settle();
    const auto said = heard.lines();
    return said.empty() ? "" : said.back();
  }
  template <class R>
  troupe::result<R> answer_to(troupe::future<R> question) {
    settle();
    if (!question.ready()) return troupe::fail(errc::busy, "no answer yet");
    return question.get();
  }
};
std::string end(ending how, const std::string& text) {
  return "shop " + std::to_string(static_cast<int>(how)) + " " + text;
}

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

struct windowed : troupe::runtime::two_stages {
  probe::journal journal;
  windowed() {
    back.emplace(network, "back", 1, troupe::transport::window{8, 1U << 20U});
    EXPECT_TRUE(back->gate.offer("shop", back->stage.spawn<shop>({.name = "shop"}, journal)));
  }
  /// Everything but the actors over there.
  void settle_here() {
    while (network.run_until_idle() + here->stage.run_until_idle() > 0) {
    }
  }
};

TEST_F(windowed, a_slow_actor_holds_back_who_sends_and_loses_nothing) {
  const auto far =
      *here->gate.reach<shop_address>("back", "shop", {.capacity = 4, .overflow = troupe::overflow::reject});
  settle();
  int sent = 0;
  for (; sent < 100; ++sent) {
    settle_here();
    if (!far.send(deliver{"tea", sent})) break;
  }
  EXPECT_EQ(sent, 8 + 1 + 4) << "the window, the one that waits for room, the mailbox";
  EXPECT_EQ(back->stage.system().look().size(), 2U);
  EXPECT_EQ(far.ask(how_many{"tea"}, 1h).get().error().code, errc::full);
  settle();
  EXPECT_EQ(journal.lines().size(), 13U);
  EXPECT_EQ(journal.lines().back(), "tea 12");
  EXPECT_TRUE(far.send(deliver{"tea", 13}));
  settle();
  EXPECT_EQ(journal.lines().back(), "tea 13");
}

TEST_F(windowed, what_waits_for_room_is_a_dead_letter_when_the_actor_is_gone) {
  const auto far = *here->gate.reach<shop_address>("back", "shop");
  settle();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(far.send(deliver{"tea", i}));
  settle_here();
  far.kill();
  settle();
  EXPECT_TRUE(here->stage.system().ended(far));
  EXPECT_EQ(here->stage.system().dead_letters().total() + back->stage.system().dead_letters().total() +
                journal.lines().size(),
            20U);
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

}  // namespace
}  // namespace gateway_test
