// runtime/director/director.hpp - the actor that starts, watches, judges and ends a run.
// Threads: an actor.
// Source: docs/delivery.md, "Death" and "The end".
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/runtime/director/completion.hpp>
#include <troupe/runtime/director/judge.hpp>
#include <troupe/runtime/director/outcome.hpp>
#include <troupe/runtime/director/quarantine.hpp>
#include <troupe/runtime/director/roster.hpp>
#include <troupe/runtime/director/run_counters.hpp>
#include <troupe/runtime/director/workforce.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace troupe::runtime {

/// A worker process has ended; comes after its last message.
struct worker_ended {
  instance who;
  spawn::exit_report how;
};
struct worker_said {
  instance who;
  from_worker what;
};
/// The pause before a restart is over.
struct restart_due {
  instance successor;
};
struct beat {};
/// The time that a stop may take is over.
struct stop_overdue {};
/// Every worker is to be replaced by a new one, as SIGHUP asks for: by one of `program`, or of the same as before when that
/// is empty.
struct renew_request {
  std::string program;
};
/// Ctrl-C or an error of the caller: first time drain, second time end at once.
struct stop_request {
  int signal = 0;
};

/// What the director works with; references outlive it.
struct director_setting {
  const plan& of;
  exchange& by;
  run_counters& counters;
  logger log;
  std::string run_id;
  assignment work;  // of any worker; own and charges are filled in per worker
  neighbour here;   // this node and the members that live in it
  std::function<std::unique_ptr<workforce>()> hire;  // called by the director's constructor
  std::function<void(outcome)> on_end;               // once
  std::optional<milliseconds> stop_timeout = {};     // since the first stop_request; unset: no end
  std::function<void()> on_ready = [] {};            // whenever a worker has become ready
  std::string replay = {};  // the command that runs a quarantined item again, but for its file
};

class director {
 public:
  using receives = troupe::receives<order, worker_ended, worker_said, report, restart_due, beat, stop_request,
                                    renew_request, stop_overdue>;
  director(context& self, director_setting setting);

  void operator()(order begin);
  void operator()(worker_ended ended);
  void operator()(worker_said said);
  void operator()(report said);
  void operator()(restart_due due);
  void operator()(beat);
  void operator()(stop_request request);
  void operator()(renew_request request);
  void operator()(stop_overdue);

 private:
  /// `replaces`: the slot of the one that is retired when it is ready.
  void start_worker(const instance& who, std::optional<std::uint32_t> replaces = {});
  void worker_is_ready(const instance& who, const worker_ready& news);
  void introduce(const instance& who);
  struct ending {
    std::string cause;
    bool did_work = false;
    bool charged = false;
    std::string details;   // further lines for the message that gives up
    bool refused = false;  // it would have opened a pool of its own instead of serving ours
  };
  void restart_or_give_up(const instance& who, ending how);
  void note_verdict(const verdict& decision, const std::vector<std::string>& stderr_tail);
  void tell_workers(const to_worker& message);
  void announce(verdict_notice news);
  void count_redelivered(slot_state& slot, const running_page& page);
  void kill_overdue();
  // director_staff.cpp:
  void look_after_workers(nanoseconds passed);
  void kill_the_unfit(slot_state& slot, nanoseconds passed);
  void kill_as_unfit(slot_state& slot, std::string why);
  void staff_stage(const member_plan& stage, nanoseconds passed);
  void take(const staff_step& step, const member_plan& stage);
  [[nodiscard]] staff_member look_at(slot_state& slot);
  [[nodiscard]] bool is_pressed(const member_plan& stage, bool all_behind);
  void retire(slot_state& slot);
  void stop_if_released(slot_state& slot);
  void has_left(const instance& who, const spawn::exit_report& how);
  void no_longer_awaited(const instance& sender);
  [[nodiscard]] bool failed_as_successor(const slot_state& slot, const std::string& cause);
  [[nodiscard]] bool tried_again_later(slot_state& slot, const std::string& cause);
  [[nodiscard]] std::vector<unfinished_items> count_unfinished();
  void stop_for_quarantine(const member_plan& stage, const std::string& item);
  void kill_workers();
  void hear(const instance& from, origin_ended said);
  void hear(const instance& from, terminal_closed said);
  void hear(const instance& from, item_failed said);
  void hear(const instance& from, item_handed_in said);
  void hear(const instance& from, trouble said);
  void hear(const instance& from, remark said);
  void hear(const instance& from, broken_protocol said);
  void hear(const instance& from, item_settled said);
  void hear(const instance& from, consumer_released said);
  // director_slots.cpp:
  void hear(const instance& from, watermark_notice said);
  void tell_watermarks();
  void bring_up_to_date(const slot_state& slot);
  void tell_to_finish(member_id terminal);
  void renew_slot(slot_state& slot);
  void keep_evidence(const result<>& stored);
  void look_for_the_end();
  void fail(outcome_kind kind, std::string message);
  void close_if_all_are_gone();

  context& self_;
  const director_setting setting_;
  const plan& plan_;
  const logger& log_;
  roster roster_;
  // Of a stage, because its workers run the same program: the restart burst counts them together.
  std::map<member_id, restart_history> histories_;
  std::map<member_id, unsigned> kills_without_work_;
  charge_table charges_;
  completion completion_;
  struct origin_progress {
    std::uint64_t watermark = 0;
    bool is_news = false;
  };
  std::map<member_id, origin_progress> watermarks_;  // of origins with terminals in other processes
  quarantine quarantine_;
  outcome outcome_;
  enum class phase { running, winding_down, ended } phase_ = phase::running;
  bool interrupted_ = false;
  bool stopped_for_quarantine_ = false;
  bool renewing_ = false;  // somebody has asked for new workers
  std::map<member_id, staffing> staffing_;
  steady::time_point last_beat_ = steady::now();
  std::set<std::string> remarks_;
  std::mt19937_64 random_{std::random_device{}()};
  std::unique_ptr<workforce> workforce_;
};

}  // namespace troupe::runtime
