#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/crew.hpp>
#include <troupe/actors/internal/supervising.hpp>
#include <troupe/actors/remote_port.hpp>

#include <utility>

namespace troupe::actors {
namespace {

/// Makes the supervisor of a crew, life after life.
class supervising_maker final : public maker {
 public:
  explicit supervising_maker(std::shared_ptr<crew> of) noexcept : crew_(std::move(of)) {}
  std::unique_ptr<behaviour> make(context& self) override {
    return std::make_unique<actor_of<supervising>>(self, crew_);
  }
  [[nodiscard]] const actor_class& what() const noexcept override { return class_of<supervising>; }
  void fallen() noexcept override { crew_->fallen(); }
  void ended(const end_reason&) noexcept override { crew_->ended(); }

 private:
  const std::shared_ptr<crew> crew_;
};

}  // namespace

cell_ref crew::start(crew* parent) {
  auto makes = std::make_unique<supervising_maker>(shared_from_this());
  if (parent == nullptr) return start_with(std::move(makes));
  return be(parent->spawn({.name = options_.name, .mailbox = {.capacity = 0}}, std::move(makes)));
}

cell_ref crew::start_with(std::unique_ptr<maker> makes) {
  return be(spawn_kept(system_, {.name = options_.name, .mailbox = {.capacity = 0}}, std::move(makes)));
}

cell_ref crew::be(cell_ref self) {
  const std::lock_guard lock(mutex_);
  if (!closed_) self_ = self;
  return self;
}

cell_ref crew::self() const {
  const std::lock_guard lock(mutex_);
  return self_;
}

cell_ref crew::spawn(spawn_options options, std::unique_ptr<maker> makes) {
  auto child = reserve(std::move(options), makes->what());
  begin(*child.get(), std::move(makes));
  return child;
}

cell_ref crew::reserve(spawn_options options, const actor_class& what, std::shared_ptr<remote_port> port) {
  const bool always = options_.restart.policy == restart_when::always;
  auto thread = system_->thread_for(options);
  auto keeps = keep(self(), always);
  keeps->port = std::move(port);
  auto made = std::make_unique<cell>(system_, std::move(options), what, std::move(keeps),
                                     thread ? std::move(*thread) : nullptr);
  auto child = cell_ref::adopt(*made.release());
  bool open = thread.has_value() && system_->enter(*child.get());
  if (open) {
    const std::lock_guard lock(mutex_);
    open = !closed_;
    if (open) members_.emplace(child.get()->id(), crew_member{.cell = child});
  }
  if (open)
    child.get()->reserve();
  else
    child.get()->end(thread ? end_reason{ending::killed, {}}
                            : end_reason{ending::failed, thread.error().message()});
  return child;
}

void crew::begin(cell& child, std::unique_ptr<maker> makes) {
  if (child.take_reservation()) child.be_born_by(std::move(makes));
}

void crew::abandon(cell& child) noexcept {
  if (child.take_reservation()) child.end({ending::killed, {}});
}

void crew::fallen() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto at = members_.rbegin(); at != members_.rend(); ++at) {
    crew_member& member = at->second;
    if (member.now == crew_member::state::down) continue;
    member.now = crew_member::state::closing;
    member.cell.get()->kill();
  }
}

void crew::ended() noexcept {
  crew_members left;
  cell_ref self;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(members_);
    std::swap(self, self_);
  }
  for (auto at = left.rbegin(); at != left.rend(); ++at) at->second.cell.get()->kill(true);
}

}  // namespace troupe::actors
