// Real CAF actors among ours, and ours among them.
#include "probe.hpp"

#include <troupe/actors/caf.hpp>
#include <troupe/actors/promise.hpp>

#include <caf/all.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace caf_test {

struct deliver {
  std::string item;
  int count = 0;
};
struct stock {
  int left = 0;
};
struct buy {
  std::string item;
  using reply = stock;
};
struct clear {
  using reply = void;
};
struct fail_now {};
struct stop_now {};
struct unknown {};

/// Counts how often it is copied.
struct counted {
  counted() = default;
  counted(const counted& other) : copies(other.copies + 1) {}
  counted(counted&&) noexcept = default;
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) noexcept = default;
  int copies = 0;
};

}  // namespace caf_test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::stock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::buy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::clear)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::fail_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::stop_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::unknown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::counted)

namespace caf_test {
namespace {

using namespace std::chrono_literals;
using troupe::ending;
using troupe::errc;

struct quiet : caf::actor_system_config {
  quiet() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2U);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// CAF's system outlives ours.
struct scene {
  quiet config;
  caf::actor_system there{config};
  std::string said;
  std::mutex mutex;
  troupe::logger log =
      troupe::logger::make({.colour = troupe::log_colour::never, .write = [this](std::string_view line) {
                              const std::lock_guard lock(mutex);
                              said += line;
                            }});
  std::unique_ptr<troupe::actor_system> here =
      std::move(*troupe::actor_system::start({.threads = 2, .log = log}));

  ~scene() {
    here.reset();
    there.await_all_actors_done();
  }
};

caf::behavior shop(caf::event_based_actor* self, int left) {
  auto count = std::make_shared<int>(left);
  self->set_default_handler(caf::drop);
  return {[=](const deliver& d) { *count += d.count; },
          [=](const buy&) -> caf::result<stock> {
            if (*count == 0) return caf::make_error(caf::sec::invalid_argument, "sold out");
            return stock{--*count};
          },
          [=](clear) { *count = 0; },
          [=](fail_now) { self->quit(caf::make_error(caf::sec::runtime_error, "no more paper")); },
          [=](stop_now) { self->quit(); }};
}

using shop_address = troupe::address<deliver, buy, clear, fail_now, stop_now>;
shop_address among_us(scene& s, const caf::actor& whom, troupe::spawn_options options = {}) {
  return troupe::from_caf<deliver, buy, clear, fail_now, stop_now>(*s.here, whom, std::move(options));
}

TEST(from_caf, takes_messages_in_order_and_answers_questions) {
  scene s;
  const auto address = among_us(s, s.there.spawn(shop, 0));
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
  const auto whom = s.there.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&, self](counted& c) {
      copies.set_value(c.copies);
      self->quit();
    }};
  });
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
  auto whom = among_us(s, s.there.spawn(shop, 1), {.name = "shop"});
  whom.send(fail_now{});
  const auto failed = end_seen(s, whom);
  EXPECT_EQ(failed.name, "shop");
  EXPECT_EQ(failed.reason.how, ending::failed);
  EXPECT_NE(failed.reason.text.find("no more paper"), std::string::npos) << failed.reason.text;

  whom = among_us(s, s.there.spawn(shop, 1));
  whom.send(stop_now{});
  EXPECT_EQ(end_seen(s, whom).reason, (troupe::end_reason{ending::stopped, {}}));

  const auto victim = s.there.spawn(shop, 1);
  whom = among_us(s, victim);
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  EXPECT_EQ(end_seen(s, whom).reason, (troupe::end_reason{ending::killed, {}}));

  const auto gone = s.there.spawn(shop, 1);
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
    const auto whom = s.there.spawn(shop, 1);
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
  const auto whom = s.there.spawn(shop, 5);
  among_us(s, whom).send(deliver{"tea", 1});
  ASSERT_TRUE(s.here->wait_ended(probe::watchdog()));
  caf::scoped_actor self{s.there};
  self->request(whom, caf::infinite, buy{"tea"})
      .receive([](stock left) { EXPECT_EQ(left.left, 5); }, [](const caf::error&) { FAIL(); });
  caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
}

TEST(from_caf, questions_that_die_with_their_actor_are_answered) {
  scene s;
  const auto whom = s.there.spawn([](caf::event_based_actor* self) -> caf::behavior {
    auto kept = std::make_shared<std::vector<caf::response_promise>>();
    return {[=](const buy&) -> caf::result<stock> {
      kept->push_back(self->make_response_promise());
      if (kept->size() == 3) self->quit(caf::make_error(caf::sec::runtime_error, "fire"));
      return caf::delegated<stock>();
    }};
  });
  const auto address = troupe::from_caf<buy>(*s.here, whom);
  std::vector<troupe::future<stock>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(address.ask(buy{}, 60s));
  for (auto& each : answers) {
    const auto got = each.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::closed) << got.error().message();
  }
}

TEST(from_caf, a_question_that_is_never_answered_ends_by_its_deadline) {
  scene s;
  const auto whom = s.there.spawn([](caf::event_based_actor* self) -> caf::behavior {
    auto kept = std::make_shared<std::vector<caf::response_promise>>();
    return {[=](const buy&) -> caf::result<stock> {
      kept->push_back(self->make_response_promise());
      return caf::delegated<stock>();
    }};
  });
  const auto address = troupe::from_caf<buy>(*s.here, whom);
  for (int i = 0; i < 200; ++i) {
    auto answer = address.ask(buy{}, 1us);
    EXPECT_EQ(answer.get().error().code, errc::timed_out);
  }
  caf::anon_send_exit(whom, caf::exit_reason::kill);
  EXPECT_TRUE(s.here->wait_ended(address, probe::watchdog()));
}

TEST(from_caf, an_answer_of_another_type_is_an_error_that_says_so) {
  scene s;
  const auto whom =
      s.there.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const buy&) { return 7; }}; });
  auto answer = troupe::from_caf<buy>(*s.here, whom).ask(buy{});
  const auto got = answer.get();
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message().find("the answer has another type"), std::string::npos);
}

TEST(from_caf, refuses_an_empty_actor) {
  scene s;
  EXPECT_THROW(static_cast<void>(troupe::from_caf<deliver>(*s.here, caf::actor())), std::invalid_argument);
}

/// One of ours, with the same messages.
class warehouse {
 public:
  using receives = troupe::receives<deliver, buy, clear, fail_now, stop_now>;
  warehouse(troupe::context& self, int left) : self_(self), left_(left) {}
  void operator()(deliver d) { left_ += d.count; }
  troupe::result<stock> operator()(buy) {
    if (left_ == 0) return troupe::fail(errc::exhausted, "buy: sold out");
    return stock{--left_};
  }
  void operator()(clear) { left_ = 0; }
  void operator()(fail_now) { throw std::runtime_error("no more paper"); }
  void operator()(stop_now) { self_.stop(); }

 private:
  troupe::context& self_;
  int left_;
};

TEST(to_caf, takes_messages_in_order_and_answers_requests) {
  scene s;
  const auto whom = s.here->spawn<warehouse>({}, 0);
  const auto handle = troupe::to_caf(s.there, whom);
  caf::scoped_actor self{s.there};
  for (int i = 0; i < 1000; ++i) self->send(handle, deliver{"tea", 1});
  self->request(handle, caf::infinite, buy{"tea"})
      .receive([](stock left) { EXPECT_EQ(left.left, 999); }, [](const caf::error&) { FAIL(); });
  self->request(handle, caf::infinite, clear{}).receive([] {}, [](const caf::error&) { FAIL(); });
  self->request(handle, caf::infinite, buy{"tea"})
      .receive([](stock) { FAIL(); },
               [&](const caf::error& why) {
                 EXPECT_TRUE(why == caf::sec::runtime_error);
                 EXPECT_NE(s.there.render(why).find("sold out"), std::string::npos) << s.there.render(why);
               });
}

TEST(to_caf, of_what_its_actor_does_not_receive_a_request_is_an_error_and_a_message_is_in_the_log) {
  scene s;
  const auto whom = s.here->spawn<warehouse>({.name = "store"}, 0);
  const auto handle = troupe::to_caf(s.there, whom);
  caf::scoped_actor self{s.there};
  self->send(handle, unknown{});
  self->request(handle, caf::infinite, unknown{})
      .receive([] { FAIL(); },
               [](const caf::error& why) { EXPECT_TRUE(why == caf::sec::unexpected_message); });
  const std::lock_guard lock(s.mutex);
  EXPECT_NE(s.said.find("is none that actor 'store' receives"), std::string::npos) << s.said;
}

TEST(to_caf, its_end_is_heard_by_monitors_in_caf) {
  scene s;
  const auto end_of = [&](auto how) {
    const auto whom = s.here->spawn<warehouse>({}, 0);
    const auto handle = troupe::to_caf(s.there, whom);
    caf::scoped_actor self{s.there};
    self->monitor(handle);
    how(whom);
    caf::error heard;
    self->receive([&](const caf::down_msg& down) {
      EXPECT_EQ(down.source, handle.address());
      heard = down.reason;
    });
    return heard;
  };
  EXPECT_TRUE(end_of([](const auto& whom) { whom.stop(); }) == caf::exit_reason::normal);
  EXPECT_TRUE(end_of([](const auto& whom) { whom.kill(); }) == caf::exit_reason::kill);
  const auto failed = end_of([](const auto& whom) { whom.send(fail_now{}); });
  EXPECT_TRUE(failed == caf::sec::runtime_error);
  EXPECT_NE(s.there.render(failed).find("no more paper"), std::string::npos) << s.there.render(failed);
}

TEST(to_caf, requests_to_one_that_has_ended_are_answered) {
  scene s;
  const auto whom = s.here->spawn<warehouse>({}, 0);
  const auto handle = troupe::to_caf(s.there, whom);
  caf::scoped_actor self{s.there};
  self->monitor(handle);
  whom.kill();
  self->receive([](const caf::down_msg&) {});
  for (int i = 0; i < 3; ++i)
    self->request(handle, caf::infinite, buy{})
        .receive([](stock) { FAIL(); },
                 [](const caf::error& why) { EXPECT_TRUE(why == caf::sec::request_receiver_down); });
}

TEST(to_caf, exit_messages_reach_the_actor) {
  scene s;
  const auto end_by = [&](caf::exit_reason why) {
    const auto whom = s.here->spawn<warehouse>({}, 0);
    const auto handle = troupe::to_caf(s.there, whom);
    caf::anon_send_exit(handle, why);
    return s.here->wait_ended(whom, probe::watchdog()).value().how;
  };
  EXPECT_EQ(end_by(caf::exit_reason::user_shutdown), ending::stopped);
  EXPECT_EQ(end_by(caf::exit_reason::kill), ending::killed);
}

TEST(to_caf, a_linked_caf_actor_that_fails_takes_it_along_and_the_other_way_round) {
  scene s;
  const auto whom = s.here->spawn<warehouse>({}, 0);
  const auto handle = troupe::to_caf(s.there, whom);
  const auto linked = s.there.spawn(
      [](caf::event_based_actor* self, const caf::actor& to) -> caf::behavior {
        self->link_to(to);
        return {[=](fail_now) { self->quit(caf::make_error(caf::sec::runtime_error, "fire")); }};
      },
      handle);
  caf::anon_send(linked, fail_now{});
  EXPECT_EQ(s.here->wait_ended(whom, probe::watchdog()).value().how, ending::killed);

  const auto other = s.here->spawn<warehouse>({}, 0);
  std::promise<caf::error> heard;
  const auto held = troupe::to_caf(s.there, other);  // CAF takes an actor without handles for ended
  const auto follows = s.there.spawn(
      [](caf::event_based_actor* self, const caf::actor& to) -> caf::behavior {
        self->link_to(to);
        return {[](fail_now) {}};
      },
      held);
  follows->attach_functor([&](const caf::error& why) { heard.set_value(why); });
  caf::scoped_actor self{s.there};
  self->request(follows, caf::infinite, fail_now{})
      .receive([] {}, [](const caf::error&) {});  // it has linked
  other.send(fail_now{});
  const auto why = heard.get_future().get();
  EXPECT_TRUE(why == caf::sec::runtime_error) << s.there.render(why);
}

TEST(to_caf, whose_last_handle_goes_lets_its_actor_go) {
  scene s;
  {
    auto whom = s.here->spawn<warehouse>({}, 0);
    auto handle = troupe::to_caf(s.there, std::move(whom));
    caf::anon_send(handle, deliver{"tea", 1});
  }
  EXPECT_TRUE(s.here->wait_ended(probe::watchdog()));
  EXPECT_EQ(s.here->dead_letters().total(), 0U);
}

TEST(to_caf, refuses_an_empty_address) {
  scene s;
  EXPECT_THROW(static_cast<void>(troupe::to_caf(s.there, troupe::address<deliver>())), std::invalid_argument);
}

TEST(to_caf, a_full_mailbox_holds_up_nobody_in_caf_and_loses_nothing) {
  scene s;
  const auto whom = s.here->spawn<warehouse>({.mailbox = {.capacity = 2}}, 0);
  const auto handle = troupe::to_caf(s.there, whom, 60s);
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t)
    senders.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) caf::anon_send(handle, deliver{"tea", 1});
    });
  for (auto& each : senders) each.join();
  // A question does not wait for room, it is refused: asked until the books are right.
  caf::scoped_actor self{s.there};
  int bought = 0;
  for (int left = 0; left + bought < 8000;)
    self->request(handle, caf::infinite, buy{})
        .receive(
            [&](stock seen) {
              left = seen.left;
              ++bought;
            },
            [](const caf::error&) {});
  EXPECT_EQ(s.here->dead_letters().closed, 0U);
}

TEST(caf_interop, a_round_trip_through_both_comes_back_the_same) {
  scene s;
  const auto inner = s.there.spawn(shop, 0);
  const auto address = among_us(s, inner);
  const auto outer = troupe::to_caf(s.there, address);
  const auto again = among_us(s, outer);
  for (int i = 0; i < 100; ++i) again.send(deliver{"tea", 1});
  int left = -1;
  for (int i = 0; i < 100'000 && left < 0; ++i) {
    auto answer = again.ask(buy{"tea"});
    if (const auto got = answer.get()) left = got->left;
  }
  EXPECT_EQ(left, 99);
  caf::anon_send_exit(inner, caf::exit_reason::kill);
  EXPECT_TRUE(s.here->wait_ended(again, probe::watchdog()));
}

TEST(caf_interop, what_cannot_go_through_caf_is_said_with_what_to_do) {
  struct strange {
    int value = 0;
  };
  struct move_only {
    std::unique_ptr<int> value;
  };
  static_assert(troupe::actors::caf_carries<buy>() && troupe::actors::caf_carries<clear>());
  static_assert(!troupe::actors::caf_carries<strange>() && !troupe::actors::caf_carries<move_only>());
  EXPECT_EQ(troupe::actors::why_not_carried<strange>().view(),
            "troupe: 'strange' cannot go through CAF before that knows it: write "
            "CAF_ALLOW_UNSAFE_MESSAGE_TYPE(strange) or an inspect() for it");
  EXPECT_EQ(troupe::actors::why_not_carried<move_only>().view(),
            "troupe: 'move_only' cannot go through CAF, whose messages are copied: it cannot be");
}

}  // namespace
}  // namespace caf_test
