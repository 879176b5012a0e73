// Everything at once on real threads, and then: sent = handled + dead letters.
#include "probe.hpp"

#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace stress_test {
namespace {

using namespace std::chrono_literals;
using probe::double_it;
using probe::number;

struct counts {
  std::atomic<std::uint64_t> sent = 0, returned = 0, handled = 0, answered = 0;
};

class adder {
 public:
  using receives = troupe::receives<std::uint64_t>;
  adder(std::uint64_t& sum, std::uint64_t& count) : sum_(sum), count_(count) {}
  void operator()(std::uint64_t value) {
    sum_ += value;
    ++count_;
  }

 private:
  std::uint64_t& sum_;
  std::uint64_t& count_;
};

TEST(stress, four_threads_to_one_actor_lose_nothing) {
  constexpr std::uint64_t each = 20'000;
  for (const std::size_t capacity : {0, 8, 4096}) {
    std::uint64_t sum = 0, count = 0;
    auto system = probe::started();
    auto to = system->spawn<adder>({.mailbox = {.capacity = capacity}}, sum, count);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([to] {
        for (std::uint64_t i = 0; i < each; ++i) EXPECT_TRUE(to.send(i, 60s));
      });
    for (auto& thread : threads) thread.join();
    to.stop();
    ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
    EXPECT_EQ(count, 4 * each);
    EXPECT_EQ(sum, 4 * (each * (each - 1) / 2));
    EXPECT_EQ(system->dead_letters().total(), 0U);
  }
}

struct gossip {
  int left = 0;
};

/// Sends to random others, fails now and then, asks now and then.
class gossiper {
 public:
  using receives = troupe::receives<gossip, double_it, troupe::down>;
  using address = troupe::address<gossip, double_it>;
  gossiper(troupe::context& self, counts& all, std::vector<address> others, unsigned seed)
      : self_(self), all_(all), others_(std::move(others)), random_(seed) {
    if (!others_.empty()) self_.monitor<gossiper>(others_.front());
  }
  troupe::task<> operator()(gossip g) {
    ++all_.handled;
    if (g.left == 0 || others_.empty()) co_return;
    const auto& other = others_[random_() % others_.size()];
    ++all_.sent;
    other.send(gossip{g.left - 1});
    if (random_() % 50 == 0) throw std::runtime_error("gossip went too far");
    if (random_() % 4 == 0) {
      ++all_.sent;
      auto answer = other.ask(double_it{1}, 5ms);
      if (const auto got = co_await answer) ++all_.answered;
    }
    ++all_.sent;
    if (!others_[random_() % others_.size()].try_send(gossip{g.left - 1})) ++all_.returned;
  }
  int operator()(double_it q) {
    ++all_.handled;
    return 2 * q.value;
  }
  void operator()(troupe::down) {}

 private:
  troupe::context& self_;
  counts& all_;
  std::vector<address> others_;
  std::minstd_rand random_;
};

void gossip_with(unsigned seed) {
  counts all;
  auto system = probe::started(3);
  std::vector<gossiper::address> actors;
  std::minstd_rand random(seed);
  for (unsigned i = 0; i < 30; ++i) {
    const troupe::overflow policies[] = {troupe::overflow::wait, troupe::overflow::reject,
                                         troupe::overflow::drop_oldest};
    const troupe::mailbox_options mailbox{.capacity = random() % 3 == 0 ? 0 : 1 + random() % 16,
                                          .overflow = policies[random() % 3]};
    // Each knows those before it only: a ring of full mailboxes that wait would be a deadlock.
    actors.push_back(system->spawn<gossiper>({.mailbox = mailbox}, all, actors, seed + i));
  }
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      std::minstd_rand own(seed * 7 + t);
      for (int i = 0; i < 300; ++i) {
        const auto& to = actors[own() % actors.size()];
        ++all.sent;
        to.send(gossip{static_cast<int>(own() % 6)}, 1ms);
        if (own() % 40 == 0) to.kill();
        if (own() % 60 == 0) to.stop();
      }
    });
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(system->shutdown(60s));
  EXPECT_EQ(all.sent, all.handled + all.returned + system->dead_letters().total()) << "seed " << seed;
}

TEST(stress, random_actors_kills_and_asks_keep_the_books) {
  for (unsigned seed = 1; seed <= 10; ++seed) gossip_with(seed);
}

/// What happened to the children of a supervisor.
struct tallies {
  std::atomic<std::uint64_t> sent = 0, handled = 0, lives = 0;
};

/// Started again and again; in rings, with links to who fails.
class restless {
 public:
  using receives = troupe::receives<gossip, double_it>;
  using address = troupe::address<gossip, double_it>;
  restless(troupe::context& self, std::reference_wrapper<tallies> all, unsigned number,
           std::shared_ptr<const std::vector<address>> others)
      : self_(self), all_(all), others_(std::move(others)), random_(number * 7919 + ++all_.lives) {
    if (random_() % 30 == 0) throw std::runtime_error("born tired");
  }
  troupe::task<> operator()(gossip g) {
    ++all_.handled;
    if (g.left == 0 || others_->empty()) co_return;
    const auto& other = (*others_)[random_() % others_->size()];
    ++all_.sent;
    other.send(gossip{g.left - 1});
    if (random_() % 40 == 0) throw std::runtime_error("gossip went too far");
    if (random_() % 20 == 0) self_.link(other);
    if (random_() % 4 == 0) {
      ++all_.sent;
      auto answer = other.ask(double_it{1}, 5ms);
      static_cast<void>(co_await answer);
    }
  }
  int operator()(double_it q) {
    ++all_.handled;
    if (random_() % 60 == 0) self_.stop();
    return 2 * q.value;
  }

 private:
  troupe::context& self_;
  tallies& all_;
  const std::shared_ptr<const std::vector<address>> others_;
  std::minstd_rand random_;
};

void live_under_supervisors(unsigned seed) {
  tallies all;
  auto system = probe::started(3);
  std::minstd_rand random(seed);
  const troupe::restart_options stubborn{
      .policy = troupe::restart_when::always, .burst = 100'000, .delay = 0ms};
  auto top = system->supervise({.name = "top", .restart = stubborn});
  std::vector<troupe::supervisor> bosses;
  for (const auto how :
       {troupe::strategy::one_for_one, troupe::strategy::one_for_all, troupe::strategy::rest_for_one})
    bosses.push_back(top.supervise({.strategy = how, .restart = stubborn}));
  // All know all: rings of full mailboxes come about.
  auto everybody = std::make_shared<std::vector<restless::address>>();
  std::vector<troupe::reserved<restless>> places;
  for (unsigned i = 0; i < 18; ++i) {
    const troupe::overflow policies[] = {troupe::overflow::wait, troupe::overflow::reject,
                                         troupe::overflow::drop_oldest};
    const troupe::mailbox_options mailbox{.capacity = random() % 3 == 0 ? 0 : 1 + random() % 16,
                                          .overflow = policies[random() % 3]};
    places.push_back(bosses[i % 3].reserve<restless>({.mailbox = mailbox}));
    everybody->push_back(places.back().address());
  }
  for (unsigned i = 0; i < places.size(); ++i)
    places[i].start(std::ref(all), seed + i,
                    std::shared_ptr<const std::vector<restless::address>>(everybody));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      std::minstd_rand own(seed * 7 + t);
      for (int i = 0; i < 300; ++i) {
        const auto& to = (*everybody)[own() % everybody->size()];
        ++all.sent;
        to.send(gossip{static_cast<int>(own() % 6)}, 1ms);
        if (own() % 40 == 0) to.kill();
        if (own() % 60 == 0) to.stop();
      }
    });
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(system->shutdown(60s));
  EXPECT_EQ(all.sent, all.handled + system->dead_letters().total()) << "seed " << seed;
  everybody->clear();  // they hold it, and it them
}

TEST(stress, supervisors_restarts_and_links_keep_the_books) {
  for (unsigned seed = 1; seed <= 5; ++seed) live_under_supervisors(seed);
}

TEST(stress, stop_kill_and_send_race_without_harm) {
  auto system = probe::started();
  std::uint64_t sum = 0, count = 0;
  for (int i = 0; i < 200; ++i) {
    auto to = system->spawn<adder>({.mailbox = {.capacity = 2}}, sum, count);
    std::thread sender([to] {
      for (std::uint64_t n = 0; n < 20; ++n) to.send(n, 60s);
    });
    i % 2 == 0 ? to.stop() : to.kill();
    sender.join();
    ASSERT_TRUE(system->wait_ended(to, probe::watchdog()));
  }
  EXPECT_EQ(count + system->dead_letters().total(), 200U * 20U);
}

}  // namespace
}  // namespace stress_test
