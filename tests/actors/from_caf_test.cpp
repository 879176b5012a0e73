// CAF actors among ours.
#include "caf_scene.hpp"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace from_caf_test {
namespace {

using namespace caf_test;
using namespace std::chrono_literals;
using troupe::ending;
using troupe::errc;

TEST(from_caf, takes_messages_in_order_and_answers_questions) {
  scene s;
  const auto address = among_us(s, spawn_shop(s, 0));
  for (int i = 0; i < 1000; ++i) address.send(deliver{"tea", 1});
  auto answer = address.ask(buy{"tea"});
  const auto got = answer.get();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->left, 999);
  EXPECT_TRUE(address.ask(clear{}).get());
  auto sold_out = address.ask(buy{"tea"});
  const auto none = sold_out.get();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::handler_failed);
  EXPECT_NE(none.error().message().find("sold out"), std::string::npos) << none.error().message();
  address.kill();
}

TEST(from_caf, moves_its_messages) {
  scene s;
  std::promise<int> copies;
  const auto whom = spawn_shop(s, 0, {.count_copies = [&](int seen) { copies.set_value(seen); }});
  troupe::from_caf<counted>(*s.here, whom).send(counted());
  EXPECT_EQ(copies.get_future().get(), 0);
}

/// Watches one; its end is the answer.
class watcher {
 public:
  using receives = troupe::receives<troupe::down>;
  watcher(troupe::context& self, const shop_address& whom, std::promise<troupe::down>& heard)
      : heard_(heard) {
    self.monitor<watcher>(whom);
  }
  void operator()(troupe::down d) { heard_.set_value(std::move(d)); }

 private:
  std::promise<troupe::down>& heard_;
};

troupe::down end_seen(scene& s, const shop_address& whom) {
  std::promise<troupe::down> heard;
  const auto eye = s.here->spawn<watcher>({}, whom, heard);
  auto said = heard.get_future();
  EXPECT_EQ(said.wait_for(60s), std::future_status::ready);
  return said.get();
}

TEST(from_caf, its_end_is_heard_by_a_monitor_with_the_reason) {
  scene s;
  auto whom = among_us(s, spawn_shop(s, 1), {.name = "shop"});
  whom.send(fail_now{});
  const auto failed = end_seen(s, whom);
  EXPECT_EQ(failed.name, "shop");
  EXPECT_EQ(failed.reason.how, ending::failed);
  EXPECT_NE(failed.reason.text.find("no more paper"), std::string::npos) << failed.reason.text;

  whom = among_us(s, spawn_shop(s, 1));
  whom.send(stop_now{});
  EXPECT_EQ(end_seen(s, whom).reason, (troupe::end_reason{ending::stopped, {}}));

  const auto victim = spawn_shop(s, 1);
  whom = among_us(s, victim);
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  EXPECT_EQ(end_seen(s, whom).reason, (troupe::end_reason{ending::killed, {}}));

  const auto gone = spawn_shop(s, 1);
  caf::anon_send_exit(gone, caf::exit_reason::user_shutdown);
  {
    caf::scoped_actor self{s.there};
    self->wait_for(gone);
  }
  EXPECT_EQ(end_seen(s, among_us(s, gone)).reason.how, ending::stopped) << "it had ended before";
}

TEST(from_caf, a_stop_comes_behind_what_was_sent_and_a_kill_at_once) {
  scene s;
  for (const bool kill : {false, true}) {
    const auto whom = spawn_shop(s, 1);
    auto address = among_us(s, whom);
    address.send(deliver{"tea", 1});
    std::promise<caf::error> heard;
    whom->attach_functor([&](const caf::error& why) { heard.set_value(why); });
    if (kill)
      address.kill();
    else
      address.stop();
    EXPECT_EQ(heard.get_future().get(), kill ? caf::make_error(caf::exit_reason::kill)
                                             : caf::make_error(caf::exit_reason::user_shutdown));
    EXPECT_TRUE(s.here->wait_ended(address, probe::watchdog()));
  }
}

TEST(from_caf, an_address_that_is_given_up_leaves_the_caf_actor_alone) {
  scene s;
  const auto whom = spawn_shop(s, 5);
  among_us(s, whom).send(deliver{"tea", 1});
  ASSERT_TRUE(s.here->wait_ended(probe::watchdog()));
  EXPECT_EQ(stock_in_caf(caf::scoped_actor{s.there}, whom, buy{"tea"}).value.value_or(stock{-1}).left, 5);
  caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
}

/// Keeps its duties to answer.
script hoarder(std::size_t until) {
  auto kept = std::make_shared<std::vector<caf::response_promise>>();
  return {.sell = [kept, until](caf::event_based_actor* self, const buy&) -> answering {
    kept->push_back(self->make_response_promise());
    if (kept->size() == until) self->quit(caf::make_error(caf::sec::runtime_error, "fire"));
    return caf::delegated<stock>();
  }};
}

TEST(from_caf, questions_that_die_with_their_actor_are_answered) {
  scene s;
  const auto address = troupe::from_caf<buy>(*s.here, spawn_shop(s, 0, hoarder(3)));
  std::vector<troupe::future<stock>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(address.ask(buy{}, 60s));
  for (auto& each : answers) {
    const auto got = each.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::closed) << got.error().message();
    EXPECT_NE(got.error().message().find("fire"), std::string::npos) << got.error().message();
  }
}

TEST(from_caf, a_question_that_is_never_answered_ends_by_its_deadline) {
  scene s;
  const auto whom = spawn_shop(s, 0, hoarder(1000));
  const auto address = troupe::from_caf<buy>(*s.here, whom);
  for (int i = 0; i < 200; ++i) {
    auto answer = address.ask(buy{}, 1us);
    EXPECT_EQ(answer.get().error().code, errc::timed_out);
  }
  caf::anon_send_exit(whom, caf::exit_reason::kill);
  EXPECT_TRUE(s.here->wait_ended(address, probe::watchdog()));
}

TEST(from_caf, an_error_of_caf_keeps_its_kind) {
  scene s;
  const auto said = [&s](caf::sec what) {
    const auto whom =
        spawn_shop(s, 0, {.sell = [what](auto, auto&) -> answering { return caf::make_error(what); }});
    return troupe::from_caf<buy>(*s.here, whom).ask(buy{}, 60s).get().error().code;
  };
  EXPECT_EQ(said(caf::sec::request_receiver_down), errc::closed);
  EXPECT_EQ(said(caf::sec::request_timeout), errc::timed_out);
  EXPECT_EQ(said(caf::sec::invalid_argument), errc::handler_failed);
}

TEST(from_caf, an_answer_of_another_type_is_an_error_that_says_so) {
  scene s;
  const auto whom = spawn_shop(s, 0, {.sell = [](caf::event_based_actor* self, const buy&) -> answering {
                                 self->make_response_promise().deliver(7);
                                 return caf::delegated<stock>();
                               }});
  const auto address = troupe::from_caf<buy>(*s.here, whom);
  auto answer = address.ask(buy{});
  const auto got = answer.get();
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message().find("the answer has another type"), std::string::npos)
      << got.error().message();
  caf::anon_send_exit(whom, caf::exit_reason::kill);
}

TEST(from_caf, what_is_sent_after_the_end_of_the_caf_actor_is_counted) {
  scene s;
  const auto gone = spawn_shop(s, 0);
  caf::anon_send_exit(gone, caf::exit_reason::kill);
  {
    caf::scoped_actor self{s.there};
    self->wait_for(gone);
  }
  const auto address = among_us(s, gone);
  for (int i = 0; i < 100; ++i) address.send(deliver{});
  ASSERT_TRUE(s.here->wait_ended(address, probe::watchdog()));
  EXPECT_EQ(s.here->dead_letters().total(), 100U);
}

TEST(from_caf, refuses_an_empty_actor) {
  scene s;
  EXPECT_THROW(static_cast<void>(troupe::from_caf<deliver>(*s.here, caf::actor())), std::invalid_argument);
}

}  // namespace
}  // namespace from_caf_test
