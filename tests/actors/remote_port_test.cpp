// An actor that lives elsewhere as the child of a supervisor here: what its port is asked, and what becomes of messages
// between two of its lives.
#include "supervised.hpp"

#include <troupe/actors/remote_port.hpp>
#include <troupe/actors/remote_types.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace remote_port_test {
namespace {

using namespace supervised;
using namespace std::chrono_literals;
using troupe::end_reason;
using troupe::ending;
using troupe::strategy;
namespace actors = troupe::actors;
using far_address = troupe::address<number>;

/// Writes down what it is asked, and has as much room as the test says.
class scripted_port final : public actors::remote_port {
 public:
  scripted_port(troupe::actor_system& system, probe::journal& said) : system_(system), said_(said) {}
  passed pass(actors::delivery& what) override {
    if (room == 0 || !waits_.empty()) return passed::no_room;
    --room;
    arrive(value_of(what));
    return passed::yes;
  }
  std::shared_ptr<actors::answer_of<void>> pass_later(actors::delivery& what) override {
    auto later = std::make_shared<actors::answer_of<void>>(
        actors::patience{&actors::system_access::core_of(system_), troupe::steady::time_point::max()});
    waits_.emplace_back(value_of(what), later);
    return later;
  }
  void stop() noexcept override { said_.add("stop"); }
  void kill() noexcept override { said_.add("kill"); }
  void left(const end_reason& why) noexcept override {
    said_.add("left " + std::to_string(static_cast<int>(why.how)) + why.text);
  }
  void begin(std::uint32_t life) noexcept override { said_.add("begin " + std::to_string(life)); }
  std::optional<end_reason> fell(std::uint32_t life) noexcept override {
    const auto at = fallen.find(life);
    return at == fallen.end() ? std::nullopt : std::optional(at->second);
  }
  void make_room(int messages) {
    for (room += messages; room > 0 && !waits_.empty(); --room) {
      arrive(waits_.front().first);
      waits_.front().second->set({});
      waits_.pop_front();
    }
  }

  int room = 1000;
  std::map<std::uint32_t, end_reason> fallen;

 private:
  static int value_of(const actors::delivery& what) { return static_cast<number*>(what.payload)->value; }
  void arrive(int value) { said_.add("pass " + std::to_string(value)); }

  troupe::actor_system& system_;
  probe::journal& said_;
  std::deque<std::pair<int, std::shared_ptr<actors::answer_of<void>>>> waits_;
};

const actors::actor_class& far_class() {
  return actors::supervised_stand_in_class(static_cast<const far_address*>(nullptr));
}

/// A supervisor with a child elsewhere, and room for others here. The journal is that of all.
struct far_scene : scene {
  std::shared_ptr<scripted_port> port;
  actors::reservation place;
  far_address far;

  explicit far_scene(troupe::supervisor_options options, std::uint64_t seed = 1)
      : scene(std::move(options), seed),
        port(std::make_shared<scripted_port>(stage.system(), journal)),
        place(actors::reserve_stand_in(boss, {.name = "far"}, far_class(), port)),
        far(actors::address_access::make<far_address>(place.child())) {}
  void begin() { actors::begin_stand_in(place, far_class(), port); }
  /// A life there is over.
  void fall(std::uint32_t life) {
    port->fallen[life] = {ending::failed, "life " + std::to_string(life)};
    actors::fell_elsewhere(cell());
  }
  void end(const end_reason& why) { actors::end_stand_in(cell(), why); }
  [[nodiscard]] actors::cell& cell() const { return *actors::address_access::cell(far).get(); }
};

std::string left(ending how, const std::string& text = "") {
  return "left " + std::to_string(static_cast<int>(how)) + text;
}

TEST(supervised_stand_in, asks_for_each_life_by_its_number) {
  far_scene s({.restart = at_once});
  EXPECT_EQ(s.run(), lines()) << "it has its place only";
  s.begin();
  s.run();
  s.fall(1);
  s.run();
  s.fall(2);
  EXPECT_EQ(s.run(), (lines{"begin 1", "begin 2", "begin 3"}));
  EXPECT_FALSE(s.stage.system().ended(s.far));
}

TEST(supervised_stand_in, passes_on_what_was_sent_before_its_first_life) {
  far_scene s({.restart = at_once});
  s.far.send(number{1});
  s.far.send(number{2});
  s.run();
  s.begin();
  s.far.send(number{3});
  EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1", "pass 2", "pass 3"}));
}

TEST(supervised_stand_in, keeps_what_is_sent_between_two_lives_for_the_next_in_order) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    far_scene s({.restart = {.delay = 1s}}, seed);
    s.begin();
    s.far.send(number{0});
    s.run();
    s.fall(1);
    s.run();
    for (int i = 1; i <= 3; ++i) s.far.send(number{i});
    EXPECT_EQ(s.run(), (lines{"begin 1", "pass 0"}));
    const lines seen = s.wait(2s);
    EXPECT_EQ(seen, (lines{"begin 1", "pass 0", "begin 2", "pass 1", "pass 2", "pass 3"}));
    EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
  }
}

TEST(supervised_stand_in, lives_on_when_another_life_is_said_to_be_over) {
  far_scene s({.restart = at_once});
  s.begin();
  s.run();
  s.fall(2);
  EXPECT_EQ(s.run(), lines{"begin 1"});
  s.far.send(number{1});
  EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1"}));
}

TEST(supervised_stand_in, that_is_told_twice_of_one_fall_loses_one_life) {
  far_scene s({.restart = at_once});
  s.begin();
  s.run();
  s.fall(1);
  s.fall(1);
  s.run();
  s.fall(1);
  EXPECT_EQ(s.run(), (lines{"begin 1", "begin 2"}));
}

TEST(supervised_stand_in, that_falls_takes_the_others_along_when_one_goes_for_all) {
  far_scene s({.strategy = strategy::one_for_all, .restart = at_once});
  s.begin();
  const auto near = s.hire("near");
  s.run();
  s.fall(1);
  EXPECT_EQ(s.run(), (lines{"begin 1", "+near", "-near", "begin 2", "+near"}));
}

TEST(supervised_stand_in, goes_along_with_another_when_its_actor_has) {
  far_scene s({.strategy = strategy::one_for_all, .restart = at_once});
  s.begin();
  const auto near = s.hire("near");
  near.send(fail_now{});
  EXPECT_EQ(s.run(), (lines{"begin 1", "+near", "-near", "kill"})) << "it lives until it is known to be dead";
  near.send(number{1});
  s.far.send(number{2});
  s.run();
  s.fall(1);
  const lines seen = s.run();
  EXPECT_EQ(lines(seen.end() - 3, seen.end()), (lines{"begin 2", "+near", "near 1"}));
}

TEST(supervised_stand_in, is_left_alone_by_those_that_come_before_it_when_one_goes_for_the_rest) {
  far_scene s({.strategy = strategy::rest_for_one, .restart = at_once});
  s.begin();
  const auto near = s.hire("near");
  near.send(fail_now{});
  EXPECT_EQ(s.run(), (lines{"begin 1", "+near", "-near", "+near"}));
  s.fall(1);
  const lines seen = s.run();
  EXPECT_EQ(lines(seen.end() - 3, seen.end()), (lines{"-near", "begin 2", "+near"}));
}

TEST(supervised_stand_in,
     of_a_supervisor_that_stops_passes_on_its_queue_then_the_stop_and_ends_when_the_actor_has) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    far_scene s({.restart = at_once}, seed);
    s.port->room = 1;
    s.begin();
    for (int i = 1; i <= 3; ++i) s.far.send(number{i});
    s.boss.stop();
    EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1"}));
    s.port->make_room(10);
    EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1", "pass 2", "pass 3", "stop"}));
    EXPECT_FALSE(s.stage.system().ended(s.boss.address()));
    s.end({ending::stopped, {}});
    EXPECT_EQ(s.run().back(), left(ending::stopped));
    EXPECT_EQ(s.end_of(s.boss.address()).how, ending::stopped);
    EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
  }
}

TEST(supervised_stand_in, whose_actor_falls_instead_of_stopping_lives_no_more) {
  far_scene s({.restart = at_once});
  s.begin();
  s.boss.stop();
  s.run();
  s.fall(1);
  EXPECT_EQ(s.run(), (lines{"begin 1", "stop", left(ending::stopped)})) << "as one that is down";
  EXPECT_TRUE(s.stage.system().ended(s.boss.address()));
}

TEST(supervised_stand_in, whose_actor_does_not_stop_in_time_is_killed_for_good) {
  far_scene s({.restart = at_once, .stop_timeout = 3s});
  s.begin();
  s.boss.stop();
  EXPECT_EQ(s.wait(2s), (lines{"begin 1", "stop"}));
  EXPECT_EQ(s.wait(2s), (lines{"begin 1", "stop", "kill", left(ending::killed)}));
  EXPECT_TRUE(s.stage.system().ended(s.boss.address()));
}

TEST(supervised_stand_in, that_is_killed_for_good_ends_at_once_though_its_messages_wait_for_room) {
  far_scene s({.restart = at_once});
  s.port->room = 0;
  s.begin();
  s.far.send(number{1});
  s.far.send(number{2});
  s.run();
  s.boss.address().kill();
  EXPECT_EQ(s.run(), (lines{"begin 1", "kill", left(ending::killed)}));
  EXPECT_TRUE(s.stage.system().ended(s.far) && s.stage.system().ended(s.boss.address()));
  EXPECT_EQ(s.stage.system().dead_letters().abandoned, 1U) << "the other one is the port's";
}

TEST(supervised_stand_in, passes_a_stop_and_a_kill_of_its_address_on) {
  far_scene s({.restart = at_once});
  s.port->room = 0;
  s.begin();
  s.far.send(number{1});
  s.far.stop();
  s.run();
  s.far.kill();
  s.run();
  s.port->make_room(1);
  EXPECT_EQ(s.run(), (lines{"begin 1", "kill", "pass 1", "stop"}));
  EXPECT_FALSE(s.stage.system().ended(s.far));
}

TEST(supervised_stand_in, that_falls_too_often_is_the_failure_of_its_supervisor) {
  far_scene s({.name = "boss", .restart = {.burst = 2, .window = 1h, .delay = 0ms}});
  s.begin();
  const auto near = s.hire("near");
  for (std::uint32_t life = 1; life <= 3; ++life) {
    s.run();
    s.fall(life);
  }
  const lines seen = s.run();
  EXPECT_EQ(std::ranges::count(seen, "begin 3"), 1);
  EXPECT_EQ(std::ranges::count(seen, "begin 4"), 0);
  EXPECT_EQ(std::ranges::count(seen, left(ending::failed, "life 3")), 1);
  EXPECT_EQ(s.end_of(s.boss.address()),
            (end_reason{ending::failed, "actor 'far' failed too often, at last: life 3"}));
  EXPECT_TRUE(s.stage.system().ended(near));
}

TEST(supervised_stand_in, that_falls_while_a_message_waits_for_room_loses_neither_its_fall_nor_the_message) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    far_scene s({.restart = at_once}, seed);
    s.port->room = 1;
    s.begin();
    for (int i = 1; i <= 4; ++i) s.far.send(number{i});
    s.run();
    s.fall(1);
    EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1", "begin 2"}));
    s.port->make_room(10);
    EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1", "begin 2", "pass 2", "pass 3", "pass 4"}));
    EXPECT_EQ(s.stage.system().dead_letters().total(), 0U);
  }
}

TEST(supervised_stand_in, whose_actor_has_ended_by_itself_ends_behind_what_is_in_its_mailbox) {
  far_scene s({.restart = at_once});
  s.begin();
  s.far.send(number{1});
  s.end({ending::stopped, {}});
  EXPECT_EQ(s.run(), (lines{"begin 1", "pass 1", left(ending::stopped)}));
  EXPECT_FALSE(s.stage.system().ended(s.boss.address()));
  EXPECT_EQ(s.far.send(number{2}).error().code, troupe::errc::closed);
}

TEST(supervised_stand_in, whose_actor_has_ended_while_it_was_down_ends) {
  far_scene s({.restart = {.delay = 1s}});
  s.begin();
  s.run();
  s.fall(1);
  s.run();
  s.end({ending::stopped, {}});
  s.wait(2s);
  EXPECT_TRUE(s.stage.system().ended(s.far));
}

TEST(supervised_stand_in, that_never_began_leaves_its_port_when_its_place_is_given_back) {
  far_scene s({.restart = at_once});
  s.far.send(number{1});
  { const actors::reservation unused = std::move(s.place); }
  EXPECT_EQ(s.run(), lines{left(ending::killed)});
  EXPECT_TRUE(s.stage.system().ended(s.far));
}

TEST(supervised_stand_in, that_never_began_leaves_its_port_when_its_supervisor_ends) {
  far_scene s({.restart = at_once});
  s.boss.address().kill();
  EXPECT_EQ(s.run(), lines{left(ending::killed)});
  s.begin();  // too late
  EXPECT_EQ(s.run(), lines{left(ending::killed)});
}

TEST(supervised_stand_in, of_a_system_that_ends_has_left_its_port) {
  for (const bool down : {false, true}) {
    far_scene s({.restart = {.delay = 1h}});
    s.begin();
    s.run();
    if (down) s.fall(1);
    s.run();
    static_cast<void>(s.stage.system().shutdown(1s));
    s.run();
    EXPECT_TRUE(s.stage.system().ended(s.far));
    EXPECT_EQ(
        std::ranges::count_if(s.journal.lines(), [](const auto& each) { return each.starts_with("left"); }),
        1);
  }
}

}  // namespace
}  // namespace remote_port_test
