#include "../jobs/job_log.hpp"

#include <troupe/actors/test_system.hpp>
#include <troupe/runtime/pool/job_future.hpp>

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace troupe::runtime::job_future_test {
namespace {

using numbers = std::vector<std::int64_t>;

job_answer outputs(const numbers& values) {
  std::vector<bytes> all;
  for (const auto value : values) all.push_back(encoded_number(value));
  return pack(std::move(all));
}
job_answer garbage(std::size_t count = 1) {
  return pack(std::vector<bytes>(count));  // of no bytes at all
}

TEST(read_answer, of_a_function_that_returns_a_value_takes_exactly_one_output) {
  EXPECT_EQ(read_answer<std::int64_t>(outputs({42})), 42);
  for (const auto& wrong : {numbers{}, numbers{1, 2}}) {
    const auto got = read_answer<std::int64_t>(outputs(wrong));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, job_error::unreadable);
    EXPECT_EQ(got.error().cause, "the job gave " + std::to_string(wrong.size()) + " outputs instead of one");
  }
}

TEST(read_answer, of_a_function_that_returns_nothing_needs_no_output) {
  EXPECT_TRUE(read_answer<void>(outputs({})));
}

TEST(read_answer, of_a_function_that_may_return_a_value_takes_none_or_one) {
  using maybe = std::optional<std::int64_t>;
  const auto none = read_answer<maybe>(outputs({}));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  const auto one = read_answer<maybe>(outputs({42}));
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, 42);
  EXPECT_EQ(read_answer<maybe>(outputs({1, 2})).error().kind, job_error::unreadable);
}

TEST(read_answer, of_a_function_that_returns_many_takes_any_number_in_order) {
  EXPECT_EQ(read_answer<numbers>(outputs({})), numbers{});
  EXPECT_EQ(read_answer<numbers>(outputs({3, 1, 2})), (numbers{3, 1, 2}));
}

TEST(read_answer, says_that_an_output_cannot_be_read) {
  EXPECT_EQ(read_answer<std::int64_t>(garbage()).error().kind, job_error::unreadable);
  EXPECT_EQ(read_answer<std::optional<std::int64_t>>(garbage()).error().kind, job_error::unreadable);
  EXPECT_EQ(read_answer<numbers>(garbage(2)).error().kind, job_error::unreadable);
  EXPECT_NE(read_answer<std::int64_t>(garbage()).error().cause, "");
}

TEST(read_answer, passes_a_failure_on) {
  job_failure why;
  why.kind = job_error::timed_out;
  why.cause = "too slow";
  why.attempts = 3;
  const job_answer failed = tl::unexpected(why);
  EXPECT_EQ(read_answer<std::int64_t>(failed).error().attempts, 3U);
  EXPECT_EQ(read_answer<void>(failed).error().kind, job_error::timed_out);
  EXPECT_EQ(read_answer<numbers>(failed).error().cause, "too slow");
}

/// One job, its future, and what the pool would answer with.
class job_future_test : public ::testing::Test {
 protected:
  job_future_test() {
    auto [to, of] = promise_and_future<job_answer>();
    receiver = std::make_shared<promised_result>(std::move(to));
    const auto id = intake->submit({encoded_number(1), receiver, 0}, job_intake::when_full::wait);
    pending = job_future<std::int64_t>(std::move(of), intake, id);
  }
  void answer(std::int64_t value) { receiver->answered(0, outputs({value})); }

  const std::shared_ptr<job_intake> intake = std::make_shared<job_intake>(0);
  std::shared_ptr<promised_result> receiver;
  job_future<std::int64_t> pending;
};

TEST_F(job_future_test, knows_the_number_of_its_job) {
  EXPECT_EQ(pending.id(), 1U);
  EXPECT_EQ(job_future<std::int64_t>().id(), 0U);
}

TEST_F(job_future_test, gives_the_result_once) {
  EXPECT_FALSE(pending.ready());
  answer(42);
  EXPECT_TRUE(pending.ready());
  EXPECT_EQ(pending.get(), 42);
  EXPECT_FALSE(pending.valid());
  EXPECT_EQ(pending.get().error().kind, job_error::refused);
}

TEST_F(job_future_test, waits_for_a_result_from_another_thread) {
  auto got = std::async(std::launch::async, [&] { return pending.get(); });
  answer(42);
  ASSERT_EQ(got.wait_for(job_watchdog), std::future_status::ready);
  EXPECT_EQ(got.get(), 42);
}

TEST_F(job_future_test, waits_no_longer_than_it_is_told_and_keeps_the_result) {
  EXPECT_FALSE(pending.wait(deadline::after(nanoseconds(0))));
  answer(42);
  EXPECT_TRUE(pending.wait(deadline::after(nanoseconds(0))));
  EXPECT_EQ(pending.get(), 42);
}

TEST_F(job_future_test, cancelled_it_withdraws_the_job_and_ends_at_once) {
  EXPECT_TRUE(pending.cancel());
  EXPECT_EQ(intake->take().withdrawn, (std::vector<std::uint64_t>{1}));
  answer(42);
  EXPECT_EQ(pending.get().error().kind, job_error::cancelled);
}

TEST_F(job_future_test, is_cancelled_too_late_when_it_is_answered) {
  answer(42);
  EXPECT_FALSE(pending.cancel());
  EXPECT_TRUE(intake->take().withdrawn.empty());
  EXPECT_EQ(pending.get(), 42);
  EXPECT_FALSE(pending.cancel()) << "its result has been taken";
}

TEST_F(job_future_test, destroyed_it_does_not_withdraw_the_job) {
  pending = {};
  EXPECT_FALSE(pending.valid());
  EXPECT_EQ(pending.id(), 0U);
  EXPECT_TRUE(intake->take().withdrawn.empty());
  answer(42);
}

TEST_F(job_future_test, moved_it_leaves_nothing_behind) {
  auto moved = std::move(pending);
  EXPECT_FALSE(pending.valid());
  answer(42);
  EXPECT_EQ(moved.id(), 1U);
  EXPECT_EQ(moved.get(), 42);
}

struct look {
  using reply = std::string;
};
struct await_it {
  using reply = std::string;
};

/// An actor that holds the future of a job.
class holder {
 public:
  using receives = troupe::receives<look, await_it>;
  holder(context&, job_future<std::int64_t>& pending) : pending_(pending) {}
  std::string operator()(look) {
    if (pending_.wait(deadline::never())) return "it waited";
    const auto got = pending_.get();
    if (got || !pending_.valid()) return "it got";
    return std::string(name_of(got.error().kind)) + ": " + got.error().cause;
  }
  task<std::string> operator()(await_it) {
    const auto got = co_await pending_;
    co_return got ? std::to_string(*got) : std::string(name_of(got.error().kind));
  }

 private:
  job_future<std::int64_t>& pending_;
};

TEST_F(job_future_test, does_not_block_an_actor_and_keeps_its_result) {
  test_system actors;
  const auto to = actors.spawn<holder>({.name = "holder"}, pending);
  const auto said = to.ask(look{}).get();
  ASSERT_TRUE(said) << said.error().message();
  EXPECT_EQ(said->rfind("refused: ", 0), 0U) << *said;
  answer(42);
  EXPECT_EQ(pending.get(), 42);
}

TEST_F(job_future_test, is_awaited_by_an_actor) {
  test_system actors;
  const auto to = actors.spawn<holder>({.name = "holder"}, pending);
  auto said = to.ask(await_it{}, std::chrono::hours(1));
  actors.run_until_idle();
  EXPECT_FALSE(said.ready());
  answer(42);
  actors.run_until_idle();
  ASSERT_TRUE(said.ready());
  EXPECT_EQ(said.get(), "42");
}

TEST_F(job_future_test, awaited_it_says_that_it_was_cancelled) {
  test_system actors;
  const auto to = actors.spawn<holder>({.name = "holder"}, pending);
  auto said = to.ask(await_it{}, std::chrono::hours(1));
  actors.run_until_idle();
  EXPECT_TRUE(pending.cancel());
  actors.run_until_idle();
  ASSERT_TRUE(said.ready());
  EXPECT_EQ(said.get(), "cancelled");
}

}  // namespace
}  // namespace troupe::runtime::job_future_test
