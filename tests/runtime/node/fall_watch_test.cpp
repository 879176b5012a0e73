#include "../scene.hpp"

#include <troupe/runtime/node/fall_watch.hpp>

namespace troupe::runtime::fall_watch_test {
namespace {

/// Falls over the first order.
class clumsy final : public member {
 public:
  using member::on;
  void on(const order&) override { throw std::runtime_error("out of threads"); }
};

class fall_watch_test : public ::testing::Test {
 protected:
  member_address start(const make_member& make) {
    auto made = actors.spawn<member_actor>({.name = "work"}, make);
    watch.send(watching(made));
    actors.run_until_idle();
    return made;
  }
  member_address start_clumsy() {
    return start([](work_again) { return std::make_unique<clumsy>(); });
  }
  test_system actors;
  std::vector<std::string> falls;
  const address_of<fall_watch> watch =
      actors.spawn<fall_watch>({.name = "watch"}, [this](const std::string& what) { falls.push_back(what); });
};

TEST_F(fall_watch_test, says_who_failed_and_why) {
  const auto whom = start_clumsy();
  EXPECT_TRUE(falls.empty());
  whom.send(order{});
  actors.run_until_idle();
  EXPECT_EQ(falls, (std::vector<std::string>{"'work' failed: out of threads"}));
}

TEST_F(fall_watch_test, notices_one_that_could_not_even_be_made) {
  start([](work_again) -> std::unique_ptr<member> { throw std::runtime_error("no memory"); });
  EXPECT_EQ(falls, (std::vector<std::string>{"'work' failed: no memory"}));
}

TEST_F(fall_watch_test, watches_as_many_as_it_is_told) {
  const auto first = start_clumsy();
  const auto second = start_clumsy();
  second.send(order{});
  first.send(order{});
  actors.run_until_idle();
  EXPECT_EQ(falls.size(), 2U);
}

TEST_F(fall_watch_test, says_nothing_of_those_that_were_ended) {
  const auto stopped = start_clumsy();
  const auto killed = start_clumsy();
  stopped.stop();
  killed.kill();
  actors.run_until_idle();
  EXPECT_TRUE(actors.system().ended(stopped));
  EXPECT_TRUE(actors.system().ended(killed));
  EXPECT_TRUE(falls.empty());
}

}  // namespace
}  // namespace troupe::runtime::fall_watch_test
