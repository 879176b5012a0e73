#include "../probe.hpp"

#include <troupe/actors/async/barrier.hpp>
#include <troupe/actors/async/channel.hpp>
#include <troupe/actors/async/mutex.hpp>
#include <troupe/actors/async/semaphore.hpp>

#include <optional>

namespace patience_test {
namespace {

using namespace std::chrono_literals;
using troupe::errc;

TEST(async_waits, refuse_a_negative_patience) {
  troupe::test_system stage;
  auto& system = stage.system();
  const auto code = [](auto answer) {
    const auto got = answer.get();
    return got ? std::nullopt : std::optional(got.error().code);
  };
  const troupe::async_semaphore gate(system, 1);
  const troupe::async_mutex<int> balance(system, 10);
  const troupe::async_barrier line(system, 1);
  const troupe::async_channel<int> pipe(system, 1);
  EXPECT_EQ(code(gate.acquire(1, -1ns)), errc::invalid_argument);
  EXPECT_EQ(code(balance.lock(-1ns)), errc::invalid_argument);
  EXPECT_EQ(code(line.arrive(-1ns)), errc::invalid_argument);
  EXPECT_EQ(code(pipe.send(1, -1ns)), errc::invalid_argument);
  EXPECT_EQ(code(pipe.receive(-1ns)), errc::invalid_argument);
  bool called = false;
  EXPECT_EQ(code(system.call_blocking([&called] { return called = true; }, -1ns)), errc::invalid_argument);
  EXPECT_FALSE(called);
  EXPECT_EQ(pipe.size(), 0U);
  EXPECT_EQ(gate.available(), 1U);
  EXPECT_EQ(balance.lock(-1s).get().error().context,
            "wait for a mutex with a negative patience of -1000000000 ns");
  EXPECT_EQ(system.wait_for<troupe::address<probe::number>>("nobody", -1ns).get().error().code,
            errc::invalid_argument);
}

TEST(async_channel, keeps_few_items_of_those_who_gave_up_sending) {
  troupe::test_system stage;
  const troupe::async_channel<std::shared_ptr<const int>> items(stage.system(), 1);
  ASSERT_TRUE(items.try_send(std::make_shared<const int>(0)));
  const auto patient = items.send(std::make_shared<const int>(1), 1h);
  const auto counted = std::make_shared<const int>(2);
  for (int i = 0; i < 1000; ++i) {
    auto dropped = items.send(counted, 1h);
  }
  EXPECT_LE(counted.use_count(), 32);
  EXPECT_FALSE(patient.ready());
  EXPECT_EQ(**items.receive().get(), 0);
  EXPECT_TRUE(patient.ready());
  EXPECT_EQ(**items.receive().get(), 1);
}

}  // namespace
}  // namespace patience_test
