#include <troupe/runtime/delivery/outbox.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace troupe::runtime {

outbox::outbox(outbox_options options, const charge_table& charges, outbox_owner& owner)
    : options_(options), charges_(charges), owner_(owner), turn_(options.from_slot) {}

outbox::channel* outbox::find(const instance& who) {
  const auto at =
      std::find_if(channels_.begin(), channels_.end(), [&](const channel& c) { return c.who == who; });
  return at == channels_.end() ? nullptr : &*at;
}

outbox::channel& outbox::add(const instance& who) {
  channels_.push_back({who});
  channels_.back().allowed = options_.spread ? pace_ : ~std::uint32_t{0};
  return channels_.back();
}

void outbox::consumer_up(const instance& who) {
  channel* to = find(who);
  if (to == nullptr) to = &add(who);
  if (to->up) return;
  to->up = true;
  // After a lost link nobody knows what arrived: all of it may have been executed, so all of it may be
  // delivered.
  take_back(*to, to->next());
  dispatch();
}

void outbox::consumer_unreachable(const instance& who) {
  if (channel* to = find(who)) to->up = false;
}

void outbox::consumer_retires(const instance& who) {
  channel* which = find(who);
  if (which == nullptr) which = &add(who);  // its link may come up later
  if (std::exchange(which->retires, true)) return;
  note_if_released(*which);
}

void outbox::note_if_released(const channel& which) {
  if (which.retires && which.items == 0) released_.push_back(which.who);
}

void outbox::consumer_lost(const instance& who, std::uint64_t completed) {
  channel* gone = find(who);
  if (gone == nullptr) return;
  gone->retires = false;  // it is free already
  take_back(*gone, completed);
  channels_.erase(channels_.begin() + (gone - channels_.data()));
  dispatch();
}

void outbox::take_back(channel& from, std::uint64_t completed) {
  // The last sent goes to the front first, so that the order of waiting_ is the order of sending.
  for (auto number = from.next(); number-- > from.first;) {
    auto& slot = from.sent[number - from.first];
    if (!slot) continue;
    slot->may_be_delivered = slot->may_be_delivered || number <= completed;
    waiting_.push_front(std::move(*slot));
    ++redelivered_;
  }
  from.first += from.sent.size();
  from.sent.clear();
  from.items = 0;
  from.bytes = 0;
  from.worked = from.first - 1;
  note_if_released(from);
}

void outbox::push(kept_item item) {
  ++kept_;
  waiting_.push_back(std::move(item));
  dispatch();
}

bool outbox::has_room() const noexcept {
  return waiting_.empty() && std::any_of(channels_.begin(), channels_.end(), [&](const channel& c) {
           return c.up && !c.retires &&
                  (c.items == 0 ||
                   (c.items < options_.limit.items && !c.is_full() && c.bytes < options_.limit.bytes));
         });
}

bool outbox::is_oldest(const instance& consumer, std::uint64_t number) const {
  const auto at =
      std::find_if(channels_.begin(), channels_.end(), [&](const channel& c) { return c.who == consumer; });
  return at != channels_.end() && !at->sent.empty() && at->first == number;
}

outbox::channel* outbox::choose(std::uint64_t size) {
  channel* best = nullptr;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    channel& candidate = channels_[(turn_ + i) % channels_.size()];
    if (!candidate.fits(size, options_.limit)) continue;
    if (best == nullptr || std::pair(candidate.bytes, candidate.items) < std::pair(best->bytes, best->items))
      best = &candidate;
  }
  return best;
}

void outbox::dispatch() {
  while (!waiting_.empty()) {
    channel* to = choose(waiting_.front().payload.size());
    if (to == nullptr) return;
    kept_item item = std::move(waiting_.front());
    waiting_.pop_front();
    if (settled(item)) continue;
    ++turn_;
    send(*to, std::move(item));
  }
}

bool outbox::settled(kept_item& item) {
  const charge* held = charges_.find(options_.consumer, item.item);
  const bool quarantined = held != nullptr && held->quarantined;
  if (quarantined) owner_.hand_in(options_.edge, item);
  if (quarantined || owner_.unwanted(item)) {
    finish(std::move(item));
    return true;
  }
  if (held == nullptr || !held->alone || item.may_be_delivered) return false;
  auto parts = owner_.split(options_.edge, item);
  kept_ += parts.size() - 1;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) waiting_.push_front(std::move(*part));
  return true;
}

void outbox::send(channel& to, kept_item item) {
  const charge* held = charges_.find(options_.consumer, item.item);
  item_header header{options_.from_slot,
                     to.who.slot,
                     to.next(),
                     held != nullptr ? held->attempt() : 1,
                     options_.may_split && item.item.span > 1 && !item.may_be_delivered,
                     std::move(item.item)};
  ++to.items;
  to.bytes += item.payload.size();
  owner_.carry(to.who, options_.edge, header, item.payload);
  item.item = std::move(header.item);  // lent, because a copy allocates
  to.sent.emplace_back(std::move(item));
}

void outbox::note_worked(channel& by, progress done) {
  by.worked = std::max(by.worked, std::min(done.upto, by.next() - 1));
  if (!options_.spread || done.each_ns == 0) return;
  const auto in_time = static_cast<std::uint64_t>(nanoseconds(work_ahead).count()) / done.each_ns;
  by.allowed = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(in_time, least_ahead, ~std::uint32_t{0}));
  pace_ = by.allowed;
}

std::optional<kept_item> outbox::remove(channel& from, std::uint64_t number) {
  if (number < from.first || number >= from.next()) return std::nullopt;
  auto taken = std::exchange(from.sent[number - from.first], std::nullopt);
  if (!taken) return std::nullopt;
  --from.items;
  from.bytes -= taken->payload.size();
  while (!from.sent.empty() && !from.sent.front()) {
    from.sent.pop_front();
    ++from.first;
  }
  note_if_released(from);
  return taken;
}

void outbox::acknowledged(const instance& from, std::span<const number_range> numbers, progress done) {
  channel* held_by = find(from);
  if (held_by == nullptr) return;  // it died, and the items are on their way elsewhere
  for (const auto& range : numbers) {
    const auto last = std::min(range.last, held_by->next() - 1);
    done.upto = std::max(done.upto, last);
    for (auto number = std::max(range.first, held_by->first); number <= last; ++number)
      if (auto item = remove(*held_by, number)) finish(std::move(*item));
  }
  note_worked(*held_by, done);
  dispatch();
}

void outbox::judged(const verdict& decision) {
  if (decision.stage != options_.consumer) return;
  for (auto& channel_to : channels_) {
    // Where it failed, the living consumer has dropped it. Elsewhere a copy may run: quarantine ends that as
    // well.
    if (channel_to.who != decision.from && !decision.state.quarantined) continue;
    auto taken = remove(channel_to, decision.item);
    if (!taken) continue;
    if (channel_to.who != decision.from) taken->may_be_delivered = true;
    waiting_.push_front(std::move(*taken));
    if (!decision.state.quarantined) ++redelivered_;
  }
  if (decision.state.quarantined) settle_waiting(decision.item);
  dispatch();
}

std::optional<kept_item> outbox::remove(channel& from, const lineage& item) {
  for (std::uint64_t at = 0; at < from.sent.size(); ++at)
    if (from.sent[at] && from.sent[at]->item == item) return remove(from, from.first + at);
  return std::nullopt;
}

void outbox::settle_waiting(const lineage& item) {
  // At once, not when its turn comes: there may be no consumer left for it to wait for.
  for (std::size_t i = waiting_.size(); i-- > 0;) {
    if (!(waiting_[i].item == item)) continue;
    kept_item found = std::move(waiting_[i]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    settled(found);
  }
}

void outbox::finish(kept_item item) {
  assert(kept_ > 0);
  --kept_;
  owner_.completed(options_.edge, item);
}

}  // namespace troupe::runtime
