#include <troupe/base/text.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/pool/map_feed.hpp>

#include <algorithm>

namespace troupe::runtime {
namespace {

/// Jobs that are handed in together, once a map has begun.
constexpr std::size_t largest_batch = 256;
/// After so long the next input is no longer waited for when there is something to hand out.
constexpr milliseconds long_adding{1};

}  // namespace

job_failure too_large_input(std::size_t size) {
  job_failure why;
  why.kind = job_error::refused;
  why.cause = "the input has " + format_bytes(size) + " when encoded; at most " +
              format_bytes(max_item_bytes) + " can travel";
  return why;
}

map_feed::map_feed(std::shared_ptr<job_intake> to, const map_options& how) : to_(std::move(to)), how_(how) {}

void map_feed::answered(std::uint64_t tag, job_answer answer) noexcept {
  if (answer) result_bytes_.fetch_add(answer->payload.size(), std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  come_.emplace_back(tag, std::move(answer));
  if (waits_) changed_.notify_one();
}

bool map_feed::has_room() {
  const auto out = added_ - taken_;
  if (closed_) return false;
  if (out == 0) return true;
  if (out >= how_.look_ahead ||
      bytes_out_ + result_bytes_.load(std::memory_order_relaxed) >= how_.look_ahead_bytes)
    return false;
  if (steady::now() - began_adding_ < long_adding) return true;
  submit();  // it is a slow range: nobody waits for the next input
  if (!here_.empty()) return false;
  const std::lock_guard lock(mutex_);
  return come_.empty();
}

bool map_feed::hungry() noexcept {
  began_adding_ = steady::now();
  const auto out = added_ - taken_;
  const auto held = bytes_out_ + result_bytes_.load(std::memory_order_relaxed);
  return out == 0 || (out <= how_.look_ahead / 2 && held <= how_.look_ahead_bytes / 2);
}

void map_feed::add(bytes input, const std::shared_ptr<map_feed>& self) {
  const auto index = added_++;
  const auto size = std::max<std::size_t>(input.size(), 1);
  inputs_.push(index, {size, 0});
  bytes_out_ += size;
  if (size > max_item_bytes) {
    answered(index, tl::unexpected(too_large_input(size)));
    return;
  }
  fresh_.push_back({std::move(input), self, index, how_.within});
  if (fresh_.size() >= batch_) submit();
}

void map_feed::submit() {
  if (fresh_.empty()) return;
  std::vector<std::uint64_t> indices;
  indices.reserve(fresh_.size());
  for (const auto& each : fresh_) indices.push_back(each.tag);
  batch_ = std::min({2 * batch_, largest_batch, to_->fair_batch()});
  auto first = to_->submit(std::exchange(fresh_, {}));
  if (!first) return;  // answered: their deadline passed before there was room
  closed_ = first == 0;
  if (closed_) return;
  for (const auto index : indices) inputs_.find(index)->id = (*first)++;
}

void map_feed::wait() {
  std::unique_lock lock(mutex_);
  waits_ = true;
  changed_.wait(lock, [this] { return !come_.empty(); });
  waits_ = false;
  here_.swap(come_);
}

void map_feed::forget(std::uint64_t index, const job_answer& answer) {
  ++taken_;
  bytes_out_ -= inputs_.find(index)->size;
  inputs_.erase(index);
  if (answer) result_bytes_.fetch_sub(answer->payload.size(), std::memory_order_relaxed);
}

std::pair<std::uint64_t, job_answer> map_feed::next() {
  while (true) {
    if (const auto turn = held_.find(taken_); turn != held_.end()) {
      std::pair<std::uint64_t, job_answer> next(turn->first, std::move(turn->second));
      held_.erase(turn);
      forget(next.first, next.second);
      return next;
    }
    if (here_.empty()) wait();
    auto front = std::move(here_.front());
    here_.pop_front();
    if (how_.ordered && front.first != taken_) {
      held_.emplace(front.first, std::move(front.second));
      continue;
    }
    forget(front.first, front.second);
    return front;
  }
}

void map_feed::withdraw() {
  fresh_.clear();  // each of them holds this feed
  inputs_.for_each([this](std::uint64_t, const taken_input& each) {
    if (each.id != 0) to_->withdraw(each.id);
  });
}

}  // namespace troupe::runtime
