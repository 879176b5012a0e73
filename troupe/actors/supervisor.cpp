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

}  // namespace troupe
