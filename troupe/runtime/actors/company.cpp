#include <troupe/runtime/actors/actor_names.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/actors/company.hpp>
#include <troupe/runtime/actors/usher.hpp>

#include <cstddef>
#include <utility>

namespace troupe::runtime {
namespace {

strategy strategy_of(config::supervisor::strategy_of written) noexcept {
  switch (written) {
    case config::supervisor::strategy_of::one_for_all:
      return strategy::one_for_all;
    case config::supervisor::strategy_of::rest_for_one:
      return strategy::rest_for_one;
    case config::supervisor::strategy_of::one_for_one:
      break;
  }
  return strategy::one_for_one;
}

/// The two rounds: places for all, then lives.
class casting {
 public:
  casting(actor_system& system, const config::file& file, const registry& program, far_places* elsewhere)
      : system_(system), file_(file), program_(program), elsewhere_(elsewhere), names_(file, program) {}

  void reserve_all() {
    for (const cast_entry& each : cast_of(file_)) {
      above_.resize(each.depth);
      if (const auto* boss = std::get_if<const config::supervisor*>(&each.who))
        above_.push_back(add_supervisor(**boss));
      else
        add_actor(*std::get<const config::actor*>(each.who));
    }
  }
  config::diagnostics start_all() {
    config::diagnostics wrong;
    for (auto& [of, place] : places_)
      place->enter_name(system_, of->name);  // constructors may look for others
    for (auto& [of, place] : places_) {
      auto found = place->start(file_, *of, names_);
      wrong.insert(wrong.end(), found.begin(), found.end());
    }
    return wrong;
  }

  [[nodiscard]] const std::vector<supervisor>& roots() const noexcept { return roots_; }
  [[nodiscard]] std::vector<address<>> actors() const {
    std::vector<address<>> all;
    for (const auto& [of, place] : places_)
      all.push_back(actors::address_access::make<address<>>(place->cell()));
    return all;
  }

 private:
  supervisor add_supervisor(const config::supervisor& of) {
    supervisor_options how{.name = of.name, .strategy = strategy_of(of.strategy), .restart = of.restart};
    return above_.empty() ? add_root(std::move(how)) : above_.back().supervise(std::move(how));
  }
  supervisor add_root(supervisor_options how) {
    roots_.push_back(system_.supervise(std::move(how)));
    return roots_.back();
  }
  void add_actor(const config::actor& of) {
    supervisor boss = above_.empty() ? add_root({.name = of.name, .restart = of.restart}) : above_.back();
    const auto& definition = *program_.find_actor(of.call);
    const bool far = of.place == config::actor::placement::process;
    auto place = far ? elsewhere_->reserve(boss, how_to_spawn(of), of, definition)
                     : definition.reserve(boss, how_to_spawn(of));
    if (!far && elsewhere_ != nullptr) elsewhere_->offer(of, definition, place->cell());
    names_.place(of.name, place->cell());
    places_.emplace_back(&of, std::move(place));
  }

  actor_system& system_;
  const config::file& file_;
  const registry& program_;
  far_places* const elsewhere_;
  actor_names names_;
  std::vector<supervisor> roots_;
  std::vector<supervisor> above_;  // the supervisors from a root to the one whose children are being added
  std::vector<std::pair<const config::actor*, std::unique_ptr<actor_place>>> places_;
};

}  // namespace

spawn_options how_to_spawn(const config::actor& of) {
  const bool detached = of.place == config::actor::placement::detached;
  return {.name = of.name,
          .mailbox = of.mailbox,
          .thread = detached ? runs_on::own_thread : runs_on::shared_threads};
}

tl::expected<std::unique_ptr<company>, config::diagnostics> company::start(actor_system& system,
                                                                           const config::file& file,
                                                                           const registry& program,
                                                                           on_end then,
                                                                           far_places* elsewhere) {
  if (auto wrong = check_actors(file, program); !wrong.empty()) return tl::unexpected(std::move(wrong));
  casting all(system, file, program, elsewhere);
  all.reserve_all();
  // Before anybody lives, so that no end is missed.
  static_cast<void>(system.spawn<usher>({.name = "usher", .mailbox = {.capacity = 0}}, all.roots(),
                                        all.actors(), std::move(then)));
  auto made = std::unique_ptr<company>(new company());
  made->roots_ = all.roots();
  if (auto wrong = all.start_all(); !wrong.empty()) {
    made->stop();
    return tl::unexpected(std::move(wrong));
  }
  return made;
}

void company::stop() noexcept {
  for (auto at = roots_.rbegin(); at != roots_.rend(); ++at) at->stop();
}

}  // namespace troupe::runtime
