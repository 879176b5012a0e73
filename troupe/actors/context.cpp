#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/cell.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace troupe {
namespace {

class later final : public actors::timed {
 public:
  later(actors::cell_ref to, std::unique_ptr<actors::node> message) noexcept
      : to_(std::move(to)), message_(std::move(message)) {}
  void due() noexcept override { to_.get()->post(std::move(message_)); }

 private:
  actors::cell_ref to_;
  std::unique_ptr<actors::node> message_;
};

}  // namespace

actor_system& context::system() const noexcept {
  return *cell_.system().facade;
}

void context::require_receives(const actors::message_type& type) const {
  if (!cell_.receives(type))
    throw std::logic_error(cell_.label() + " does not list '" + std::string(type.name) +
                           "' in its `receives`");
}

void context::monitor_cell(const actors::cell_ref& whom) {
  if (!whom) throw std::invalid_argument(cell_.label() + " monitors an empty address");
  cell_.system().monitor(cell_, *whom.get());
}

timer context::send_later(nanoseconds delay, std::unique_ptr<actors::node> message) {
  if (delay < nanoseconds::zero()) throw std::invalid_argument(cell_.label() + " sets a timer in the past");
  actors::core& system = cell_.system();
  const auto key = system.timers().add(system.after(delay),
                                       std::make_unique<later>(actors::cell_ref(cell_), std::move(message)));
  return {system.timers_for_handles(), key.first, key.second};
}

}  // namespace troupe
