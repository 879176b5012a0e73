#include <troupe/base/text.hpp>
#include <troupe/runtime/director/director.hpp>
#include <troupe/runtime/node/worker.hpp>
#include <troupe/transport/ipc_directory.hpp>

#include <algorithm>
#include <csignal>
#include <utility>

namespace troupe::runtime {
namespace {

using condition = slot_state::condition;

constexpr milliseconds beat_every{50};
/// So many operator's kills in a row of workers that had done nothing count as failures to start.
constexpr unsigned kills_that_count = 1000;

}  // namespace

director::director(context& self, director_setting setting)
    : self_(self),
      setting_(std::move(setting)),
      plan_(setting_.of),
      log_(setting_.log),
      roster_(plan_),
      completion_(plan_),
      quarantine_(plan_, setting_.run_id, setting_.replay),
      workforce_(setting_.hire()) {
  for (const auto& member : plan_.members)
    if (member.in_process) staffing_.emplace(member.id, staffing(member));
}

void director::operator()(order begin) {
  if (begin.what != order_kind::begin) return;
  for (const auto& host : setting_.here.hosts) setting_.by.tell_all(consumer_news{host, true});
  for (auto& [key, slot] : roster_.slots())
    if (key.second < plan_.member(key.first).min_workers) start_worker({slot.who.member, slot.who.slot, 1});
  setting_.by.tell_all(order{order_kind::begin});
  self_.after<director>(beat_every, beat{});
  look_for_the_end();
}

void director::start_worker(const instance& who, std::optional<std::uint32_t> replaces) {
  if (phase_ != phase::running) return;
  auto& slot = roster_.slots().at({who.member, who.slot});
  const auto& settings = plan_.member(who.member).worker;
  slot = {condition::starting, who, {}, 0, 0};
  slot.replaces = replaces;
  // Not all at once: workers that were started together and do the same would wear out together.
  std::uniform_real_distribution<double> about(0.9, 1.1);
  if (settings.max_jobs != 0)
    slot.quota = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(static_cast<double>(settings.max_jobs) * about(random_)));
  auto work = setting_.work;
  work.own = who;
  work.charges = charges_.all();
  const auto name = node_name(plan_, who);
  const auto first_words = encode_frame<to_worker>(std::move(work));
  if (auto started = workforce_->start(name, who, first_words.view(), settings); !started) {
    slot.now = condition::down;
    const auto cause = "could not be started: " + started.error().message();
    if (!failed_as_successor(slot, cause) && !tried_again_later(slot, cause))
      restart_or_give_up(who, {cause, false, false, {}});
  }
}

void director::operator()(worker_said said) {
  if (const auto* ready = std::get_if<worker_ready>(&said.what)) return worker_is_ready(said.who, *ready);
  if (auto* told = std::get_if<report>(&said.what)) (*this)(std::move(*told));
}

void director::worker_is_ready(const instance& who, const worker_ready& news) {
  auto* slot = roster_.find(who);
  if (slot == nullptr || slot->now != condition::starting) return;
  slot->now = condition::ready;
  slot->endpoint = news.endpoint;
  setting_.counters.workers_ready.store(roster_.count(condition::ready), std::memory_order_relaxed);
  introduce(who);
  bring_up_to_date(*slot);
  setting_.on_ready();
  const auto replaced = std::exchange(slot->replaces, std::nullopt);
  if (!replaced) return;
  auto& old = roster_.slots().at({who.member, *replaced});
  if (old.now == condition::ready) retire(old);
}

void director::introduce(const instance& who) {
  const auto& stage = plan_.member(who.member);
  const auto feeds = [&](member_id from, member_id to) {
    return std::any_of(plan_.edges.begin(), plan_.edges.end(),
                       [&](const edge_plan& edge) { return edge.from == from && edge.to == to; });
  };
  const auto& slot = roster_.slots().at({who.member, who.slot});
  const neighbour newcomer{{node_name(plan_, who), who.epoch}, slot.endpoint, {who}};
  const auto note = encode_frame<to_worker>(neighbour_up{newcomer});

  // Those who send to it, here and in other workers; and those to whom it sends.
  if (std::any_of(setting_.here.hosts.begin(), setting_.here.hosts.end(),
                  [&](const instance& host) { return feeds(host.member, who.member); }))
    setting_.by.reach(newcomer);
  for (auto& [key, other] : roster_.slots()) {
    if (!other.works() || other.who == who) continue;
    if (feeds(other.who.member, who.member)) workforce_->tell(other.who, note.view());
    if (feeds(who.member, other.who.member) && other.now == condition::ready)
      workforce_->tell(
          who,
          encode_frame<to_worker>(
              neighbour_up{{{node_name(plan_, other.who), other.who.epoch}, other.endpoint, {other.who}}})
              .view());
  }
  neighbour here = setting_.here;
  std::erase_if(here.hosts, [&](const instance& host) { return !feeds(stage.id, host.member); });
  if (!here.hosts.empty())
    workforce_->tell(who, encode_frame<to_worker>(neighbour_up{std::move(here)}).view());
}

void director::operator()(worker_ended ended) {
  auto* slot = roster_.find(ended.who);
  if (slot == nullptr || slot->now == condition::down) return workforce_->forget(ended.who);
  const auto* page = workforce_->page(ended.who);
  death what{ended.who, std::move(ended.how), slot->overdue_since,
             page != nullptr ? read_page(*page) : page_reading{}, slot->unfit};
  if (page != nullptr) count_redelivered(*slot, *page);
  const bool expected = slot->now == condition::stopping;
  const bool was_leaving = slot->now == condition::retiring;
  const bool never_served = slot->now == condition::starting;
  const auto faulty = std::move(slot->faulty);
  slot->now = condition::down;
  if (phase_ == phase::running)
    setting_.counters.workers_ready.store(roster_.count(condition::ready), std::memory_order_relaxed);
  workforce_->forget(ended.who);
  setting_.by.forget(ended.who);
  // Its socket is nobody's now; a long run with many deaths must not fill the directory.
  if (!slot->endpoint.empty()) transport::remove_endpoint(slot->endpoint);
  if (phase_ != phase::running) return close_if_all_are_gone();
  no_longer_awaited(ended.who);
  if (expected) return has_left(ended.who, what.how);

  auto notice = judge(what, plan_, charges_);
  for (const auto& decision : notice.verdicts) note_verdict(decision, what.how.stderr_tail);
  setting_.by.tell_all(notice);
  for (auto& decision : notice.verdicts) decision.facts = {};
  tell_workers(notice);
  // The item's fault, or an operator's doing: neither says that the stage cannot run.
  const bool operators = faulty.empty() && classify(what) == failure::killed;
  const auto cause = faulty.empty() ? cause_of(what, plan_.member(ended.who.member))
                                    : "was killed for breaking the protocol: " + faulty;
  if (was_leaving && !plan_.member(ended.who.member).keeps_state) {
    log_.warn("worker ", node_name(plan_, ended.who), " ", cause, " while it finished what it held");
    return look_for_the_end();
  }
  if (failed_as_successor(*slot, cause)) return;
  if (auto* successor = roster_.successor_of(ended.who)) {
    successor->replaces.reset();  // it comes in any case
    log_.warn("worker ", node_name(plan_, ended.who), " ", cause, "; ", node_name(plan_, successor->who),
              " is on its way already");
    return look_for_the_end();
  }
  auto& kills = kills_without_work_[ended.who.member];
  kills = operators && what.page.executed == 0 ? kills + 1 : 0;
  const bool charged = operators ? kills < kills_that_count
                                 : faulty.empty() && (!notice.verdicts.empty() || slot->failed_on_item);
  // Of one that has served, the same status is what an item did to it.
  const bool refused = never_served && what.how.status.code() == worker_exit_opened_a_pool;
  restart_or_give_up(ended.who, {cause, what.page.answered > 0, charged,
                                 last_lines(what.how.stderr_tail) +
                                     (what.page.executed == 0 ? before_it_was_ready(what.how) : ""),
                                 refused});
  look_for_the_end();
}

void director::restart_or_give_up(const instance& who, ending how) {
  const auto& stage = plan_.member(who.member);
  if (how.refused) return fail(outcome_kind::failed, "stage '" + stage.name + "': " + open_in_a_worker);
  auto& history = histories_[who.member];
  const auto name = node_name(plan_, who);
  std::uniform_real_distribution<double> jitter(0.0, 1.0);
  auto decision = decide_restart(stage.restart, history,
                                 {steady::now(), true, how.did_work, how.charged, jitter(random_)});
  history = std::move(decision.history);
  if (decision.verdict == restart_verdict::restart) {
    log_.warn("worker ", name, " ", how.cause, "; it is started again");
    setting_.counters.restarts.fetch_add(1, std::memory_order_relaxed);
    roster_.slots().at({who.member, who.slot}).comes_back = true;
    self_.after<director>(decision.after, restart_due{{who.member, who.slot, who.epoch + 1}});
    return;
  }
  const auto why =
      stage.restart.policy == restart_when::never
          ? std::string(", and restart.policy is \"never\"")
          : ", and workers of this stage have ended more than " + std::to_string(stage.restart.burst) +
                " times within " + format_duration(stage.restart.window) +
                ", or in a row, without completing an item: mend what ends them (see the lines above)";
  fail(outcome_kind::failed,
       "stage '" + stage.name + "': worker " + name + " " + how.cause + why + how.details);
}

void director::operator()(restart_due due) {
  if (phase_ == phase::running) start_worker(due.successor);
}

void director::note_verdict(const verdict& decision, const std::vector<std::string>& stderr_tail) {
  const auto& stage = plan_.member(decision.stage);
  const auto item = to_string(decision.item);
  if (decision.state.quarantined) {
    const auto before = quarantine_.expected();
    quarantine_.expect(decision, stderr_tail);
    if (quarantine_.expected() == before) return;
    if (stage.on_quarantine == after_quarantine::stop) stop_for_quarantine(stage, item);
    log_.error("stage '", stage.name, "', item ", item, ": ", decision.cause, "; attempt ",
               std::to_string(decision.state.charges + decision.state.kills),
               stage.quarantine.empty() ? ", it is not tried again" : ", the item goes to quarantine");
    setting_.counters.quarantined.store(quarantine_.expected(), std::memory_order_relaxed);
  } else if (decision.state.alone) {
    log_.warn("stage '", stage.name, "', batch ", item, ": ", decision.cause,
              "; its items are tried one by one");
  } else {
    log_.warn("stage '", stage.name, "', item ", item, ": ", decision.cause,
              " while it ran; it is tried again");
  }
}

void director::tell_workers(const to_worker& message) {
  byte_buffer frame;
  encode(frame, message);
  for (auto& [key, slot] : roster_.slots())
    if (slot.works() || slot.now == condition::starting) workforce_->tell(slot.who, frame.view());
}

/// A page that its worker has spoilt may say less than before.
void director::count_redelivered(slot_state& slot, const running_page& page) {
  const auto now = page.redelivered.load(std::memory_order_relaxed);
  const auto before = std::exchange(slot.redelivered, now);
  if (now > before) setting_.counters.redelivered.fetch_add(now - before, std::memory_order_relaxed);
}

void director::operator()(beat) {
  if (phase_ == phase::ended) return;
  for (auto& [key, slot] : roster_.slots()) {
    const auto* page = slot.now == condition::down ? nullptr : workforce_->page(slot.who);
    if (page != nullptr) count_redelivered(slot, *page);
  }
  const auto now = steady::now();
  // Longer than that we have not been there ourselves, and nobody is to blame for what did not happen meanwhile.
  const auto passed = std::min<nanoseconds>(now - std::exchange(last_beat_, now), 4 * beat_every);
  if (phase_ == phase::running) kill_overdue();
  if (phase_ == phase::running) look_after_workers(passed);
  tell_watermarks();
  self_.after<director>(beat_every, beat{});
}

void director::kill_overdue() {
  const auto now = monotonic_ns();
  for (auto& [key, slot] : roster_.slots()) {
    const auto& timeout = plan_.member(slot.who.member).timeout;
    if (!timeout || !slot.works() || slot.overdue_since != 0) continue;
    const auto* page = workforce_->page(slot.who);
    const auto since = page == nullptr ? 0 : page->running_since.load(std::memory_order_acquire);
    if (since == 0 || now < since || now - since < static_cast<std::uint64_t>(nanoseconds(*timeout).count()))
      continue;
    slot.overdue_since = since;
    workforce_->kill(slot.who);
  }
}

void director::operator()(report said) {
  if (phase_ == phase::ended) return;
  std::visit([&](auto& body) { hear(said.from, std::move(body)); }, said.body);
}

void director::hear(const instance&, origin_ended said) {
  completion_.origin_ended(said.origin);
  look_for_the_end();
}

void director::hear(const instance&, terminal_closed said) {
  completion_.terminal_closed(said.terminal);
  look_for_the_end();
}

void director::hear(const instance& from, item_failed said) {
  if (plan_.find_member(said.stage) == nullptr) return;
  const auto decision = judge(said, from, plan_, charges_);
  if (auto* slot = roster_.find(from)) slot->failed_on_item = plan_.member(from.member).keeps_state;
  note_verdict(decision, {});
  announce({{decision}});
}

void director::announce(verdict_notice news) {
  setting_.by.tell_all(news);
  for (auto& decision : news.verdicts) decision.facts = {};
  tell_workers(news);
}

/// A pool may live for years: what is complete may not be remembered for ever.
void director::hear(const instance& from, item_settled said) {
  if (plan_.find_member(said.stage) == nullptr || charges_.find(said.stage, said.item) == nullptr) return;
  quarantine_.forget(said.stage, said.item);
  const verdict nothing{said.stage, std::move(said.item), {}, from, {}, {}};
  charges_.set(nothing);
  announce({{nothing}});
}

void director::hear(const instance&, item_handed_in said) {
  if (plan_.find_member(said.stage) == nullptr) return;
  keep_evidence(quarantine_.store(said));
}

void director::keep_evidence(const result<>& stored) {
  if (stored) return;
  fail(outcome_kind::output_failed, stored.error().message());
  // While the run winds down, what ended it stays its outcome, unless it had ended well but for this.
  if (outcome_.kind == outcome_kind::quarantined) outcome_.kind = outcome_kind::output_failed;
  if (outcome_.message.empty()) outcome_.message = stored.error().message();
}

void director::hear(const instance&, trouble said) {
  switch (said.kind) {
    case trouble_kind::input:
      return fail(outcome_kind::input_failed, std::move(said.what));
    case trouble_kind::output:
      return fail(outcome_kind::output_failed, std::move(said.what));
    case trouble_kind::output_reader_gone:
      return fail(outcome_kind::output_reader_gone, {});
    case trouble_kind::stage:
    case trouble_kind::internal:
      return fail(outcome_kind::failed, std::move(said.what));
  }
}

void director::hear(const instance&, remark said) {
  if (remarks_.insert(said.text).second) log_.warn(said.text);
}

void director::hear(const instance&, broken_protocol said) {
  auto* slot = roster_.find(said.by);
  if (slot == nullptr || (!slot->works() && slot->now != condition::starting)) return;
  if (!slot->faulty.empty()) return;
  slot->faulty = std::move(said.what);
  workforce_->kill(said.by);
}

void director::operator()(stop_request request) {
  if (phase_ == phase::winding_down) return kill_workers();  // nothing is left to do but to wait for them
  if (phase_ != phase::running) return;
  if (std::exchange(interrupted_, true)) {
    outcome_.drained = false;
    return fail(outcome_kind::interrupted, {});
  }
  outcome_.signal = request.signal;
  if (setting_.stop_timeout) self_.after<director>(*setting_.stop_timeout, stop_overdue{});
  setting_.by.tell_all(order{order_kind::no_more});
  log_.info("stopping: what is under way is finished; asked again, it is dropped");
}

void director::look_for_the_end() {
  if (phase_ != phase::running) return;
  for (const auto id : completion_.ready_to_finish()) tell_to_finish(id);
  // What is complete was handed in before; it is read from its workers' pipes until they have ended.
  if (!completion_.all_done()) return;
  auto kind = quarantine_.expected() > 0 ? outcome_kind::quarantined : outcome_kind::done;
  if (interrupted_) kind = outcome_kind::interrupted;
  outcome_.kind = kind;
  phase_ = phase::winding_down;
  for (auto& [key, slot] : roster_.slots()) {
    if (slot.now == condition::down || slot.now == condition::stopping) continue;
    slot.now = condition::stopping;  // one that is starting hears it when it has started
    workforce_->stop(slot.who, plan_.member(slot.who.member).worker.stop);
  }
  close_if_all_are_gone();
}

void director::fail(outcome_kind kind, std::string message) {
  if (phase_ != phase::running) return;
  outcome_.kind = kind;
  outcome_.message = std::move(message);
  outcome_.drained = false;
  outcome_.unfinished = count_unfinished();
  phase_ = phase::winding_down;
  kill_workers();
  close_if_all_are_gone();
}

void director::kill_workers() {
  setting_.by.note_ending();
  for (auto& [key, slot] : roster_.slots())
    if (slot.now != condition::down) workforce_->kill(slot.who);
}

void director::close_if_all_are_gone() {
  const auto gone = roster_.count(condition::down) == roster_.slots().size();
  if (!gone || phase_ == phase::ended) return;
  keep_evidence(quarantine_.store_what_is_missing());
  phase_ = phase::ended;
  outcome_.quarantine_folders = quarantine_.folders();
  setting_.on_end(outcome_);
}

}  // namespace troupe::runtime
