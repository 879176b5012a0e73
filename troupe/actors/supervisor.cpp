#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/crew.hpp>
#include <troupe/actors/supervisor.hpp>

#include <stdexcept>
#include <utility>

namespace troupe {

actors::cell_ref supervisor::spawn_cell(spawn_options options, std::unique_ptr<actors::maker> maker) {
  if (crew_ == nullptr) throw std::logic_error("spawn through a supervisor that was never started");
  return crew_->spawn(std::move(options), std::move(maker));
}

actors::reservation supervisor::reserve_cell(spawn_options options, const actors::actor_class& what) {
  if (crew_ == nullptr) throw std::logic_error("reserve through a supervisor that was never started");
  return {crew_, crew_->reserve(std::move(options), what)};
}

supervisor supervisor::supervise(supervisor_options options) {
  if (crew_ == nullptr) throw std::logic_error("supervise through a supervisor that was never started");
  auto made = std::make_shared<actors::crew>(crew_->system(), std::move(options));
  auto self = made->start(crew_.get());
  return {std::move(made), std::move(self)};
}

void supervisor::stop() noexcept {
  if (self_) self_.get()->stop(true);
}

address<> supervisor::address() const noexcept {
  return actors::address_access::make<troupe::address<>>(self_);
}

namespace actors {

void reservation::begin(std::unique_ptr<maker> makes) {
  const auto of = std::exchange(crew_, nullptr);
  if (of == nullptr) throw std::logic_error("start an actor a second time through its reservation");
  of->begin(*child_.get(), std::move(makes));
}

void reservation::give_back() noexcept {
  if (const auto of = std::exchange(crew_, nullptr)) of->abandon(*child_.get());
}

}  // namespace actors

}  // namespace troupe
