// tests/runtime/members/jobs_scene.hpp - the member of a pool's jobs, and witnesses in the place of its workers.
// Threads: one; the test steps the actors.
#pragma once
#include "../jobs/job_log.hpp"
#include "../scene.hpp"

#include <troupe/runtime/members/jobs_member.hpp>
#include <troupe/runtime/pool/pool_plan.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

inline constexpr member_id jobs_id = 1, work_id = 2;
inline constexpr edge_id to_work = 1;
inline constexpr instance the_jobs{jobs_id, 0, 1};

inline plan square_pool(const pool_options& how) {
  return *make_pool_plan(define_stage("square", [](std::int64_t n) { return n * n; }), "i64", how);
}

struct pool_scene : scene {
  explicit pool_scene(const pool_options& how) { of = square_pool(how); }
};

/// The member under test, two places for workers, and a third for the first one's next life.
class jobs_scene : public ::testing::Test {
 protected:
  static constexpr instance one{work_id, 0, 1}, other{work_id, 1, 2}, one_again{work_id, 0, 3};

  explicit jobs_scene(const pool_options& how = {.workers = 1}) : on(how) {
    member.emplace(on.setting(), the_jobs, intake, counters, [] {});
  }
  static lineage job_item(std::uint64_t id) { return {jobs_id, id - 1, 1, {{to_work, 0, 1}}}; }

  /// So often `from` died of it, or it threw there once.
  static verdict verdict_on(std::uint64_t id, const instance& from, std::uint32_t charges) {
    verdict decision{work_id, job_item(id), {}, from, "killed by SIGSEGV", {}};
    decision.state.charges = charges;
    decision.facts.signal = SIGSEGV;
    return decision;
  }
  static verdict quarantined(verdict decision) {
    decision.state.quarantined = true;
    return decision;
  }

  static returned result_of(const instance& from, std::uint64_t number,
                            const std::vector<std::int64_t>& values) {
    std::vector<bytes> outputs;
    for (const auto value : values) outputs.push_back(encoded(value));
    return {from, to_work, number, pack(std::move(outputs))};
  }

  /// Their tags are their ids.
  void submit(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ++submitted;
      const auto id = intake->submit({encoded(static_cast<std::int64_t>(submitted)), log, submitted},
                                     job_intake::when_full::give_back);
      EXPECT_EQ(id, submitted);
    }
    look();
  }
  void look() {
    member->on(order{order_kind::work});
    on.settle();
  }
  void withdraw(std::uint64_t id) {
    intake->withdraw(id);
    look();
  }
  void come_up(const instance& who) {
    member->on(consumer_news{who, true});
    on.settle();
  }
  void die(const instance& who, std::vector<verdict> verdicts = {}) {
    member->on(death_notice{who, {}, true, std::move(verdicts)});
    on.settle();
  }
  void come_back(std::vector<returned> results) {
    member->on(returns{std::move(results)});
    on.settle();
  }
  /// The jobs that were sent there, in order: "1 2", or "1.2" for the second attempt at 1.
  static std::string sent(const testimony& to) {
    std::string text;
    for (const auto& item : to.items) {
      text += (text.empty() ? "" : " ") + std::to_string(item.header.item.seq + 1);
      if (item.header.attempt != 1) text += '.' + std::to_string(item.header.attempt);
    }
    return text;
  }

  pool_scene on;
  run_counters counters;
  const std::shared_ptr<job_intake> intake = std::make_shared<job_intake>(0);
  std::shared_ptr<job_intake> fresh = std::make_shared<job_intake>(0);  // for another member
  const std::shared_ptr<job_log> log = std::make_shared<job_log>();
  const testimony& at_one = on.place(one);
  const testimony& at_other = on.place(other);
  const testimony& at_one_again = on.place(one_again);
  std::optional<jobs_member> member;
  std::uint64_t submitted = 0;
};

}  // namespace troupe::runtime
