#include <troupe/transport/internal/memory_hub.hpp>
#include <troupe/transport/memory_post.hpp>

#include <algorithm>

namespace troupe::transport {
namespace {

constexpr std::uint64_t longest_hold_ms = 10;

error broken() {
  return {errc::peer_lost, "the connection broke", 0};
}

}  // namespace

// ---- chance

/// splitmix64 (Steele, Lea, Flood 2014): every seed gives a good stream.
std::uint64_t memory_hub::random() noexcept {
  std::uint64_t mixed = random_ += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

bool memory_hub::chance(std::uint32_t in_ten_thousand) noexcept {
  return in_ten_thousand != 0 && random() % 10'000 < in_ten_thousand;
}

steady::duration memory_hub::delay() noexcept {
  const auto range = faults_.delay_max - faults_.delay_min;
  if (range.count() <= 0) return faults_.delay_min;
  return faults_.delay_min +
         nanoseconds(random() % static_cast<std::uint64_t>(nanoseconds(range).count() + 1));
}

void memory_hub::note(std::uint64_t what) noexcept {
  trace_ = (trace_ ^ what) * 0x100000001b3;
}

void memory_hub::become(const memory_faults& faults) {
  faults_ = faults;
  random_ = faults.seed;
}

// ---- what is on its way

void memory_hub::put(steady::time_point due, item what) {
  queue_.emplace(std::pair(due, ++order_), std::move(what));
}

void memory_hub::carry(memory_node& from, link_id id, memory_node::far_end& to, bytes sent) {
  if (chance(faults_.cut)) return cut(from, id);
  if (chance(faults_.drop)) return;
  const bool twice = chance(faults_.duplicate);
  auto due = std::max(now + delay(), to.last);
  if (chance(faults_.reorder)) {
    due += milliseconds(1 + random() % longest_hold_ms);
  } else {
    to.last = due;
  }
  if (twice) {
    to.last = std::max(now + delay(), to.last);
    put(to.last, {to.to, to.id, sent, std::nullopt});
  }
  put(due, {to.to, to.id, std::move(sent), std::nullopt});
}

void memory_hub::break_off(memory_node& from, link_id id, const error& why) {
  const auto found = from.ends.find(id);
  if (found == from.ends.end()) return;
  const auto other = found->second;
  from.ends.erase(found);
  if (const auto there = other.to.lock()) there->ends.erase(other.id);
  put(std::max(now, other.last), {other.to, other.id, {}, why});
}

void memory_hub::cut(memory_node& from, link_id id) {
  const auto found = from.ends.find(id);
  if (found == from.ends.end()) return;
  const auto there = found->second.to.lock();
  const auto theirs = found->second.id;
  std::erase_if(queue_, [&](const auto& entry) {
    const auto to = entry.second.to.lock();
    return (to.get() == &from && entry.second.id == id) || (to == there && entry.second.id == theirs);
  });
  break_off(from, id, broken());
  put(now, {from.weak_from_this(), id, {}, broken()});
}

bool memory_hub::pump() {
  for (const auto& [endpoint, attached] : nodes) {
    const auto node = attached.lock();
    if (!node || !node->links.has_work()) continue;
    node->links.woke(now);
    node->links.pump();
    return true;
  }
  return false;
}

bool memory_hub::deliver() {
  if (queue_.empty() || queue_.begin()->first.first > now) return false;
  const auto next = std::move(queue_.extract(queue_.begin()).mapped());
  const auto to = next.to.lock();
  if (!to || !to->hears.contains(next.id)) return true;
  note(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  note(static_cast<std::uint64_t>(next.id));
  note(next.lost ? ~std::uint64_t{0} : next.frame.size());
  to->links.woke(now);
  if (next.lost) {
    to->hears.erase(next.id);
    to->links.lost(next.id, *next.lost);
  } else {
    to->links.arrived(next.id, next.frame);
  }
  if (to->late != nullptr) to->late->hand_on();
  return true;
}

std::optional<steady::time_point> memory_hub::next() const {
  std::optional<steady::time_point> first;
  if (!queue_.empty()) first = queue_.begin()->first.first;
  for (const auto& [endpoint, attached] : nodes) {
    const auto node = attached.lock();
    const auto due = node ? node->links.next_deadline() : std::nullopt;
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

void memory_hub::expire() {
  for (const auto& [endpoint, attached] : nodes) {
    const auto node = attached.lock();
    const auto due = node ? node->links.next_deadline() : std::nullopt;
    if (!due || *due > now) continue;
    node->links.woke(now);
    node->links.expire();
  }
}

// ---- the wire of a post

result<> memory_node::open(link_id connection, const std::string& endpoint) {
  const auto found = hub_.nodes.find(endpoint);
  const auto other = found == hub_.nodes.end() ? nullptr : found->second.lock();
  if (!other) return fail(errc::not_found, "connect to '" + endpoint + "': nobody listens there");
  const auto theirs = other->links.next_id();
  ends[connection] = {other, theirs};
  other->ends[theirs] = {weak_from_this(), connection};
  hears.insert(connection);
  other->hears.insert(theirs);
  return {};
}

void memory_node::transmit(link_id connection, outgoing& what) {
  const auto found = ends.find(connection);
  if (found == ends.end()) return;
  std::vector<std::byte> joined = what.head;
  joined.insert(joined.end(), what.tail.view().begin(), what.tail.view().end());
  hub_.carry(*this, connection, found->second, bytes::adopt(std::move(joined)));
}

void memory_node::hang_up(link_id connection) {
  hears.erase(connection);
  hub_.break_off(*this, connection, broken());
}

// ---- the network

memory_network::memory_network(memory_faults faults) : hub_(std::make_unique<memory_hub>(faults)) {}
memory_network::~memory_network() = default;

bool memory_network::step() {
  return hub_->pump() || hub_->deliver();
}

std::size_t memory_network::run_until_idle() {
  std::size_t steps = 0;
  while (step()) ++steps;
  return steps;
}

void memory_network::advance(nanoseconds time) {
  const auto end = hub_->now + time;
  run_until_idle();
  for (auto next = hub_->next(); next && *next <= end; next = hub_->next()) {
    hub_->now = std::max(hub_->now, *next);
    run_until_idle();  // what arrives just now has arrived in time
    hub_->expire();
    run_until_idle();
  }
  hub_->now = end;
}

void memory_network::pause(nanoseconds time) {
  hub_->now += time;
}

void memory_network::become(memory_faults faults) {
  hub_->become(faults);
}

std::size_t memory_network::on_their_way() const noexcept {
  return hub_->on_their_way();
}

std::uint64_t memory_network::trace() const noexcept {
  return hub_->trace();
}

}  // namespace troupe::transport
