#include "../jobs/job_log.hpp"
#include "../scene.hpp"

#include <troupe/runtime/pool/map_feed.hpp>
#include <troupe/runtime/pool/pool.hpp>

#include <gtest/gtest.h>

#include <future>
#include <ranges>
#include <thread>

namespace troupe::runtime::map_feed_test {
namespace {

class map_feed_test : public ::testing::Test {
 protected:
  /// Inputs that have not left, and jobs that nobody has taken, hold the feed, which holds the intake.
  ~map_feed_test() override {
    if (feed) feed->withdraw();
    static_cast<void>(intake->take());
  }
  void open(map_options how) {
    if (feed) feed->withdraw();
    feed = std::make_shared<map_feed>(intake, how);
  }
  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      feed->add(encoded_number(static_cast<std::int64_t>(added++)), feed);
  }
  /// Takes from the intake what was submitted.
  void take() {
    for (auto& job : intake->take().jobs) jobs.push_back(std::move(job));
  }
  /// The job of the index-th input is done, and gives ten times its index.
  void answer(std::uint64_t index) {
    jobs[index].to->answered(jobs[index].tag, pack({encoded_number(static_cast<std::int64_t>(index) * 10)}));
  }
  /// "1:10"
  std::string next() {
    const auto [index, got] = feed->next();
    return std::to_string(index) + ':' + to_text(got);
  }
  /// Until nothing is out any more.
  std::string rest() {
    std::string all;
    while (!feed->is_empty()) all += (all.empty() ? "" : " ") + next();
    return all;
  }

  const std::shared_ptr<job_intake> intake = std::make_shared<job_intake>(0);
  std::shared_ptr<map_feed> feed = std::make_shared<map_feed>(intake, map_options{});
  std::vector<new_job> jobs;
  std::size_t added = 0;
};

TEST_F(map_feed_test, submits_the_first_input_at_once_and_then_more_and_more_together_in_their_order) {
  add(1);
  take();
  EXPECT_EQ(jobs.size(), 1U);
  add(1);
  EXPECT_TRUE(intake->take().jobs.empty());
  add(1);
  take();
  EXPECT_EQ(jobs.size(), 3U);
  add(3);
  EXPECT_TRUE(intake->take().jobs.empty());
  feed->submit();
  take();
  ASSERT_EQ(jobs.size(), 6U);
  for (std::int64_t n = 0; n < 6; ++n)
    EXPECT_EQ(decode<std::int64_t>(jobs[static_cast<std::size_t>(n)].input), n);
}

TEST_F(map_feed_test, looks_ahead_by_so_many_inputs_and_wants_more_when_half_of_them_are_back) {
  open({.look_ahead = 4});
  EXPECT_TRUE(feed->hungry());
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(feed->has_room()) << i;
    add(1);
  }
  EXPECT_FALSE(feed->has_room());
  EXPECT_FALSE(feed->hungry());
  feed->submit();
  take();
  for (std::uint64_t index = 0; index < 2; ++index) answer(index);
  EXPECT_FALSE(feed->has_room()) << "come is not taken";
  EXPECT_EQ(next(), "0:0");
  EXPECT_FALSE(feed->hungry());
  EXPECT_TRUE(feed->has_room());
  EXPECT_EQ(next(), "1:10");
  EXPECT_TRUE(feed->hungry());
}

TEST_F(map_feed_test, looks_ahead_by_so_many_bytes) {
  open({.look_ahead_bytes = 32});
  for (int i = 0; i < 4; ++i) feed->add(bytes::copy_of(std::as_bytes(std::span("12345678", 8))), feed);
  EXPECT_FALSE(feed->has_room());
  feed->submit();
  take();
  for (std::uint64_t index = 0; index < 2; ++index) answer(index);
  EXPECT_EQ(next(), "0:0");
  EXPECT_FALSE(feed->hungry());
  EXPECT_TRUE(feed->has_room());
  EXPECT_EQ(next(), "1:10");
  EXPECT_TRUE(feed->hungry());
}

TEST_F(map_feed_test, always_takes_one_input) {
  open({.look_ahead = 0, .look_ahead_bytes = 0});
  EXPECT_TRUE(feed->hungry());
  EXPECT_TRUE(feed->has_room());
  add(1);
  EXPECT_FALSE(feed->has_room());
  feed->submit();
  take();
  answer(0);
  EXPECT_EQ(next(), "0:0");
  EXPECT_TRUE(feed->hungry());
  EXPECT_TRUE(feed->has_room());
}

TEST_F(map_feed_test, counts_inputs_without_bytes) {
  open({.look_ahead_bytes = 2});
  feed->add({}, feed);
  feed->add({}, feed);
  EXPECT_FALSE(feed->has_room());
}

TEST_F(map_feed_test, gives_results_as_they_come) {
  add(3);
  feed->submit();
  take();
  for (const std::uint64_t index : {2, 0, 1}) answer(index);
  EXPECT_FALSE(feed->is_empty());
  EXPECT_EQ(rest(), "2:20 0:0 1:10");
}

TEST_F(map_feed_test, ordered_it_gives_results_in_the_order_of_the_inputs) {
  open({.ordered = true});
  add(4);
  feed->submit();
  take();
  for (const std::uint64_t index : {2, 0, 3, 1}) answer(index);
  EXPECT_EQ(rest(), "0:0 1:10 2:20 3:30");
}

TEST_F(map_feed_test, ordered_it_counts_what_waits_for_its_turn_as_looked_ahead) {
  open({.ordered = true, .look_ahead = 3});
  add(3);
  feed->submit();
  take();
  for (const std::uint64_t index : {1, 2, 0}) answer(index);
  EXPECT_FALSE(feed->has_room());
  EXPECT_EQ(next(), "0:0");
  EXPECT_TRUE(feed->has_room());
  add(1);
  EXPECT_FALSE(feed->has_room()) << "1 and 2 are still held";
}

TEST_F(map_feed_test, waits_for_a_result_from_another_thread) {
  add(1);
  feed->submit();
  take();
  auto got = std::async(std::launch::async, [&] { return next(); });
  answer(0);
  ASSERT_EQ(got.wait_for(job_watchdog), std::future_status::ready);
  EXPECT_EQ(got.get(), "0:0");
}

TEST_F(map_feed_test, withdraws_what_is_still_out) {
  add(3);
  feed->submit();
  take();
  answer(1);
  EXPECT_EQ(next(), "1:10");
  feed->withdraw();
  EXPECT_EQ(intake->take().withdrawn, (std::vector<std::uint64_t>{1, 3}));
}

/// A slow range holds nobody up.
TEST_F(map_feed_test, adds_no_more_when_that_has_taken_long_and_there_is_a_result) {
  add(2);
  take();
  EXPECT_EQ(jobs.size(), 1U);
  EXPECT_FALSE(feed->is_empty());
  EXPECT_TRUE(feed->hungry());
  const auto began = steady::now();
  while (steady::now() - began < milliseconds(2)) continue;
  EXPECT_TRUE(feed->has_room()) << "there is nothing to hand out";
  take();
  EXPECT_EQ(jobs.size(), 2U) << "what is there is submitted";
  answer(0);
  EXPECT_FALSE(feed->has_room());
}

TEST_F(map_feed_test, counts_results_that_nobody_has_taken) {
  open({.look_ahead_bytes = 32});
  add(2);
  feed->submit();
  take();
  EXPECT_TRUE(feed->hungry());
  jobs[0].to->answered(0, pack({bytes::copy_of(as_bytes_view("0123456789012345678901234567890"))}));
  EXPECT_FALSE(feed->hungry());
  EXPECT_FALSE(feed->has_room());
  static_cast<void>(feed->next());
  EXPECT_TRUE(feed->hungry());
}

TEST_F(map_feed_test, adds_nothing_to_a_pool_that_takes_no_more) {
  intake->close();
  add(1);
  EXPECT_FALSE(feed->has_room());
  EXPECT_EQ(next(), "0:closed");
  EXPECT_FALSE(feed->has_room()) << "an endless range would never end";
}

TEST_F(map_feed_test, lets_go_of_inputs_that_were_never_submitted) {
  add(1);
  static_cast<void>(intake->take());  // it was submitted at once
  add(1);
  feed->withdraw();
  const std::weak_ptr<map_feed> watched = feed;
  feed.reset();
  EXPECT_TRUE(watched.expired());
}

TEST_F(map_feed_test, answers_an_input_that_is_too_large_to_travel_and_goes_on) {
  feed->add(too_large_to_travel(), feed);
  add(1);
  feed->submit();
  take();
  ASSERT_EQ(jobs.size(), 1U);
  jobs[0].to->answered(jobs[0].tag, pack({encoded_number(7)}));
  const auto [index, refused] = feed->next();
  EXPECT_EQ(index, 0U);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, job_error::refused);
  EXPECT_NE(refused.error().cause.find("at most 120"), std::string::npos) << refused.error().cause;
  EXPECT_EQ(next(), "1:7");
  EXPECT_TRUE(feed->is_empty());
}

TEST_F(map_feed_test, ids_belong_to_their_inputs_when_one_was_refused_between_them) {
  add(1);
  feed->add(too_large_to_travel(), feed);
  add(1);
  feed->submit();
  take();
  EXPECT_EQ(next(), "1:refused");
  jobs[0].to->answered(jobs[0].tag, pack({encoded_number(0)}));
  EXPECT_EQ(next(), "0:0");
  feed->withdraw();
  EXPECT_EQ(intake->take().withdrawn, (std::vector<std::uint64_t>{2}));
}

TEST_F(map_feed_test, gives_all_as_closed_when_the_pool_takes_no_more) {
  intake->close();
  add(2);
  feed->submit();
  EXPECT_EQ(rest(), "0:closed 1:closed");
  feed->withdraw();
  EXPECT_TRUE(intake->take().withdrawn.empty());
}

/// Answers every job with ten times its input, on a thread of its own.
class ready_worker {
 public:
  explicit ready_worker(std::shared_ptr<job_intake> from) : from_(std::move(from)) {
    from_->on_work([this] { wake(); });
    thread_ = std::thread([this] { work(); });
  }
  ready_worker(const ready_worker&) = delete;
  ready_worker& operator=(const ready_worker&) = delete;
  ~ready_worker() {
    from_->on_work({});
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wake();
    thread_.join();
    static_cast<void>(from_->take());  // what came last holds its feed, which holds the intake
  }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  void work() {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return std::exchange(woken_, false); });
        if (ends_) return;
      }
      auto work = from_->take();
      for (auto& job : work.jobs)
        job.to->answered(job.tag, pack({encoded_number(*decode<std::int64_t>(job.input) * 10)}));
      from_->answered(work.jobs.size());
    }
  }
  const std::shared_ptr<job_intake> from_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool ends_ = false;
  std::thread thread_;
};

template <class Range>
auto map(const std::shared_ptr<job_intake>& to, Range inputs, const map_options& how = {}) {
  return mapped<std::int64_t, std::int64_t, Range>(to, std::move(inputs), how);
}

TEST_F(map_feed_test, gives_each_job_the_deadline_of_the_map) {
  open({.within = std::chrono::hours(1)});
  add(1);
  take();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].within, milliseconds(std::chrono::hours(1)));
}

TEST_F(map_feed_test, goes_on_behind_inputs_whose_deadline_passed_before_there_was_room) {
  const auto narrow = std::make_shared<job_intake>(1);
  feed->withdraw();
  feed = std::make_shared<map_feed>(narrow, map_options{.within = milliseconds(1)});
  static_cast<void>(
      narrow->submit({encoded_number(0), std::make_shared<job_log>(), 0}, job_intake::when_full::give_back));
  add(1);
  EXPECT_EQ(rest(), "0:deadline passed");
  EXPECT_TRUE(feed->has_room());
  narrow->answered(1);
  add(1);
  EXPECT_EQ(narrow->take().jobs.size(), 2U);
}

TEST(mapped, gives_a_result_for_each_input_with_its_index) {
  const auto intake = std::make_shared<job_intake>(0);
  const ready_worker worker(intake);
  std::vector<int> seen(500, 0);
  for (auto&& [index, got] :
       map(intake, std::views::iota(std::int64_t{0}, std::int64_t{500}), {.look_ahead = 7})) {
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, static_cast<std::int64_t>(index) * 10);
    ++seen.at(index);
  }
  EXPECT_EQ(seen, std::vector<int>(500, 1));
}

TEST(mapped, reads_an_endless_range_no_further_than_it_may_look_ahead) {
  const auto intake = std::make_shared<job_intake>(0);
  const ready_worker worker(intake);
  std::int64_t read = 0;
  const auto count = [&read](std::int64_t n) {
    read = n + 1;
    return n;
  };
  std::int64_t taken = 0;
  for (auto&& [index, got] : map(intake, std::views::transform(std::views::iota(std::int64_t{0}), count),
                                 {.ordered = true, .look_ahead = 10})) {
    EXPECT_EQ(static_cast<std::int64_t>(index), taken++);
    EXPECT_LE(read, taken + 10);
    if (taken == 100) break;
  }
  EXPECT_EQ(taken, 100);
}

TEST(mapped, an_empty_range_gives_nothing) {
  const auto intake = std::make_shared<job_intake>(0);
  auto nothing = map(intake, std::views::iota(std::int64_t{0}, std::int64_t{0}));
  EXPECT_TRUE(nothing.begin() == nothing.end());
}

TEST(mapped, withdraws_what_is_still_out_when_it_is_left) {
  const auto intake = std::make_shared<job_intake>(0);
  auto first = std::async(std::launch::async, [&] {
    auto all = map(intake, std::views::iota(std::int64_t{0}, std::int64_t{3}));
    return (*all.begin()).first;
  });
  std::vector<new_job> jobs;  // they come one after the other, then together
  while (jobs.size() < 3 && first.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    for (auto& job : intake->take().jobs) jobs.push_back(std::move(job));
  ASSERT_EQ(jobs.size(), 3U);
  jobs[1].to->answered(1, pack({encoded_number(10)}));
  ASSERT_EQ(first.wait_for(job_watchdog), std::future_status::ready);
  EXPECT_EQ(first.get(), 1U);
  EXPECT_EQ(intake->take().withdrawn, (std::vector<std::uint64_t>{1, 3}));
}

}  // namespace
}  // namespace troupe::runtime::map_feed_test
