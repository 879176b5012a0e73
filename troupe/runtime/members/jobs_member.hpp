// runtime/members/jobs_member.hpp - where the jobs of a library pool enter the run, and where their results come back.
// Threads: owned by its actor; whoever submits talks to it through the intake.
// Source: docs/delivery.md, "Pools".
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/runtime/delivery/charges.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/jobs/job_deadlines.hpp>
#include <troupe/runtime/jobs/job_intake.hpp>
#include <troupe/runtime/jobs/number_map.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/courier.hpp>
#include <troupe/runtime/node/member.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace troupe::runtime {

/// What time it is.
using clock_source = std::function<steady::time_point()>;

/// An origin that is its own terminal: a result is the acknowledgement of its job, so nothing is remembered of a job that
/// has been answered.
class jobs_member final : public member, private outbox_owner {
 public:
  jobs_member(const member_setting& setting, const instance& own, std::shared_ptr<job_intake> jobs,
              run_counters& counters, const work_again& again, clock_source now = &steady::now);
  /// Answers what is left: closed.
  ~jobs_member() override;
  jobs_member(const jobs_member&) = delete;
  jobs_member& operator=(const jobs_member&) = delete;

  using member::on;
  void use_timer(work_later later) override { later_ = std::move(later); }
  void on(const answers& news) override;
  void on(returns back) override;
  void on(const consumer_news& news) override;
  void on(const consumer_retires& news) override;
  void on(const death_notice& news) override;
  void on(const verdict_notice& news) override;
  void on(const order& what) override;

 private:
  /// A job that is not answered. Its receiver is empty when it is.
  struct open_job {
    std::shared_ptr<job_receiver> to;
    std::uint64_t tag = 0;
    bool withdrawn = false;
    instance sent_to;  // epoch 0: nowhere yet
    std::uint64_t number = 0;
  };
  void take_in();
  void call_off(std::uint64_t id);
  void look_at_the_clock();
  void expire(const job_deadlines::entry& which);
  void let_go_of_unwanted();
  void send();
  void settle();
  void learn(const std::vector<verdict>& verdicts);
  void answer(std::uint64_t id, job_answer what);
  void judged(const std::vector<verdict>& verdicts);
  void forget_late(const verdict& decision);
  void settle_charge(const lineage& item);
  void give_up(const job_failure& why);
  [[nodiscard]] open_job* find(std::uint64_t id);
  [[nodiscard]] lineage item_of(std::uint64_t id) const;

  void carry(const instance& to, edge_id edge, const item_header& header, const bytes& payload) override;
  void completed(edge_id edge, const kept_item& item) override;
  void hand_in(edge_id edge, const kept_item& item) override;
  std::vector<kept_item> split(edge_id edge, const kept_item& batch) override;
  [[nodiscard]] bool unwanted(const kept_item& item) const override;

  const member_plan& plan_;
  const member_plan& stage_;
  const std::shared_ptr<job_intake> jobs_;
  run_counters& counters_;
  const reporter tell_director_;
  courier courier_;
  const clock_source now_;
  work_later later_;
  charge_table charges_;
  outbox box_;
  number_map<open_job> open_;      // by id
  std::deque<kept_item> to_send_;  // those for which no worker has had room
  std::size_t expired_ = 0;        // of these
  job_deadlines deadlines_;
  steady::time_point timer_ = steady::time_point::max();  // the earliest that is set
  returned* came_back_ = nullptr;                         // being carried out
  std::size_t answered_ = 0;                              // in this turn
  std::uint64_t told_redelivered_ = 0;
  bool blocked_ = false;  // as the exchange knows it: more waits than there is room for
  bool closed_ = false;
  bool ended_ = false;
  bool gave_up_ = false;
};

}  // namespace troupe::runtime
