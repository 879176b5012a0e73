// Actors elsewhere whose supervisor is here, over real links: what becomes of messages and orders between two of their lives.
#include "shop.hpp"

#include <troupe/actors/supervisor.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

namespace far_lives_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;
using troupe::end_reason;
using troupe::strategy;
namespace runtime = troupe::runtime;
namespace actors = troupe::actors;

class scripted_lives final : public runtime::far_lives {
 public:
  explicit scripted_lives(probe::journal& said) : said_(said) {}
  void begin(std::uint32_t life) noexcept override { said_.add("begin " + std::to_string(life)); }
  void kill() noexcept override { said_.add("kill"); }
  void kill_if_early(std::uint32_t /*life*/) noexcept override {}
  std::optional<end_reason> fell(std::uint32_t life) noexcept override {
    const auto at = fallen.find(life);
    return at == fallen.end() ? std::nullopt : std::optional(at->second);
  }
  void over(const end_reason& why) noexcept override { said_.add("over " + why.text); }

  std::map<std::uint32_t, end_reason> fallen;

 private:
  probe::journal& said_;
};

/// Stands next to it, and falls when it is told to.
class neighbour {
 public:
  using receives = troupe::receives<fall>;
  explicit neighbour(std::reference_wrapper<probe::journal> said) { said.get().add("+neighbour"); }
  void operator()(const fall& f) { throw std::runtime_error(f.why); }
};

struct far_lives : runtime::two_stages {
  probe::journal journal, said;
  troupe::supervisor boss;
  std::shared_ptr<scripted_lives> lives = std::make_shared<scripted_lives>(said);
  std::shared_ptr<runtime::far_port> port;
  std::optional<actors::reservation> place;
  shop_address far, local;

  far_lives() { back.reset(); }
  ~far_lives() override {  // before the journals
    die();
    place.reset();
    far = {};
    here.reset();
  }

  void supervise(troupe::supervisor_options options = {.restart = {.delay = 0ms}}) {
    boss = here->stage.system().supervise(std::move(options));
    port = here->gate.make_lasting("back", "shop", actors::remote_types(&far), lives);
    place.emplace(actors::reserve_stand_in(boss, {.name = "shop"}, what(), port));
    port->represent(place->child());
    far = actors::address_access::make<shop_address>(place->child());
  }
  static const actors::actor_class& what() {
    return actors::supervised_stand_in_class(static_cast<const shop_address*>(nullptr));
  }
  void begin() { actors::begin_stand_in(*place, what(), port); }
  void start(std::uint64_t epoch, troupe::transport::window window = {}) {
    back.emplace(network, "back", epoch, window);
    local = back->stage.spawn<shop>({.name = "shop"}, journal);
    EXPECT_TRUE(
        back->gate.offer_lasting("shop", actors::address_access::cell(local), actors::remote_types(&local)));
    here->gate.node_is_up("back");
    settle();
  }
  void die() {
    local = {};
    back.reset();
  }
  /// What the director says of a life that is over.
  void fell(std::uint32_t life, const std::string& why = "it died") {
    lives->fallen[life] = {ending::process_lost, why};
    port->life_ended();
    settle();
  }
  [[nodiscard]] std::uint64_t dead_letters() { return here->stage.system().dead_letters().total(); }
};

TEST_F(far_lives, what_waits_is_for_the_next_life_in_order) {
  supervise();
  far.send(deliver{"tea", 0});
  begin();
  for (int i = 1; i < 4; ++i) far.send(deliver{"tea", i});
  settle();
  fell(1);  // its process died before it listened
  for (int i = 4; i < 6; ++i) far.send(deliver{"tea", i});
  settle();
  start(2);
  EXPECT_EQ(said.lines(), (lines{"begin 1", "begin 2"}));
  EXPECT_EQ(journal.lines(), (lines{"tea 0", "tea 1", "tea 2", "tea 3", "tea 4", "tea 5"}));
  EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(far_lives, a_dead_process_is_one_fall_and_the_way_to_the_next_is_the_same_address) {
  supervise();
  begin();
  start(1);
  far.send(deliver{"tea", 0});
  settle();
  die();
  settle();
  EXPECT_EQ(said.lines(), lines{"begin 1"}) << "a lost way is no fall";
  fell(1);
  far.send(deliver{"tea", 1});
  settle();
  start(2);
  EXPECT_EQ(journal.lines(), (lines{"tea 0", "tea 1"}));
  EXPECT_EQ(said.lines(), (lines{"begin 1", "begin 2"}));
}

TEST_F(far_lives, a_kill_goes_to_whoever_gives_lives_also_while_the_process_is_starting) {
  supervise({.strategy = strategy::one_for_all, .restart = {.delay = 0ms}});
  begin();
  const auto near = boss.spawn<neighbour>({.name = "near"}, std::ref(said));
  settle();
  near.send(fall{"over"});
  settle();
  EXPECT_EQ(said.lines(), (lines{"begin 1", "+neighbour", "kill"})) << "it goes with its neighbour";
  fell(1, "killed");
  EXPECT_EQ(said.lines(), (lines{"begin 1", "+neighbour", "kill", "begin 2", "+neighbour"}));
}

TEST_F(far_lives, a_kill_is_not_for_the_next_life) {
  supervise({.strategy = strategy::one_for_all, .restart = {.delay = 0ms}});
  begin();
  const auto near = boss.spawn<neighbour>({.name = "near"}, std::ref(said));
  settle();
  near.send(fall{"over"});
  settle();
  fell(1);
  EXPECT_EQ(said.lines(), (lines{"begin 1", "+neighbour", "kill", "begin 2", "+neighbour"}));
  start(2);
  EXPECT_FALSE(back->stage.system().ended(local));
}

TEST_F(far_lives, a_stop_does_not_overtake_what_waits_since_an_earlier_life) {
  supervise();
  begin();
  far.send(deliver{"tea", 0});
  settle();
  fell(1);
  far.stop();
  settle();
  start(2);
  EXPECT_EQ(journal.lines(), lines{"tea 0"});
  EXPECT_TRUE(back->stage.system().ended(local));
}

TEST_F(far_lives, what_waited_over_a_fall_is_a_dead_letter_when_the_actor_ends) {
  supervise();
  begin();
  for (int i = 0; i < 3; ++i) far.send(deliver{"tea", i});
  settle();
  fell(1);
  here->gate.end_lasting("back", "shop", {ending::failed, "closed down"});
  settle();
  EXPECT_TRUE(here->stage.system().ended(far));
  EXPECT_EQ(said.lines().back(), "over closed down");
  EXPECT_EQ(dead_letters(), 3U);
}

TEST_F(far_lives, one_that_never_began_is_over_when_its_supervisor_ends_and_nobody_speaks_to_it_again) {
  supervise();
  boss.address().kill();
  settle();
  EXPECT_EQ(said.lines(), lines{"over "});
  begin();
  far = {};
  place.reset();
  settle();
  here->gate.node_is_up("back");
  settle();
  port->life_ended();
  here->gate.end_lasting("back", "shop", {ending::killed, {}});
  here->gate.close();
}

TEST_F(far_lives, one_that_is_placed_in_a_system_that_ends_is_over) {
  static_cast<void>(here->stage.system().shutdown(1s));
  supervise();
  EXPECT_EQ(said.lines(), lines{"over "});
  begin();
  far = {};
  place.reset();
  here->gate.end_lasting("back", "shop", {ending::killed, {}});
}

}  // namespace
}  // namespace far_lives_test
