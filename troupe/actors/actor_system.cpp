#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/crew.hpp>

#include <string>
#include <utility>

namespace troupe {
namespace {

tl::unexpected<error> inside(const actors::cell& who, const char* what) {
  return fail(errc::unsupported, std::string(what) + " inside " + who.label() + " would wait for itself");
}

}  // namespace

result<std::unique_ptr<actor_system>> actor_system::start(const system_options& options) {
  constexpr std::size_t most = 1024;
  if (options.blocking_threads == 0 || options.blocking_threads > most)
    return fail(errc::invalid_argument,
                "start an actor system with " + std::to_string(options.blocking_threads) +
                    " threads for calls that block: 1 to " + std::to_string(most) + " are allowed");
  auto runs = actors::start_caf_executor(options.threads);
  if (!runs) return tl::unexpected<error>(std::move(runs.error()));
  auto core = std::make_shared<actors::core>(std::move(*runs), options.blocking_threads, options.log);
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
  auto thread = core_->thread_for(options);
  auto made = std::make_unique<actors::cell>(core_, std::move(options), maker.what(), nullptr,
                                             thread ? std::move(*thread) : nullptr);
  auto cell = actors::cell_ref::adopt(*made.release());
  if (!thread)
    cell.get()->end({ending::failed, thread.error().message()});
  else if (core_->enter(*cell.get()))
    cell.get()->be_born(maker);
  else
    cell.get()->end({ending::killed, {}});
  return cell;
}

supervisor actor_system::supervise(supervisor_options options) {
  auto made = std::make_shared<actors::crew>(core_, std::move(options));
  auto self = made->start(nullptr);
  return {std::move(made), std::move(self)};
}

result<> actor_system::enter(std::string name, const actors::cell_ref& whom) {
  if (name.empty()) return fail(errc::invalid_argument, "give an actor an empty name");
  if (!whom) return fail(errc::invalid_argument, "give the name '" + name + "' to an empty address");
  return core_->name(std::move(name), *whom.get());
}

bool actor_system::remove_name(std::string_view name) noexcept {
  return core_->known().remove(name);
}

result<actors::cell_ref> actor_system::find_cell(std::string_view name) const {
  auto found = core_->known().find(name);
  if (!found) return fail(errc::not_found, "find an actor with the name '" + std::string(name) + "'");
  return found;
}

void actor_system::seek(std::string name, std::unique_ptr<actors::name_seeker> who) {
  core_->known().seek(std::move(name), std::move(who));
}

std::vector<actor_info> actor_system::look() const {
  return core_->all();
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

namespace actors {

result<> takes_all(const cell& who, std::string_view name, std::span<const message_type* const> types) {
  for (const message_type* each : types)
    if (who.takes(*each) == accepts::no)
      return fail(errc::wrong_kind, "find an actor with the name '" + std::string(name) +
                                        "' that receives '" + std::string(each->name) + "': " + who.label() +
                                        " does not");
  return {};
}

}  // namespace actors

}  // namespace troupe
