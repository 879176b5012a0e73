// Addresses between two systems of actors with threads, over real sockets.
#include "../../actors/probe.hpp"

#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

namespace real_links_test {
namespace {

using namespace std::chrono_literals;

struct numbered {
  std::uint32_t sender = 0;
  std::uint64_t number = 0;
};
struct seen {
  using reply = std::vector<std::uint64_t>;
};

/// Counts what each sender sends; a number out of order is its end.
class counter {
 public:
  using receives = troupe::receives<numbered, seen>;
  void operator()(numbered n) {
    if (n.number != next_.at(n.sender)++) throw std::runtime_error("out of order");
  }
  std::vector<std::uint64_t> operator()(seen) { return {next_.begin(), next_.end()}; }

 private:
  std::array<std::uint64_t, 4> next_{};
};
using counter_address = troupe::address_of<counter>;

struct go {
  std::uint64_t count = 0;
};
/// Sends so many numbers in one handler.
class sender {
 public:
  using receives = troupe::receives<go>;
  sender(std::uint32_t own, counter_address to) : own_(own), to_(std::move(to)) {}
  void operator()(go all) {
    for (std::uint64_t i = 0; i < all.count; ++i) to_.send(numbered{own_, next_++});
  }

 private:
  const std::uint32_t own_;
  const counter_address to_;
  std::uint64_t next_ = 0;
};

/// A process in all but name.
struct node {
  std::unique_ptr<troupe::actor_system> system = probe::started();
  troupe::runtime::gateway gate;
  std::unique_ptr<troupe::transport::zmq_post> post;

  node(const troupe::transport::ipc_directory& in, const std::string& name)
      : gate(*system, {.self = {name, 1},
                       .endpoint_of = [&in](const std::string& whom) { return in.endpoint(whom); }}) {
    auto started = troupe::transport::zmq_post::start(
        {.own = {.self = {name, 1}, .system = "company"}, .endpoint = in.endpoint(name).value()}, gate,
        {troupe::runtime::actors_channel});
    EXPECT_TRUE(started) << started.error().message();
    post = std::move(*started);
    gate.use(*post);
  }
  ~node() {
    gate.close();
    post.reset();
  }
};

class real_links : public ::testing::Test {
 protected:
  ~real_links() override {
    here.reset();
    back.reset();
    const auto base = std::filesystem::path(directory.path()).parent_path();
    { const auto gone = std::move(directory); }
    std::filesystem::remove_all(base);
  }
  troupe::transport::ipc_directory directory =
      troupe::transport::ipc_directory::create_under("/tmp/troupe-remote-" + std::to_string(::getpid()))
          .value();
  std::optional<node> here{std::in_place, directory, "here"};
  std::optional<node> back{std::in_place, directory, "back"};
};

TEST_F(real_links, keep_the_order_of_each_sender_and_lose_nothing) {
  constexpr std::uint64_t rounds = 20, each = 500;
  ASSERT_TRUE(back->gate.offer("counter", back->system->spawn<counter>({.name = "counter"})));
  const auto far = *here->gate.reach<counter_address>("back", "counter");
  std::vector<troupe::address_of<sender>> actors;
  for (std::uint32_t i = 0; i < 2; ++i) actors.push_back(here->system->spawn<sender>({}, i, far));
  std::vector<std::thread> threads;
  for (std::uint32_t own = 2; own < 4; ++own) {
    threads.emplace_back([far, own] {
      for (std::uint64_t i = 0; i < rounds * each; ++i) far.send(numbered{own, i}, 60s);
    });
  }
  for (std::uint64_t i = 0; i < rounds; ++i)
    for (const auto& actor : actors) actor.send(go{each});
  for (auto& thread : threads) thread.join();
  std::vector<std::uint64_t> counted;
  const auto until = probe::watchdog();
  do {
    auto answer = far.ask(seen{}, 60s);
    auto got = answer.get();
    if (got) counted = *got;
    if (!got) {
      ASSERT_EQ(got.error().code, troupe::errc::full) << got.error().message();
    }
  } while (counted != std::vector<std::uint64_t>(4, rounds * each) && !until.passed());
  EXPECT_EQ(counted, std::vector<std::uint64_t>(4, rounds * each));
  EXPECT_EQ(here->system->dead_letters().total() - here->system->dead_letters().full, 0U);
}

TEST_F(real_links, answer_many_questions_from_many_threads) {
  ASSERT_TRUE(back->gate.offer("counter", back->system->spawn<counter>({.name = "counter"})));
  const auto far = *here->gate.reach<counter_address>("back", "counter");
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i)
        if (far.ask(seen{}, 60s).get()) ++answered;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 800);
}

struct hold {
  using reply = std::uint64_t;
};
/// Does not answer before it is let go.
class holder {
 public:
  using receives = troupe::receives<hold>;
  holder(std::atomic<bool>& entered, std::atomic<bool>& go) : entered_(entered), go_(go) {}
  std::uint64_t operator()(hold) {
    entered_ = true;
    entered_.notify_all();
    go_.wait(false);
    return 1;
  }

 private:
  std::atomic<bool>&entered_, &go_;
};

TEST_F(real_links, a_handler_that_blocks_holds_up_nobody_else) {
  std::atomic<bool> entered = false, released = false;
  using holder_address = troupe::address_of<holder>;
  ASSERT_TRUE(back->gate.offer("holder", back->system->spawn<holder>({.name = "holder"}, entered, released)));
  ASSERT_TRUE(back->gate.offer("counter", back->system->spawn<counter>({.name = "counter"})));
  const auto far = *here->gate.reach<counter_address>("back", "counter");
  const auto stuck = *here->gate.reach<holder_address>("back", "holder");
  ASSERT_TRUE(far.ask(seen{}, 1min).get()) << "the way is open";
  auto late = stuck.ask(hold{}, 1min);
  entered.wait(false);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(far.ask(seen{}, 1min).get());
  EXPECT_FALSE(late.ready());
  released = true;
  released.notify_all();
  EXPECT_EQ(late.get().value_or(0), 1U);
}

TEST_F(real_links, end_with_the_other_side_while_messages_are_on_their_way) {
  ASSERT_TRUE(back->gate.offer("counter", back->system->spawn<counter>({.name = "counter"})));
  const auto far = *here->gate.reach<counter_address>("back", "counter");
  ASSERT_TRUE(far.ask(seen{}, 60s).get());
  std::atomic<bool> ended = false;
  std::thread busy([&] {
    for (std::uint64_t i = 0; !ended; ++i) far.send(numbered{0, i}, 60s);
  });
  back.reset();
  const auto why = here->system->wait_ended(far, probe::watchdog());
  ended = true;
  busy.join();
  ASSERT_TRUE(why) << why.error().message();
  EXPECT_EQ(why->how, troupe::ending::process_lost) << why->text;
}

/// To be passed on so many times, and then delivered.
struct letter {
  troupe::address<numbered> to;
  std::uint32_t hops = 0;
};
struct next_office {
  troupe::address<letter> is;
};
class office {
 public:
  using receives = troupe::receives<letter, next_office>;
  void operator()(letter l) {
    if (l.hops == 0) return static_cast<void>(l.to.send(numbered{0, 1}));
    --l.hops;
    next_.send(std::move(l));
  }
  void operator()(next_office n) { next_ = std::move(n.is); }

 private:
  troupe::address<letter> next_;
};
/// Who only letters lead to.
class addressee {
 public:
  using receives = troupe::receives<numbered>;
  explicit addressee(std::atomic<int>& got) : got_(got) {}
  void operator()(numbered) { ++got_; }

 private:
  std::atomic<int>& got_;
};
/// Counts those whose last address is gone.
struct watch_one {
  troupe::address<> whom;
};
class end_counter {
 public:
  using receives = troupe::receives<watch_one, troupe::down>;
  end_counter(troupe::context& self, std::atomic<int>& unreachable)
      : self_(self), unreachable_(unreachable) {}
  void operator()(const watch_one& w) { self_.monitor<end_counter>(w.whom); }
  void operator()(const troupe::down& d) {
    if (d.reason.how == troupe::ending::unreachable) ++unreachable_;
  }

 private:
  troupe::context& self_;
  std::atomic<int>& unreachable_;
};

TEST_F(real_links, addresses_travel_round_three_nodes_and_keep_their_actors_just_as_long) {
  constexpr int letters = 300;
  std::optional<node> third(std::in_place, directory, "third");
  std::atomic<int> got = 0, unreachable = 0;
  const std::array<std::pair<node*, std::string>, 3> ring{
      {{&*here, "here"}, {&*back, "back"}, {&*third, "third"}}};
  std::vector<troupe::address_of<office>> offices;
  for (const auto& [each, name] : ring) {
    offices.push_back(each->system->spawn<office>({.name = name + "'s office"}));
    ASSERT_TRUE(each->gate.offer("office", offices.back()));
  }
  for (std::size_t i = 0; i < ring.size(); ++i)
    offices[i].send(next_office{
        *ring[i].first->gate.reach<troupe::address<letter>>(ring[(i + 1) % ring.size()].second, "office")});
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ring.size(); ++i)
    threads.emplace_back([&, i] {
      auto& system = *ring[i].first->system;
      const auto counts = system.spawn<end_counter>({.mailbox = {.capacity = 0}}, unreachable);
      for (std::uint32_t l = 0; l < letters; ++l) {
        auto to = system.spawn<addressee>({}, got);
        counts.send(watch_one{to});
        offices[i].send(letter{std::move(to), l % 8}, 60s);
      }
      const auto until = probe::watchdog();
      while (unreachable < static_cast<int>(ring.size()) * letters && !until.passed())
        std::this_thread::yield();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(got, 3 * letters);
  EXPECT_EQ(unreachable, 3 * letters);
  const auto until = probe::watchdog();  // the last word about an address may still be on its way
  for (const auto& [each, name] : ring) {
    while (each->gate.kept_addresses() > 0 && !until.passed()) std::this_thread::yield();
    EXPECT_EQ(each->gate.kept_addresses(), 0U) << name;
  }
}

}  // namespace
}  // namespace real_links_test
