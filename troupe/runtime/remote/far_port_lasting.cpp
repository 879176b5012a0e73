// What a port does that outlives the processes of its actor, or whose actor is supervised here.
#include <troupe/runtime/remote/far_port.hpp>

#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// The stand-in's life is over: those messages are nobody's but ours.
void far_port::stop_expecting_room() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto& each : waiting_) each.room = nullptr;
}

void far_port::begin(std::uint32_t life) noexcept {
  if (lives_ != nullptr) lives_->begin(life);
}

std::optional<end_reason> far_port::fell(std::uint32_t life) noexcept {
  if (lives_ == nullptr) return std::nullopt;
  auto why = lives_->fell(life);
  if (why) stop_expecting_room();
  return why;
}

void far_port::kill_if_early(std::uint32_t life) noexcept {
  if (lives_ != nullptr) lives_->kill_if_early(life);
}

void far_port::life_ended() noexcept {
  const std::lock_guard lock(mutex_);
  if (stand_in_ != nullptr) actors::fell_elsewhere(*stand_in_);
}

void far_port::lost(const end_reason& why) {
  std::unordered_map<std::uint64_t, question> questions;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == stage::gone || way_.line == nullptr) return;
    stage_ = stage::opening;
    way_.line = nullptr;
    way_.out = {};
    way_.edge = 0;
    credit_ = {};
    if (why.how == ending::process_lost) kill_wanted_ = false;  // that life is over
    questions.swap(questions_);
    for (const auto& each : waiting_)  // these were not sent
      if (auto asked = questions.extract(each.question); !asked.empty()) questions_.insert(std::move(asked));
  }
  const error closed{errc::closed, "ask " + label_ + ": " + why.text};
  for (auto& [number, asked] : questions)
    if (const auto state = asked.state.lock()) state->fail(closed);
}

bool far_port::take_way(const port_way& way) {
  std::vector<kept_addresses> unused;  // let go outside of the lock
  const auto wanted = wish();
  const std::lock_guard lock(mutex_);
  if (stage_ == stage::gone || left_ || way_.line != nullptr) return false;
  way_.line = way.line;
  way_.out = way.out;
  way_.edge = way.edge;
  for (auto& each : waiting_) {
    set_edge(each.record.head, way_.edge);
    unused.push_back(std::move(each.record.addresses));
    seal(each.record);
  }
  order_now(wanted);  // under the lock: orders to the actor come behind it
  if (std::exchange(kill_wanted_, false)) order_now(kill_actor{});
  return true;
}

bool far_port::is_gone() const {
  const std::lock_guard lock(mutex_);
  return stage_ == stage::gone;
}

}  // namespace troupe::runtime
