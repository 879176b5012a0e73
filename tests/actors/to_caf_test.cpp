// Our actors among those of CAF.
#include "caf_scene.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace to_caf_test {
namespace {

using namespace caf_test;
using namespace std::chrono_literals;
using troupe::ending;
using troupe::errc;

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
  EXPECT_EQ(stock_in_caf(self, handle, buy{"tea"}).value.value_or(stock{-1}).left, 999);
  bool cleared = false;
  self->request(handle, caf::infinite, clear{}).receive([&] { cleared = true; }, [](const caf::error&) {});
  EXPECT_TRUE(cleared);
  const stock_in_caf none(self, handle, buy{"tea"});
  EXPECT_TRUE(!none.value && none.why == caf::sec::runtime_error);
  EXPECT_NE(s.there.render(none.why).find("sold out"), std::string::npos) << s.there.render(none.why);
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

TEST(to_caf, a_request_with_a_message_is_answered_when_it_has_been_sent_or_refused) {
  probe::gate gate;
  scene s;
  struct stuck {
    using receives = troupe::receives<deliver>;
    probe::gate& before;
    explicit stuck(probe::gate& g) : before(g) {}
    void operator()(deliver) { before.wait(); }
  };
  const auto whom =
      s.here->spawn<stuck>({.mailbox = {.capacity = 1, .overflow = troupe::overflow::reject}}, gate);
  const auto handle = troupe::to_caf(s.there, whom);
  caf::scoped_actor self{s.there};
  const auto ask = [&] {
    bool fine = false;
    self->request(handle, caf::infinite, deliver{}).receive([&] { fine = true; }, [](const caf::error&) {});
    return fine;
  };
  EXPECT_TRUE(ask());
  ASSERT_TRUE(gate.wait_for_visitor());
  EXPECT_TRUE(ask());
  EXPECT_FALSE(ask()) << "it is full";
  gate.open();
  EXPECT_EQ(s.here->dead_letters().full, 1U);
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
  for (int i = 0; i < 3; ++i) {
    const stock_in_caf nobody(self, handle, buy{});
    EXPECT_TRUE(!nobody.value && nobody.why == caf::sec::request_receiver_down);
  }
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
  const auto linked_to = [&](const caf::actor& whom) {
    const auto made =
        spawn_shop(s, 1, {.begin = [whom](caf::event_based_actor* self) { self->link_to(whom); }});
    EXPECT_TRUE(stock_in_caf(caf::scoped_actor{s.there}, made, buy{}).value) << "it has linked";
    return made;
  };
  const auto first = s.here->spawn<warehouse>({}, 0);
  const auto held_first = troupe::to_caf(s.there, first);  // CAF takes an actor without handles for ended
  caf::anon_send(linked_to(held_first), fail_now{});
  EXPECT_EQ(s.here->wait_ended(first, probe::watchdog()).value().how, ending::killed);

  const auto second = s.here->spawn<warehouse>({}, 0);
  const auto held_second = troupe::to_caf(s.there, second);
  std::promise<caf::error> heard;
  const auto follows = linked_to(held_second);
  follows->attach_functor([&](const caf::error& why) { heard.set_value(why); });
  second.send(fail_now{});
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
  for (int left = 0; left + bought < 8000;) {
    if (const stock_in_caf got(self, handle, buy{}); got.value) {
      left = got.value->left;
      ++bought;
    }
  }
  EXPECT_EQ(s.here->dead_letters().closed, 0U);
}

TEST(caf_interop, a_round_trip_through_both_comes_back_the_same) {
  scene s;
  const auto inner = spawn_shop(s, 0);
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
}  // namespace to_caf_test
