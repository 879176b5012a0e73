#include <troupe/base/text.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/pool/map_feed.hpp>

#include <algorithm>

namespace troupe::runtime {

job_failure too_large_input(std::size_t size) {
  job_failure why;
  why.kind = job_error::refused;
  why.cause = "the input has " + format_bytes(size) + " when encoded; at most " +
              format_bytes(max_item_bytes) + " can travel";
  return why;
}

map_feed::map_feed(std::shared_ptr<job_intake> to, const map_options& how) : to_(std::move(to)), how_(how) {}

void map_feed::answered(std::uint64_t tag, job_answer answer) noexcept {
  const std::lock_guard lock(mutex_);
  come_.emplace_back(tag, std::move(answer));
  if (waits_) changed_.notify_one();
}

bool map_feed::has_room() const noexcept {
  const auto out = added_ - taken_;
  return out == 0 || (out < how_.look_ahead && bytes_out_ < how_.look_ahead_bytes);
}

bool map_feed::hungry() const noexcept {
  const auto out = added_ - taken_;
  return out == 0 || (out <= how_.look_ahead / 2 && bytes_out_ <= how_.look_ahead_bytes / 2);
}

void map_feed::add(bytes input, const std::shared_ptr<map_feed>& self) {
  const auto index = added_++;
  inputs_.push_back({std::max<std::uint64_t>(input.size(), 1), 0});
  bytes_out_ += inputs_.back().size;
  if (input.size() > max_item_bytes) {
    answered(index, tl::unexpected(too_large_input(input.size())));
    return;
  }
  fresh_.push_back({std::move(input), self, index});
}

void map_feed::submit() {
  if (fresh_.empty()) return;
  std::vector<std::uint64_t> indices;
  indices.reserve(fresh_.size());
  for (const auto& each : fresh_) indices.push_back(each.tag);
  auto id = to_->submit(std::exchange(fresh_, {}));
  if (id == 0) return;
  for (const auto index : indices) inputs_[index - first_].id = id++;
}

void map_feed::wait() {
  std::unique_lock lock(mutex_);
  waits_ = true;
  changed_.wait(lock, [this] { return !come_.empty(); });
  waits_ = false;
  here_.swap(come_);
}

void map_feed::forget(std::uint64_t index) {
  ++taken_;
  bytes_out_ -= std::exchange(inputs_[index - first_].size, 0);
  while (!inputs_.empty() && inputs_.front().size == 0) {
    inputs_.pop_front();
    ++first_;
  }
}

std::pair<std::uint64_t, job_answer> map_feed::next() {
  while (true) {
    if (const auto turn = held_.find(taken_); turn != held_.end()) {
      std::pair<std::uint64_t, job_answer> next(turn->first, std::move(turn->second));
      held_.erase(turn);
      forget(next.first);
      return next;
    }
    if (here_.empty()) wait();
    auto front = std::move(here_.front());
    here_.pop_front();
    if (how_.ordered && front.first != taken_) {
      held_.emplace(front.first, std::move(front.second));
      continue;
    }
    forget(front.first);
    return front;
  }
}

void map_feed::withdraw() {
  fresh_.clear();  // each of them holds this feed
  for (const auto& each : inputs_)
    if (each.size != 0 && each.id != 0) to_->withdraw(each.id);
}

}  // namespace troupe::runtime
