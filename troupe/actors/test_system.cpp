#include <troupe/actors/internal/core.hpp>
#include <troupe/actors/internal/stepped_executor.hpp>
#include <troupe/actors/test_system.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace troupe {

test_system::test_system(std::uint64_t seed, logger log) {
  auto executor = std::make_unique<actors::stepped_executor>(seed);
  executor_ = executor.get();
  auto core = std::make_shared<actors::core>(std::move(executor), 1, std::move(log));
  core->sees = executor_;
  executor_->use(core->timers());
  system_ = std::make_unique<actor_system>(std::move(core));
}

test_system::~test_system() = default;

bool test_system::step() {
  return executor_->step();
}

std::size_t test_system::run_until_idle(std::size_t limit) {
  std::size_t turns = 0;
  while (turns < limit && executor_->step()) ++turns;
  return turns;
}

namespace {

steady::time_point later(steady::time_point now, nanoseconds by, const char* what) {
  if (by < nanoseconds::zero()) throw std::invalid_argument(std::string(what) + " by a negative time");
  return by > steady::time_point::max() - now ? steady::time_point::max() : now + by;
}

}  // namespace

bool test_system::run_until(const std::function<bool()>& is_so, nanoseconds patience) {
  const auto until = later(executor_->now(), patience, "run a test_system");
  while (!is_so())
    if (!executor_->help(until)) return false;
  return true;
}

void test_system::advance(nanoseconds by) {
  const auto until = later(executor_->now(), by, "advance a test_system");
  run_until_idle();
  while (executor_->pass_time(until)) run_until_idle();
  executor_->set_now(until);
}

nanoseconds test_system::elapsed() const noexcept {
  return executor_->now().time_since_epoch();
}

const std::vector<std::string>& test_system::trace() const noexcept {
  return executor_->trace();
}

}  // namespace troupe
