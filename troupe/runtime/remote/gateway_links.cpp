// Links that come up and go down, and what that means for whoever is reached over them.
#include <troupe/runtime/remote/gateway.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

/// How often a door is tried at which connections break.
constexpr unsigned most_tries = 20;

/// Ends of links that leave it open whether the process lives.
bool is_uncertain(const error& why) noexcept {
  return why.code == errc::peer_lost || why.code == errc::end_of_file;
}

/// We ended it. When they did, or it broke, we may have been silent ourselves.
bool is_their_fault(const error& why) noexcept {
  return why.code == errc::timed_out || why.code == errc::malformed;
}

/// A connection to `lost` broke, and `living` lets us in; 0: it broke before it was known to whom.
end_reason verdict_on(std::uint64_t lost, std::uint64_t living, const std::string& what) {
  if (lost == 0) return {ending::link_lost, what + "; now somebody listens there"};
  if (lost == living) return {ending::link_lost, what + "; its process lives"};
  return {ending::process_lost, what + "; its process has died, another listens there"};
}

}  // namespace

void gateway::use(transport::post& post) {
  std::unique_lock lock(mutex_);
  post_ = &post;
  while (!early_.empty()) {
    const auto event = std::move(early_.front());
    early_.pop_front();
    lock.unlock();
    event();
    lock.lock();
  }
  in_use_.store(true, std::memory_order_release);
}

bool gateway::is_early(std::function<void()> event) {
  const std::lock_guard lock(mutex_);
  if (in_use_) return false;
  early_.push_back(std::move(event));
  return true;
}

void gateway::on_up(link_id link, const transport::peer& who, bool /*we_connected*/) {
  if (!in_use_.load(std::memory_order_acquire) && is_early([this, link, who] { came_up(link, who); })) return;
  came_up(link, who);
}

void gateway::on_down(link_id link, const error& why) {
  if (!in_use_.load(std::memory_order_acquire) && is_early([this, link, why] { went_down(link, why); }))
    return;
  went_down(link, why);
}

void gateway::on_records(link_id link, std::vector<transport::record>&& records) {
  if (!in_use_.load(std::memory_order_acquire) &&
      is_early([this, link, copy = records] { records_came(link, std::vector(copy)); }))
    return;
  woken_.hand_on();  // there is more to do
  const own_turn::watch first(woken_.next);
  records_came(link, std::move(records));
}

void gateway::came_up(link_id link, const transport::peer& who) {
  std::shared_ptr<connection> old, up;
  std::vector<judgement> judged;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    auto& known = connections_[who.node];
    if (known == nullptr) {
      known = std::make_shared<connection>();
      speak_on(*known, link);
    }
    if (known->who.epoch == 0 && link != known->out) {  // with whom our own link is made will be known soon
      waiting_.emplace(link, known);
      known->later.emplace_back([this, link, who] { came_up(link, who); });
      return;
    }
    if (known->who.epoch > who.epoch) return post_->close(link);  // it has waited, and lives again since
    up = known;
    if (known->who.epoch == 0 || known->who.epoch == who.epoch) {
      known->who = who;
      known->links.insert(link);
      by_link_.emplace(link, known);
      judged.swap(known->judged);
    } else {
      old = known;
    }
  }
  for (const auto& each : judged)
    for (const auto& port : each.ports)
      lose_way(port, {who.node, each.epoch}, verdict_on(each.epoch, who.epoch, each.what));
  resume(up);
  if (!old) return;
  lose(old, {errc::not_found, "node '" + who.node + "' lives again", 0});
  came_up(link, who);
}

void gateway::went_down(link_id link, const error& why) {
  std::shared_ptr<connection> lost;
  {
    const std::lock_guard lock(mutex_);
    if (waits(link, [this, link, why] { went_down(link, why); })) return;
    const auto over = by_link_.find(link);
    if (over == by_link_.end()) return;
    lost = over->second;
    if (link != lost->out && link != lost->in) {  // nobody speaks on it
      lost->links.erase(link);
      by_link_.erase(over);
      return;
    }
  }
  lose(lost, why);
  resume(lost);
}

bool gateway::waits(link_id link, std::function<void()> event) {
  const auto at = waiting_.find(link);
  if (at == waiting_.end()) return false;
  at->second->later.push_back(std::move(event));
  return true;
}

/// Our own link is up, or is not: now what came on theirs.
void gateway::resume(const std::shared_ptr<connection>& which) {
  std::vector<std::function<void()>> later;
  {
    const std::lock_guard lock(mutex_);
    later.swap(which->later);
    std::erase_if(waiting_, [&](const auto& each) { return each.second == which; });
  }
  for (const auto& event : later) event();
}

/// Who is at the other end of a link on which records came; lost when they have begun anew on it.
std::shared_ptr<gateway::connection> gateway::speaks_on(link_id link) {
  std::shared_ptr<connection> old;
  {
    const std::lock_guard lock(mutex_);
    const auto at = by_link_.find(link);
    if (at == by_link_.end()) return nullptr;
    const auto& from = at->second;
    if (from->in == link_id{}) from->in = link;
    if (from->in == link) return from;
    if (from->out == link) {  // what we say there is still heard
      stop_all_serving(*from);
      from->links.erase(from->in);
      by_link_.erase(from->in);
      post_->close(std::exchange(from->in, link));
      return from;
    }
    old = from;
  }
  lose(old, {errc::peer_lost, "node '" + old->who.node + "' has begun anew", 0});
  return speaks_on(link);
}

/// All that leads over it goes with one link: what was on its way on that one may be lost. When its process may live, links that
/// are up and on which nobody spoke are those of the next beginning; they tell nothing of whether it does.
void gateway::lose(const std::shared_ptr<connection>& which, const error& why) {
  std::vector<std::shared_ptr<far_port>> ports;
  std::vector<judgement> judged;
  std::set<link_id> others;
  {
    const std::lock_guard lock(mutex_);
    if (!which->links.empty()) others = drop(which);
    for (auto& [edge, port] : which->ports) ports.push_back(port);
    which->ports.clear();
    stop_all_serving(*which);
    judged.swap(which->judged);
  }
  tell_lost(which, why, std::move(ports), std::move(judged));
  const bool may_live = why.code != errc::not_found;
  for (const auto link : others) may_live ? came_up(link, which->who) : post_->close(link);
}

void gateway::tell_lost(const std::shared_ptr<connection>& which, const error& why,
                        std::vector<std::shared_ptr<far_port>> ports, std::vector<judgement> judged) {
  const bool nobody = why.code == errc::not_found;
  for (auto& each : judged) {
    if (is_uncertain(why) && ++each.tries < most_tries) {
      judge(std::move(each), which->who.node);
      continue;
    }
    for (const auto& port : each.ports)
      lose_way(port, {which->who.node, each.epoch},
               nobody ? end_reason{ending::process_lost,
                                   each.what + "; nobody listens there now: its process has died"}
                      : end_reason{ending::link_lost, each.what + "; then " + why.message()},
               is_their_fault(why));
  }
  if (ports.empty()) return;
  const std::string what = "node '" + which->who.node + "' was lost: " + why.message();
  if (is_uncertain(why)) return judge({std::move(ports), which->who.epoch, what}, which->who.node);
  for (const auto& port : ports)
    lose_way(port, which->who, {nobody ? ending::process_lost : ending::link_lost, what},
             is_their_fault(why));
}

void gateway::stop_all_serving(connection& of) {
  for (auto& [edge, served] : of.served) stop_serving(served);
  of.served.clear();
}

/// Says which links are still open.
std::set<transport::link_id> gateway::drop(const std::shared_ptr<connection>& which) {
  auto others = std::exchange(which->links, {});
  for (const auto link : others) by_link_.erase(link);
  for (const auto link : {which->out, which->in})
    if (others.erase(link) != 0) post_->close(link);
  which->voice->detach();
  exports_->lost(which->out);
  const auto at = connections_.find(which->who.node);
  if (at != connections_.end() && at->second == which) connections_.erase(at);
  return others;
}

/// The connection broke. Another one tells whether the process lives; it is there for whoever comes next, too.
void gateway::judge(judgement which, const std::string& node) {
  for (const auto& port : which.ports) port->hold();
  end_reason verdict{ending::link_lost, which.what};
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      if (auto to = connection_to(node); !to) {
        verdict.how = ending::process_lost;
      } else if ((*to)->who.epoch == 0) {
        (*to)->judged.push_back(std::move(which));
        return;
      } else {
        verdict = verdict_on(which.epoch, (*to)->who.epoch, which.what);
      }
    }
  }
  for (const auto& port : which.ports) lose_way(port, {node, which.epoch}, verdict);
}

void gateway::on_turned_away(const error& why) {
  turned_away_.note(why, steady::now());
}

}  // namespace troupe::runtime
