#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/internal/cell.hpp>

#include <string>
#include <utility>

namespace troupe {
namespace {

tl::unexpected<error> inside(const actors::cell& who, const char* what) {
  return fail(errc::unsupported, std::string(what) + " inside " + who.label() + " would wait for itself");
}

}  // namespace

result<std::unique_ptr<actor_system>> actor_system::start(const system_options& options) {
  auto runs = actors::start_caf_executor(options.threads);
  if (!runs) return tl::unexpected<error>(std::move(runs.error()));
  auto core = std::make_shared<actors::core>(std::move(*runs));
  if (auto timers = core->timers().start_thread(); !timers)
    return tl::unexpected<error>(std::move(timers.error()));
  return std::make_unique<actor_system>(std::move(core));
}

actor_system::actor_system(std::shared_ptr<actors::core> core) noexcept : core_(std::move(core)) {
  core_->facade = this;
}

actor_system::~actor_system() {
  if (!core_->shut_down(actors::default_patience))
    core_->wait_until(deadline::never(), [this] { return core_->living() == 0; });
  core_->close();
}

actors::cell_ref actor_system::spawn_cell(spawn_options options, actors::maker& maker) {
  auto made = std::make_unique<actors::cell>(core_, std::move(options), maker.receives());
  auto cell = actors::cell_ref::adopt(*made.release());
  if (core_->enter(*cell.get()))
    cell.get()->be_born(maker);
  else
    cell.get()->end({ending::killed, {}});
  return cell;
}

bool actor_system::cell_ended(const actors::cell_ref& whom) noexcept {
  return !whom || whom.get()->has_ended();
}

result<end_reason> actor_system::wait_cell_ended(const actors::cell_ref& whom, deadline until) {
  if (!whom) return fail(errc::invalid_argument, "wait for the end of an empty address");
  const actors::cell& who = *whom.get();
  if (const actors::cell* const me = actors::cell::current()) return inside(*me, "wait_ended()");
  if (!core_->wait_until(until, [&] { return core_->has_reason(who); }))
    return fail(errc::timed_out, "wait for the end of " + who.label());
  return core_->reason_of(who);
}

result<> actor_system::wait_ended(deadline until) {
  if (const actors::cell* const me = actors::cell::current()) return inside(*me, "wait_ended()");
  if (core_->wait_until(until, [this] { return core_->living() == 0; })) return {};
  return fail(errc::timed_out, "wait for the end of all actors: there are still " + core_->some_names());
}

result<> actor_system::shutdown(nanoseconds patience) {
  if (const actors::cell* const me = actors::cell::current()) return inside(*me, "shutdown()");
  return core_->shut_down(patience);
}

dead_letter_counts actor_system::dead_letters() const noexcept {
  return core_->dead_letters();
}

std::size_t actor_system::size() const noexcept {
  return core_->living();
}

}  // namespace troupe
