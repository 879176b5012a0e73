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

class again final : public actors::timed {
 public:
  again(actors::cell_ref to, std::shared_ptr<actors::ticks> what) noexcept
      : to_(std::move(to)), what_(std::move(what)) {}
  void due() noexcept override {
    if (auto tick = what_->next(what_)) to_.get()->post(std::move(tick));
  }

 private:
  actors::cell_ref to_;
  std::shared_ptr<actors::ticks> what_;
};

}  // namespace

actor_system& context::system() const noexcept {
  return *cell_.system().facade;
}

logger context::log() const {
  const logger& all = cell_.system().log();
  return all.takes(log_level::error) ? all.named(cell_.name().empty() ? cell_.label() : cell_.name())
                                     : logger();
}

void context::require_receives(const actors::message_type& type) const {
  if (cell_.takes(type) == actors::accepts::no)
    throw std::logic_error(cell_.label() + " does not list '" + std::string(type.name) +
                           "' in its `receives`");
}

void context::monitor_cell(const actors::cell_ref& whom) {
  if (!whom) throw std::invalid_argument(cell_.label() + " monitors an empty address");
  cell_.system().monitor(cell_, *whom.get());
}

timer context::send_later(nanoseconds delay, std::unique_ptr<actors::node> message) {
  if (delay < nanoseconds::zero()) throw std::invalid_argument(cell_.label() + " sets a timer in the past");
  const auto key = core().timers().add(core().after(delay),
                                       std::make_unique<later>(actors::cell_ref(cell_), std::move(message)),
                                       &cell_.timers());
  return {core().timers_for_handles(), key.first, key.second};
}

timer context::send_again(nanoseconds period, std::shared_ptr<actors::ticks> what) {
  if (period <= nanoseconds::zero())
    throw std::invalid_argument(cell_.label() + " sets a timer with a period of " +
                                std::to_string(period.count()) + " ns: it has to be over 0");
  const auto key = core().timers().add_repeating(
      core().after(period), period, std::make_unique<again>(actors::cell_ref(cell_), std::move(what)),
      &cell_.timers());
  return {core().timers_for_handles(), key.first, key.second};
}

void context::link_cell(const actors::cell_ref& whom) {
  if (!whom) throw std::invalid_argument(cell_.label() + " links itself to an empty address");
  core().link(cell_, *whom.get());
}

void context::unlink_cell(const actors::cell_ref& whom) {
  if (whom) core().unlink(cell_, *whom.get());
}

void context::subscribe_to(const actors::message_type& topic) {
  require_receives(topic);
  core().subscribe(topic, cell_);
}

void context::unsubscribe_from(const actors::message_type& topic) {
  core().unsubscribe(topic, cell_);
}

actors::core& context::core() const noexcept {
  return cell_.system();
}

}  // namespace troupe

namespace troupe::actors {

std::vector<cell_ref> listeners(core& system, const message_type& topic) {
  return system.published().listeners(topic);
}

bool is_a(const cell& who, const actor_class& what) noexcept {
  return who.is_a(what);
}

void run_blocking(core& system, std::unique_ptr<blocking_call> what,
                  const std::shared_ptr<answer_state>& answer) {
  if (auto begun = system.blocking().run(what); !begun) answer->fail(std::move(begun.error()));
}

error negative_patience(std::string_view subject, nanoseconds length) {
  return {errc::invalid_argument, "wait " + std::string(subject) + " with a negative patience of " +
                                      std::to_string(length.count()) + " ns"};
}

patience patience_in(core& system, nanoseconds length) noexcept {
  return {&system, system.after(length)};
}

}  // namespace troupe::actors
