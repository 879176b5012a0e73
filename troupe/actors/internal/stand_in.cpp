// The cell that stands for an actor in another process.
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/crew.hpp>
#include <troupe/actors/internal/dead_letters.hpp>
#include <troupe/actors/internal/handlers.hpp>
#include <troupe/actors/remote_port.hpp>
#include <troupe/actors/task.hpp>

#include <algorithm>
#include <utility>

namespace troupe::actors {
namespace {

/// The actor has ended.
struct gone {
  end_reason why;
};

void bury_here(const message_type* type) {
  cell& own = *cell::current();
  bury(own.system(), &own, type, lost::closed, 1);
}

task<> wait_for_room(std::shared_ptr<answer_of<void>> room, const message_type* type) {
  future<void> there(std::move(room));
  const auto passed = co_await there;
  if (!passed) bury_here(type);
}

class stand_in final : public behaviour {
 public:
  /// `life`: of one that is supervised here; else 0.
  stand_in(std::shared_ptr<remote_port> port, std::uint32_t life) noexcept
      : port_(std::move(port)), life_(life) {}

  void receive(delivery& what) override {
    if (what.type == &message_type_of<gone>)
      return cell::current()->give_up(std::move(static_cast<gone*>(what.payload)->why), true);
    if (what.type == &message_type_of<stop_asked>) return port_->stop();
    if (what.type == &message_type_of<kill_asked>) return fall(*static_cast<kill_asked*>(what.payload));
    switch (port_->pass(what)) {
      case remote_port::passed::yes:
        return;
      case remote_port::passed::gone:
      case remote_port::passed::too_large:
        return bury_here(what.type);
      case remote_port::passed::no_room:
        what.started = wait_for_room(port_->pass_later(what), what.type).release(nullptr);
    }
  }

 private:
  void fall(kill_asked& order) {
    if (order.for_good) {
      port_->kill();
      cell::current()->give_up(std::move(order.why), true);
    } else if (auto why = port_->fell(life_)) {
      cell::current()->give_up(std::move(*why));
    } else {
      port_->kill_if_early(life_);
    }
  }

  const std::shared_ptr<remote_port> port_;
  const std::uint32_t life_;
};

class stand_in_maker final : public maker {
 public:
  stand_in_maker(const actor_class& what, std::shared_ptr<remote_port> port, bool supervised) noexcept
      : class_(what), port_(std::move(port)), supervised_(supervised) {}
  std::unique_ptr<behaviour> make(context& /*self*/) override {
    if (supervised_) port_->begin(++life_);
    return std::make_unique<stand_in>(port_, life_);
  }
  [[nodiscard]] const actor_class& what() const noexcept override { return class_; }
  void ended(const end_reason& why) noexcept override { port_->left(why); }

 private:
  const actor_class& class_;
  const std::shared_ptr<remote_port> port_;
  const bool supervised_;
  std::uint32_t life_ = 0;
};

}  // namespace

cell_ref spawn_stand_in(actor_system& in, spawn_options options, const actor_class& what,
                        std::shared_ptr<remote_port> port) {
  auto makes = std::make_unique<stand_in_maker>(what, port, false);
  return spawn_cell_for(system_access::shared_core_of(in), std::move(options), std::move(makes),
                        std::move(port));
}

reservation reserve_stand_in(const supervisor& boss, spawn_options options, const actor_class& what,
                             std::shared_ptr<remote_port> port) {
  const auto& crew = supervisor_access::crew_of(boss);
  return {crew, crew->reserve(std::move(options), what, std::move(port))};
}

void begin_stand_in(reservation& place, const actor_class& what, std::shared_ptr<remote_port> port) {
  place.begin(std::make_unique<stand_in_maker>(what, std::move(port), true));
}

void fell_elsewhere(cell& whom) noexcept {
  whom.lose_life_elsewhere();
}

void end_stand_in(cell& whom, end_reason why) {
  if (!whom.try_retain()) return;
  const cell_ref kept = cell_ref::adopt(whom);
  whom.post(std::make_unique<notice_node<gone>>(gone{std::move(why)}));
}

remote_port* port_of(const cell& whom) noexcept {
  return whom.port();
}
cell_ref still_there(cell& whom) noexcept {
  if (whom.has_ended() || !whom.try_retain()) return {};
  return cell_ref::adopt(whom);
}

void bury_arrived(actor_system& in, const message_type* type, std::size_t messages) {
  bury(system_access::core_of(in), nullptr, type, lost::closed, messages);
}
void bury_unsent(core& in, const message_type* type) {
  bury(in, nullptr, type, lost::closed, 1);
}

steady::time_point clock_of(const cell& whom) noexcept {
  return whom.system().runs().now();
}

nanoseconds patience_left(const answer_state& of) noexcept {
  const auto& limit = of.limit();
  if (limit.system == nullptr || limit.ends == steady::time_point::max()) return nanoseconds::max();
  return std::max(nanoseconds(limit.ends - limit.system->runs().now()), nanoseconds::zero());
}

bool deliver(const cell_ref& to, std::unique_ptr<node> messages) {
  cell& receiver = *to.get();
  if (receiver.box().force(messages) == outcome::accepted) {
    receiver.message_came();
    return true;
  }
  bury(receiver.system(), &receiver, messages->type(), lost::closed, messages->size());
  messages->refuse({errc::closed, "ask " + receiver.label() + ", which has ended or is stopping"});
  return false;
}

}  // namespace troupe::actors
