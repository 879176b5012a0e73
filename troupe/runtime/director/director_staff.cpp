#include <troupe/base/text.hpp>
#include <troupe/runtime/director/director.hpp>

#include <algorithm>
#include <utility>

// How the director looks after its workers: who is frozen, who is replaced, how many there are.

namespace troupe::runtime {
namespace {

using condition = slot_state::condition;

}  // namespace

void director::look_after_workers(nanoseconds passed) {
  for (auto& [key, slot] : roster_.slots()) kill_the_unfit(slot, passed);
  for (const auto& stage : plan_.members)
    if (stage.in_process && phase_ == phase::running) staff_stage(stage, passed);
}

void director::kill_the_unfit(slot_state& slot, nanoseconds passed) {
  const auto& rules = plan_.member(slot.who.member).worker;
  if (!slot.unfit.empty()) return;
  if (slot.now == condition::starting) {
    slot.starting_for += passed;
    if (slot.starting_for >= rules.start_timeout)
      kill_as_unfit(slot, "was not ready within " + format_duration(rules.start_timeout) +
                              " (start_timeout) and was killed");
  } else if (slot.works()) {
    const auto* page = workforce_->page(slot.who);
    if (page != nullptr &&
        slot.pulse.is_frozen(page->beats.load(std::memory_order_relaxed), passed, rules.heartbeat_timeout))
      kill_as_unfit(slot, "frozen: it gave no sign of life for " + format_duration(rules.heartbeat_timeout) +
                              " (heartbeat_timeout) and was killed");
  }
}

void director::kill_as_unfit(slot_state& slot, std::string why) {
  slot.unfit = std::move(why);
  workforce_->kill(slot.who);
}

staff_member director::look_at(slot_state& slot) {
  using state = staff_member::state;
  staff_member seen;
  seen.slot = slot.who.slot;
  seen.outdated = slot.outdated;
  if (slot.now == condition::down || slot.now == condition::starting) {
    seen.now = slot.now == condition::starting && slot.replaces ? state::successor : state::coming;
    return seen;
  }
  seen.now = slot.now == condition::ready ? state::working : state::leaving;
  const auto* page = workforce_->page(slot.who);
  if (page == nullptr) return seen;
  const auto executed = page->executed.load(std::memory_order_relaxed);
  seen.worn = slot.quota != 0 && executed >= slot.quota;
  seen.busy = std::exchange(slot.executed, executed) != executed ||
              page->running_since.load(std::memory_order_relaxed) != 0 || items_waiting(*page) != 0;
  return seen;
}

void director::staff_stage(const member_plan& stage, nanoseconds passed) {
  if (stage.keeps_state) return renew_slot(roster_.slots().at({stage.id, 0}));
  const bool fixed = stage.min_workers == stage.workers && stage.worker.max_jobs == 0;
  if (fixed && !renewing_) return;
  std::vector<staff_member> staff;
  std::vector<bool> replaced(stage.most_workers());
  bool all_behind = true;
  bool anybody = false;
  for (std::uint32_t i = 0; i < stage.most_workers(); ++i) {
    auto& slot = roster_.slots().at({stage.id, i});
    if (slot.now == condition::down && !slot.comes_back) continue;
    // More than it does in a second. One that waits for others to take what it has made is not helped by one more.
    const auto before = slot.executed;
    staff.push_back(look_at(slot));
    if (staff.back().now == staff_member::state::successor) replaced[*slot.replaces] = true;
    if (slot.now != condition::ready) continue;
    const auto* page = workforce_->page(slot.who);
    const auto per_second = (slot.executed - before) * 1'000'000'000 /
                            static_cast<std::uint64_t>(std::max<nanoseconds::rep>(passed.count(), 1));
    anybody = true;
    all_behind = all_behind && page != nullptr && items_waiting(*page) > per_second &&
                 page->blocked.load(std::memory_order_relaxed) == 0;
  }
  for (auto& each : staff) each.has_successor = replaced[each.slot];
  for (const auto& step :
       staffing_.at(stage.id).look(staff, is_pressed(stage, anybody && all_behind), passed))
    take(step, stage);
}

bool director::is_pressed(const member_plan& stage, bool all_behind) {
  if (stage.min_workers == stage.workers) return false;  // nobody asks
  if (all_behind) return true;
  for (const auto id : stage.in) {
    if (setting_.by.is_blocked(id)) return true;
    const auto& before = plan_.member(plan_.edge(id).from);
    if (!before.in_process) continue;
    const auto bit =
        static_cast<std::size_t>(std::find(before.out.begin(), before.out.end(), id) - before.out.begin());
    for (std::uint32_t i = 0; i < before.most_workers(); ++i) {
      const auto& slot = roster_.slots().at({before.id, i});
      const auto* page = slot.works() ? workforce_->page(slot.who) : nullptr;
      if (page != nullptr && bit < 64 && (page->blocked.load(std::memory_order_relaxed) >> bit & 1U) != 0)
        return true;
    }
  }
  return false;
}

void director::take(const staff_step& step, const member_plan& stage) {
  auto& slot = roster_.slots().at({stage.id, step.slot});
  if (step.what == staff_step::kind::retire) {
    log_.debug("worker ", node_name(plan_, slot.who), " has been idle for ", format_duration(stage.idle),
               " and is stopped");
    setting_.counters.workers_wanted.fetch_sub(1, std::memory_order_relaxed);
    return retire(slot);
  }
  auto* const free = roster_.free_slot(stage.id);
  if (free == nullptr) return;
  const instance successor{stage.id, free->who.slot, free->who.epoch + 1};
  if (step.what == staff_step::kind::replace) {
    log_.debug("worker ", node_name(plan_, slot.who), " is replaced by ", node_name(plan_, successor));
    return start_worker(successor, step.slot);
  }
  log_.debug("stage '", stage.name, "': more waits than gets done, worker ", node_name(plan_, successor),
             " is started");
  setting_.counters.workers_wanted.fetch_add(1, std::memory_order_relaxed);
  start_worker(successor);
}

void director::retire(slot_state& slot) {
  const auto member = slot.who.member;
  const auto feeds = [&](member_id from) {
    return std::any_of(plan_.edges.begin(), plan_.edges.end(),
                       [&](const edge_plan& edge) { return edge.from == from && edge.to == member; });
  };
  slot.now = condition::retiring;
  const auto note = encode_frame<to_worker>(consumer_retires{slot.who});
  for (const auto& host : setting_.here.hosts)
    if (feeds(host.member)) slot.awaited.insert(host);
  for (auto& [key, other] : roster_.slots()) {
    if (!other.works() || !feeds(other.who.member)) continue;
    slot.awaited.insert(other.who);
    workforce_->tell(other.who, note.view());
  }
  setting_.by.tell_all(consumer_retires{slot.who});
  setting_.counters.workers_ready.store(roster_.count(condition::ready), std::memory_order_relaxed);
  stop_if_released(slot);
}

void director::hear(const instance& from, consumer_released said) {
  auto* slot = roster_.find(said.who);
  if (slot == nullptr || slot->now != condition::retiring) return;
  slot->awaited.erase(from);
  stop_if_released(*slot);
}

void director::stop_if_released(slot_state& slot) {
  if (slot.now != condition::retiring || !slot.awaited.empty()) return;
  slot.now = condition::stopping;
  workforce_->stop(slot.who, plan_.member(slot.who.member).worker.stop);
}

void director::no_longer_awaited(const instance& sender) {
  for (auto& [key, slot] : roster_.slots())
    if (slot.awaited.erase(sender) != 0) stop_if_released(slot);
}

/// One that held nothing any more has ended, as it was told.
void director::has_left(const instance& who, const spawn::exit_report& how) {
  const auto& told = plan_.member(who.member).worker.stop;
  if (!how.status.success() && (told.signal == 0 || how.status.signal() != told.signal))
    log_.warn("worker ", node_name(plan_, who), ", told to end, ", how_it_ended(how));
  const death_notice notice{who, {}, true, {}};
  setting_.by.tell_all(notice);
  tell_workers(notice);
  if (plan_.member(who.member).keeps_state && phase_ == phase::running)
    start_worker({who.member, who.slot, who.epoch + 1});
}

/// True when the one that it was to replace works on: then nothing is lost but the attempt.
bool director::failed_as_successor(const slot_state& slot, const std::string& cause) {
  if (!slot.replaces) return false;
  const auto& stage = plan_.member(slot.who.member);
  auto& old = roster_.slots().at({stage.id, *slot.replaces});
  if (old.now != condition::ready) return false;
  staffing_.at(stage.id).pause_replacing(stage.restart.max_delay);
  const bool renewing = old.outdated;
  log_.error("worker ", node_name(plan_, slot.who), ", which was to take the place of ",
             node_name(plan_, old.who), ", ", cause, "; that one works on",
             renewing ? ", as do the others of stage '" + stage.name + "' that have not been replaced"
                      : std::string());
  if (renewing)
    for (std::uint32_t i = 0; i < stage.most_workers(); ++i)
      roster_.slots().at({stage.id, i}).outdated = false;
  return true;
}

void director::operator()(renew_request request) {
  if (phase_ != phase::running) return;
  if (!request.program.empty()) {
    log_.info("workers are replaced one by one, by those of the program that is now at '", request.program,
              "'");
    workforce_->use_program(std::move(request.program));
  } else {
    log_.info("workers are replaced one by one");
  }
  renewing_ = true;
  for (auto& [key, slot] : roster_.slots())
    slot.outdated = slot.now == condition::ready || slot.now == condition::starting;
}

void director::operator()(stop_overdue) {
  if (phase_ == phase::winding_down) return kill_workers();
  fail(outcome_kind::interrupted, "what was under way was not finished within " +
                                      format_duration(*setting_.stop_timeout) + " and was dropped");
}

std::vector<unfinished_items> director::count_unfinished() {
  std::map<member_id, std::uint64_t> counts;
  for (const auto& [key, slot] : roster_.slots()) {
    const auto* page = slot.works() ? workforce_->page(slot.who) : nullptr;
    if (page == nullptr) continue;
    counts[key.first] +=
        items_waiting(*page) + (page->running_since.load(std::memory_order_relaxed) != 0 ? 1 : 0);
  }
  std::vector<unfinished_items> all;
  for (const auto& [stage, items] : counts)
    if (items != 0) all.push_back({plan_.member(stage).name, items});
  return all;
}

void director::stop_for_quarantine(const member_plan& stage, const std::string& item) {
  if (phase_ != phase::running || std::exchange(stopped_for_quarantine_, true)) return;
  outcome_.message = "stage '" + stage.name + "', item " + item +
                     " is in quarantine, and on_quarantine is \"stop\": no more input was begun";
  setting_.by.tell_all(order{order_kind::no_more});
}

/// The machine is out of something. That may pass, and while others of its stage work there is time; else it counts like a
/// worker that died at once.
bool director::tried_again_later(slot_state& slot, const std::string& cause) {
  const auto who = slot.who;
  if (!roster_.anybody_works(who.member)) return false;
  log_.warn("worker ", node_name(plan_, who), " ", cause,
            "; the others of its stage work on, and it is tried again");
  slot.comes_back = true;
  self_.after<director>(plan_.member(who.member).restart.max_delay,
                        restart_due{{who.member, who.slot, who.epoch + 1}});
  return true;
}

}  // namespace troupe::runtime
