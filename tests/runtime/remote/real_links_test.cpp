// Addresses between two systems of actors with threads, over real sockets.
#include "../../actors/probe.hpp"

#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
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
      : gate(*system, {.endpoint_of = [&in](const std::string& whom) { return in.endpoint(whom); }}) {
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

}  // namespace
}  // namespace real_links_test
