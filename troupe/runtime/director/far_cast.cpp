#include <troupe/runtime/actors/actor_names.hpp>
#include <troupe/runtime/director/far_cast.hpp>

#include <utility>

namespace troupe::runtime {

/// What a supervised stand-in asks, and what it hears.
class far_cast::life final : public far_lives {
 public:
  life(std::string actor, const requests& ask) : actor_(std::move(actor)), ask_(ask) {}

  void begin(std::uint32_t number) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      number_ = number;
      why_.reset();
    }
    ask_.begin({actor_, number});
  }
  void kill() noexcept override {
    std::uint32_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      is_killed_early_ = number_ == 0 || why_;
      if (is_killed_early_) return;
      number = number_;
    }
    ask_.kill({actor_, number});
  }
  void kill_if_early(std::uint32_t number) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(is_killed_early_, false)) return;
    }
    ask_.kill({actor_, number});
  }
  [[nodiscard]] std::optional<end_reason> fell(std::uint32_t number) noexcept override {
    const std::lock_guard lock(mutex_);
    return number == number_ ? why_ : std::nullopt;
  }
  void over(const end_reason& why) noexcept override { ask_.over({actor_, why}); }

  /// False: it is another one that runs.
  [[nodiscard]] bool note_fall(std::uint32_t number, const end_reason& why) {
    const std::lock_guard lock(mutex_);
    if (number != number_ || why_) return false;
    why_ = why;
    return true;
  }

 private:
  const std::string actor_;
  const requests& ask_;
  std::mutex mutex_;
  std::uint32_t number_ = 0;
  std::optional<end_reason> why_;  // it fell
  bool is_killed_early_ = false;   // before its life began
};

namespace {

class far_place final : public actor_place {
 public:
  far_place(actors::reservation place, const actors::actor_class& what, std::shared_ptr<far_port> port)
      : cell_(place.child()), place_(std::move(place)), what_(what), port_(std::move(port)) {}
  [[nodiscard]] const actors::cell_ref& cell() const noexcept override { return cell_; }
  /// The options are filled where it lives.
  config::diagnostics start(const config::file& /*whole*/, const config::actor& /*of*/,
                            name_resolver& /*names*/) override {
    actors::begin_stand_in(place_, what_, port_);
    return {};
  }
  void enter_name(actor_system& into, const std::string& name) override {
    static_cast<void>(into.enter_name(name, actors::address_access::make<address<>>(cell_)));
  }

 private:
  const actors::cell_ref cell_;
  actors::reservation place_;
  const actors::actor_class& what_;
  const std::shared_ptr<far_port> port_;
};

}  // namespace

std::unique_ptr<actor_place> far_cast::reserve(const supervisor& boss, spawn_options how,
                                               const config::actor& of, const actor_definition& definition) {
  const auto lives = std::make_shared<life>(of.name, ask_);
  const auto port = gate_.make_lasting(node_of(of), of.name, definition.remote->types, lives);
  const auto& what = *definition.remote->supervised_stand_in;
  auto place = actors::reserve_stand_in(boss, std::move(how), what, port);
  port->represent(place.child());
  {
    const std::lock_guard lock(mutex_);
    all_[of.name] = {node_of(of), lives, port};
  }
  return std::make_unique<far_place>(std::move(place), what, port);
}

void far_cast::offer(const config::actor& of, const actor_definition& definition,
                     const actors::cell_ref& whom) {
  if (definition.remote) static_cast<void>(gate_.offer_lasting(of.name, whom, definition.remote->types));
}

far_cast::entry far_cast::find(const std::string& actor) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.find(actor);
  return at == all_.end() ? entry{} : at->second;
}

void far_cast::fell(const std::string& actor, std::uint32_t number, const end_reason& why) {
  const auto whom = find(actor);
  if (whom.lives != nullptr && whom.lives->note_fall(number, why)) whom.port->life_ended();
}

void far_cast::ended(const std::string& actor, const end_reason& why) {
  if (const auto whom = find(actor); whom.port != nullptr) gate_.end_lasting(whom.node, actor, why);
}

}  // namespace troupe::runtime
