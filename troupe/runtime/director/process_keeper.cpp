#include <troupe/runtime/actors/actor_names.hpp>
#include <troupe/runtime/director/judge.hpp>
#include <troupe/runtime/director/process_keeper.hpp>
#include <troupe/transport/ipc_directory.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace troupe::runtime {
namespace {

/// How long a process has to end by itself when its actors have ended.
constexpr milliseconds farewell_time{5000};

}  // namespace

process_keeper::process_keeper(context& /*self*/, keeper_setting setting)
    : setting_(std::move(setting)), workforce_(setting_.hire()) {
  for (const auto& each : setting_.processes) {
    hosted one{.plan = each, .who = {0, static_cast<std::uint32_t>(all_.size()), 0}};
    one.left.insert(each.actors.begin(), each.actors.end());
    all_.push_back(std::move(one));
  }
}

process_keeper::hosted* process_keeper::home_of(const std::string& actor) {
  for (auto& each : all_)
    if (std::find(each.plan.actors.begin(), each.plan.actors.end(), actor) != each.plan.actors.end())
      return &each;
  return nullptr;
}

/// Null: that life of it is over.
process_keeper::hosted* process_keeper::find(const instance& who) {
  return who.slot < all_.size() && all_[who.slot].who == who ? &all_[who.slot] : nullptr;
}

void process_keeper::operator()(const life_wanted& wanted) {
  auto* const home = home_of(wanted.actor);
  if (home == nullptr || ending_) return;
  home->lives[wanted.actor] = wanted.life;
  if (home->now == condition::down) start(*home);
  tell(*home, life_begins{wanted.actor, wanted.life});
}

void process_keeper::operator()(const life_unwanted& what) {
  auto* const home = home_of(what.actor);
  if (home == nullptr) return;
  const auto at = home->lives.find(what.actor);
  if (at == home->lives.end() || at->second != what.life) return;  // it has ended
  if (home->now != condition::stopping) return tell(*home, life_ends{what.actor, what.life});
  home->lives.erase(at);  // it would have begun in the next process
  setting_.cast.fell(what.actor, what.life, {ending::killed, {}});
}

void process_keeper::start(hosted& which) {
  ++which.who.epoch;
  which.now = condition::starting;
  which.faulty.clear();
  auto work = setting_.work;
  work.node = which.plan.name;
  work.epoch = which.who.epoch;
  const auto words = encode_frame<to_worker>(std::move(work));
  worker_settings equipment;
  equipment.limits = which.plan.limits;
  const auto started = workforce_->start(which.plan.name, which.who, words.view(), equipment);
  if (started) {
    for (const auto& [actor, why] : over_) tell(which, actor_over{actor, why});
    return;
  }
  which.now = condition::down;
  end_lives(which, {ending::process_lost, "its process could not be started: " + started.error().message()});
}

/// Each one's supervisor hears of it.
void process_keeper::end_lives(hosted& which, const end_reason& why) {
  for (const auto& [actor, life] : std::exchange(which.lives, {})) setting_.cast.fell(actor, life, why);
}

void process_keeper::stop(hosted& which) {
  if (which.now == condition::down || which.now == condition::stopping) return;
  which.now = condition::stopping;
  workforce_->stop(which.who, {0, farewell_time});
}

void process_keeper::operator()(const life_over& over) {
  auto* const home = home_of(over.actor);
  if (home == nullptr) return;
  home->lives.erase(over.actor);
  home->left.erase(over.actor);
  over_.insert_or_assign(over.actor, over.why);
  for (const auto& each : all_) tell(each, actor_over{over.actor, over.why});
  if (home->left.empty()) stop(*home);
}

void process_keeper::operator()(process_said said) {
  if (auto* const from = find(said.who)) std::visit([&](const auto& what) { hear(*from, what); }, said.what);
}

void process_keeper::hear(hosted& from, const worker_ready& news) {
  if (from.now != condition::starting) return;
  from.now = condition::ready;
  from.endpoint = news.endpoint;
  setting_.on_up(from.plan.name, from.endpoint);
  for (const auto& other : all_) {
    if (&other == &from || other.now != condition::ready) continue;
    tell(other, process_up{from.plan.name, from.endpoint});
    tell(from, process_up{other.plan.name, other.endpoint});
  }
}

void process_keeper::hear(hosted& from, const actor_fell& news) {
  const auto at = from.lives.find(news.actor);
  if (at == from.lives.end() || at->second != news.life) return;
  from.lives.erase(at);
  if (news.for_good)
    setting_.cast.ended(news.actor, news.why);
  else
    setting_.cast.fell(news.actor, news.life, news.why);
}

void process_keeper::hear(hosted& from, const logged& line) {
  setting_.log.named(line.name.empty() ? from.plan.name : line.name).log(line.level, line.text);
}

void process_keeper::hear(hosted& /*from*/, const last_count& count) {
  lost_ += count.lost;
}

void process_keeper::hear(hosted& from, const report& /*none*/) {
  from.faulty = "it sent what only a worker of a stage sends";
  workforce_->kill(from.who);
}

void process_keeper::operator()(const process_ended& ended) {
  workforce_->forget(ended.who);
  auto* const home = find(ended.who);
  if (home == nullptr || home->now == condition::down) return;
  const bool early = home->now == condition::starting;
  const bool expected = home->now == condition::stopping;
  home->now = condition::down;
  setting_.on_down(home->plan.name);
  if (!home->endpoint.empty()) transport::remove_endpoint(std::exchange(home->endpoint, {}));
  tell_others(*home, process_down{home->plan.name});
  if (!expected || ended.how.status.code() != 0) setting_.on_fall();
  if (!expected) {
    const auto how = home->faulty.empty() ? how_it_ended(ended.how) : "was killed: " + home->faulty;
    setting_.log.error("process '", home->plan.name, "' ", how, early ? before_it_was_ready(ended.how) : "",
                       last_lines(ended.how.stderr_tail));
    end_lives(*home, {ending::process_lost, "its process '" + home->plan.name + "' " + how});
  }
  // What was wanted of it while it stopped.
  if (!ending_ && !home->lives.empty()) {
    start(*home);
    for (const auto& [actor, life] : home->lives) tell(*home, life_begins{actor, life});
  }
  leave_if_all_are_gone();
}

void process_keeper::operator()(const way_to_process_lost& lost) {
  for (auto& each : all_) {
    if (each.plan.name != lost.node.node || each.now != condition::ready) continue;
    if (lost.node.epoch != 0 && lost.node.epoch != each.who.epoch) continue;
    each.faulty = lost.why;
    workforce_->kill(each.who);
  }
}

void process_keeper::operator()(end_processes) {
  if (std::exchange(ending_, true)) return;
  for (auto& each : all_) stop(each);
  leave_if_all_are_gone();
}

void process_keeper::leave_if_all_are_gone() {
  const bool gone =
      std::all_of(all_.begin(), all_.end(), [](const auto& each) { return each.now == condition::down; });
  if (ending_ && gone) setting_.on_gone(lost_);
}

void process_keeper::tell(const hosted& whom, to_worker message) {
  if (whom.now == condition::down) return;
  byte_buffer frame;
  encode(frame, message);
  workforce_->tell(whom.who, frame.view());
}

void process_keeper::tell_others(const hosted& but, const to_worker& message) {
  for (const auto& each : all_)
    if (&each != &but && each.now == condition::ready) tell(each, message);
}

}  // namespace troupe::runtime
