#include <troupe/transport/internal/link.hpp>
#include <troupe/transport/limits.hpp>

#include <algorithm>
#include <cassert>
#include <iterator>

namespace troupe::transport {
namespace {

/// From here on a payload is not copied into the open frame but travels behind a frame of its own.
constexpr std::size_t large = limits::target_frame / 4;
constexpr std::size_t most_spares = 4;

error undeclared(std::uint32_t channel) {
  return {errc::malformed, "channel " + std::to_string(channel) + " was not declared on this link", 0};
}

}  // namespace

link::link(link_id id, const std::vector<receiving>& channels) : id_(id) {
  for (const auto& each : channels) lanes_[each.channel].receive = credit_returns(each.receive);
}

link::attention link::call() {
  return std::exchange(called_, true) ? attention::no : attention::yes;
}

link::attention link::send(std::uint32_t channel, byte_view header, bytes payload) {
  const std::scoped_lock hold(lock_);
  return send_locked(channel, header, std::move(payload));
}

link::attention link::extend(std::uint32_t channel, std::uint64_t key, byte_view header, byte_view more) {
  const std::scoped_lock hold(lock_);
  if (key == open_key_ && channel == open_channel_ && open_.can_extend(more.size()) &&
      open_lane_->send.room_for_more(more.size())) {
    open_.extend(more);
    open_lane_->send.spend_more(more.size());
    return attention::no;  // it was asked for when the record began
  }
  const auto found = lanes_.find(channel);
  const std::size_t size = header.size() + more.size();
  const bool at_once = !is_over() && found != lanes_.end() && more.size() < large &&
                       found->second.waiting.empty() && found->second.send.room(size);
  if (!at_once) return send_locked(channel, header, bytes::copy_of(more));
  found->second.send.spend(size);
  if (!open_.empty() && !open_.fits(size)) seal();
  open_.append(channel, header, more);
  open_key_ = key;
  open_channel_ = channel;
  open_lane_ = &found->second;
  return stage_ == stage::up ? call() : attention::no;
}

link::attention link::send_locked(std::uint32_t channel, byte_view header, bytes payload) {
  if (is_over()) return attention::no;
  const std::size_t size = header.size() + payload.size();
  if (size > limits::max_record) {
    broken_ = error{errc::too_large,
                    "a record of " + std::to_string(size) + " bytes on channel " + std::to_string(channel) +
                        ", at most " + std::to_string(limits::max_record) + " fit in a frame",
                    0};
    return call();
  }
  if (channel != control_channel) {
    const auto found = lanes_.find(channel);
    if (found == lanes_.end()) {
      broken_ = error{errc::invalid_argument, undeclared(channel).context, 0};
      return call();
    }
    auto& here = found->second;
    if (!here.waiting.empty() || !here.send.room(size)) {
      open_key_ = 0;  // nothing overtakes it
      here.waiting.push_back({bytes::copy_of(header), std::move(payload)});
      return attention::no;
    }
    here.send.spend(size);
  }
  write(channel, header, std::move(payload));
  return stage_ == stage::up ? call() : attention::no;
}

void link::write(std::uint32_t channel, byte_view header, bytes payload) {
  const std::size_t size = header.size() + payload.size();
  open_key_ = 0;
  if (!open_.empty() && !open_.fits(size)) seal();
  if (payload.size() < large) {
    open_.append(channel, header, payload.view());
    return;
  }
  if (!open_.empty()) seal();
  open_.append_head(channel, header, payload.size());
  seal();
  sealed_.back().tail = std::move(payload);
}

void link::seal() {
  open_key_ = 0;
  sealed_.push_back({open_.finish(spare()), {}});
}

std::vector<std::byte> link::spare() {
  if (spares_.empty()) return {};
  auto buffer = std::move(spares_.back());
  spares_.pop_back();
  return buffer;
}

void link::recycle(std::vector<std::byte>&& buffer) {
  const std::scoped_lock hold(lock_);
  if (spares_.size() < most_spares) spares_.push_back(std::move(buffer));
}

void link::unpark(std::uint32_t channel, lane& which) {
  while (!which.waiting.empty()) {
    auto& next = which.waiting.front();
    const std::size_t size = next.header.size() + next.payload.size();
    if (!which.send.room(size)) return;
    which.send.spend(size);
    write(channel, next.header.view(), std::move(next.payload));
    which.waiting.pop_front();
  }
}

link::attention link::dequeued(std::uint32_t channel, window taken) {
  const std::scoped_lock hold(lock_);
  const auto found = lanes_.find(channel);
  if (stage_ != stage::up || found == lanes_.end()) return attention::no;
  auto& returns = found->second.receive;
  const bool was_due = returns.due();
  const bool counted = returns.dequeued(taken);
  assert(counted && "dequeued() more than arrived");
  if (!counted || was_due || !returns.due()) return attention::no;
  owing_.push_back(channel);
  return call();
}

link::attention link::close() {
  const std::scoped_lock hold(lock_);
  if (stage_ == stage::down || closing_) return attention::no;
  closing_ = true;
  return call();
}

link::attention link::up(const agreement& terms) {
  const std::scoped_lock hold(lock_);
  stage_ = stage::up;
  for (const auto& one : terms.channels) {
    auto& here = lanes_.at(one.number);
    here.send = credit_account(one.send);
    unpark(one.number, here);
  }
  return call();
}

void link::down() {
  const std::scoped_lock hold(lock_);
  stage_ = stage::down;
  lanes_.clear();
  owing_.clear();
  sealed_.clear();
  open_ = data_writer();
  open_key_ = 0;
}

result<> link::arrived(const std::vector<record>& records) {
  const std::scoped_lock hold(lock_);
  lane* current = nullptr;
  std::uint32_t number = control_channel;
  for (const auto& one : records) {
    if (one.channel == control_channel) continue;
    if (current == nullptr || one.channel != number) {
      const auto found = lanes_.find(one.channel);
      if (found == lanes_.end()) return tl::unexpected<error>(undeclared(one.channel));
      current = &found->second;
      number = one.channel;
    }
    if (!current->receive.arrived(one.payload.size())) {
      return fail(errc::malformed,
                  "a record on channel " + std::to_string(number) + " without credit for it");
    }
  }
  return {};
}

result<> link::granted(const credit_frame& credit, attention& wake) {
  const std::scoped_lock hold(lock_);
  for (const auto& one : credit.grants) {
    const auto found = lanes_.find(one.channel);
    if (found == lanes_.end()) return tl::unexpected<error>(undeclared(one.channel));
    if (!found->second.send.grant(one.back)) {
      return fail(errc::malformed, "credit for more than was sent on channel " + std::to_string(one.channel));
    }
    unpark(one.channel, found->second);
  }
  wake = call();
  return {};
}

link::gathered link::take(std::vector<outgoing>& frames) {
  const std::scoped_lock hold(lock_);
  called_ = false;
  if (stage_ == stage::up) {
    credit_frame credit;
    for (const auto channel : owing_) {
      if (const auto back = lanes_.at(channel).receive.take()) credit.grants.push_back({channel, *back});
    }
    owing_.clear();
    if (!credit.grants.empty()) frames.push_back({encode(credit), {}});
    if (!open_.empty()) seal();
    std::move(sealed_.begin(), sealed_.end(), std::back_inserter(frames));
    sealed_.clear();
  }
  return {closing_, broken_};
}

}  // namespace troupe::transport
