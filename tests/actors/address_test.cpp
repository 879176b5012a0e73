#include "probe.hpp"

#include <troupe/actors/address.hpp>

#include <algorithm>
#include <thread>
#include <type_traits>

namespace address_test {
namespace {

using namespace std::chrono_literals;
using probe::number;
using troupe::address;
using troupe::errc;

struct text {
  std::string value;
};
struct parcel {
  std::unique_ptr<int> content;
};
struct unpack {
  std::unique_ptr<int> content;
  using reply = std::unique_ptr<int>;
};
struct precious {
  probe::copy_counting what;
};
struct precious_question {
  probe::copy_counting what;
  using reply = probe::copy_counting;
};
struct precious_wait {
  probe::copy_counting what;
  using reply = probe::copy_counting;
};

class unpacker {
 public:
  using receives = troupe::receives<parcel, unpack>;
  explicit unpacker(std::vector<int>& seen) : seen_(seen) {}
  void operator()(parcel p) { seen_.push_back(*p.content); }
  std::unique_ptr<int> operator()(unpack u) { return std::move(u.content); }

 private:
  std::vector<int>& seen_;
};

class keeper {
 public:
  using receives = troupe::receives<precious, precious_question, precious_wait>;
  explicit keeper(troupe::context& self) : self_(self) {}
  void operator()(precious p) {
    if (++got_ == 1) self_.after(1s, std::move(p));
  }
  probe::copy_counting operator()(precious_question q) { return std::move(q.what); }
  troupe::task<probe::copy_counting> operator()(precious_wait w) {
    auto later = self_.address<keeper>().ask(precious_question{std::move(w.what)}, 1ms);
    static_cast<void>(co_await later);
    co_return probe::copy_counting(std::make_shared<std::atomic<int>>(0));
  }

 private:
  troupe::context& self_;
  int got_ = 0;
};

class numbers_by_thread {
 public:
  using receives = troupe::receives<std::pair<int, int>>;
  explicit numbers_by_thread(std::vector<std::vector<int>>& seen) : seen_(seen) {}
  void operator()(std::pair<int, int> m) { seen_[m.first].push_back(m.second); }

 private:
  std::vector<std::vector<int>>& seen_;
};

TEST(address, messages_of_one_sender_arrive_in_the_order_sent) {
  constexpr int senders = 4, each = 5000;
  for (const std::size_t capacity : {0, 16}) {
    std::vector<std::vector<int>> seen(senders);
    auto system = probe::started();
    auto to = system->spawn<numbers_by_thread>({.mailbox = {.capacity = capacity}}, seen);
    std::vector<std::thread> threads;
    for (int t = 0; t < senders; ++t)
      threads.emplace_back([to, t] {
        for (int i = 0; i < each; ++i) EXPECT_TRUE(to.send(std::pair(t, i), 60s));
      });
    for (auto& thread : threads) thread.join();
    to.stop();
    ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
    for (const auto& of : seen) {
      ASSERT_EQ(of.size(), std::size_t{each});
      EXPECT_TRUE(std::is_sorted(of.begin(), of.end()));
    }
  }
}

TEST(address, no_message_is_ever_copied) {
  const auto copies = std::make_shared<std::atomic<int>>(0);
  troupe::test_system stage;
  auto to = stage.spawn<keeper>();
  to.send(precious{probe::copy_counting(copies)});
  EXPECT_TRUE(to.try_send(precious{probe::copy_counting(copies)}));
  EXPECT_TRUE(to.ask(precious_question{probe::copy_counting(copies)}).get());
  EXPECT_TRUE(to.ask(precious_wait{probe::copy_counting(copies)}).get());
  stage.advance(2s);
  to.stop();
  stage.run_until_idle();
  EXPECT_FALSE(to.try_send(precious{probe::copy_counting(copies)}));
  EXPECT_EQ(copies->load(), 0);
}

TEST(address, carries_payloads_that_can_only_be_moved) {
  std::vector<int> seen;
  troupe::test_system stage;
  auto to = stage.spawn<unpacker>({}, seen);
  to.send(parcel{std::make_unique<int>(1)});
  EXPECT_TRUE(to.try_send(parcel{std::make_unique<int>(2)}));
  auto back = to.ask(unpack{std::make_unique<int>(3)}).get();
  ASSERT_TRUE(back);
  EXPECT_EQ(**back, 3);
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(address, converts_to_an_address_of_fewer_types_only) {
  using wide = address<number, text, parcel>;
  static_assert(std::is_convertible_v<wide, address<text>>);
  static_assert(std::is_convertible_v<wide, address<parcel, number>>);
  static_assert(!std::is_convertible_v<address<text>, wide>);
  static_assert(!std::is_convertible_v<wide, address<probe::hold>>);

  probe::journal journal;
  probe::gate gate;
  troupe::test_system stage;
  auto to = stage.spawn<probe::recorder>({}, journal, gate);
  const address<number> narrow = to;
  narrow.send(number{7});
  stage.run_until_idle();
  EXPECT_EQ(journal.lines(), std::vector<std::string>{"7"});
  EXPECT_EQ(narrow, to);
}

TEST(address, knows_whom_it_reaches) {
  std::vector<int> seen;
  troupe::test_system stage;
  auto one = stage.spawn<unpacker>({.name = "one"}, seen);
  auto two = stage.spawn<unpacker>({}, seen);
  EXPECT_EQ(one.name(), "one");
  EXPECT_EQ(two.name(), "");
  EXPECT_NE(one.id(), two.id());
  EXPECT_NE(one, two);
  EXPECT_EQ(one, troupe::address_of<unpacker>(one));
}

TEST(address, empty_reaches_nobody_and_says_so) {
  const address<number, probe::double_it> nobody;
  EXPECT_FALSE(nobody);
  EXPECT_EQ(nobody.id(), troupe::actor_id{});
  EXPECT_EQ(nobody.send(number{1}).error().code, errc::invalid_argument);
  EXPECT_EQ(nobody.ask(probe::double_it{1}).get().error().code, errc::invalid_argument);
  const auto back = nobody.try_send(number{5});
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().why, troupe::rejection::closed);
  EXPECT_EQ(back.error().message.value, 5);
  nobody.stop();
  nobody.kill();
}

TEST(address, try_send_gives_the_message_back_and_tells_full_from_closed) {
  std::vector<int> seen;
  troupe::test_system stage;
  auto to = stage.spawn<unpacker>({.mailbox = {.capacity = 1}}, seen);
  EXPECT_TRUE(to.try_send(parcel{std::make_unique<int>(1)}));
  auto back = to.try_send(parcel{std::make_unique<int>(2)});
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().why, troupe::rejection::full);
  EXPECT_EQ(*back.error().message.content, 2);

  stage.run_until_idle();
  EXPECT_TRUE(to.try_send(std::move(back.error().message)));
  to.stop();
  stage.run_until_idle();
  auto late = to.try_send(parcel{std::make_unique<int>(3)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().why, troupe::rejection::closed);
  EXPECT_EQ(*late.error().message.content, 3);
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_EQ(stage.system().dead_letters().total(), 0U);
}

TEST(address, to_an_ended_actor_makes_dead_letters_and_an_error_with_its_name) {
  std::vector<int> seen;
  troupe::test_system stage;
  auto to = stage.spawn<unpacker>({.name = "unpacker"}, seen);
  to.stop();
  stage.run_until_idle();
  const auto sent = to.send(parcel{std::make_unique<int>(1)});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, errc::closed);
  EXPECT_NE(sent.error().message().find("'unpacker'"), std::string::npos);
  EXPECT_EQ(stage.system().dead_letters().closed, 1U);
}

TEST(address, may_outlive_its_system) {
  troupe::address_of<probe::recorder> to;
  probe::journal journal;
  probe::gate gate;
  {
    auto system = probe::started();
    to = system->spawn<probe::recorder>({}, journal, gate);
    to.send(number{1});
  }
  EXPECT_EQ(to.send(number{2}).error().code, errc::closed);
  EXPECT_EQ(to.ask(probe::double_it{2}).get().error().code, errc::closed);
  to.stop();
  EXPECT_EQ(journal.lines(), std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace address_test
