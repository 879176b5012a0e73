#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/crew.hpp>
#include <troupe/actors/internal/relations.hpp>
#include <troupe/actors/ward.hpp>

#include <utility>

namespace troupe::actors {
namespace {

class guardian {
 public:
  using receives = troupe::receives<child_news>;
  guardian(context& self, on_fall tell) : self_(self), tell_(std::move(tell)) {}
  void operator()(const child_news& heard) {
    if (heard.what == news::born) return;
    const bool for_good = heard.what == news::ended;
    tell_(heard.reason, for_good);
    if (for_good) self_.stop();
  }

 private:
  context& self_;
  const on_fall tell_;
};

/// Makes it once; its end is that of the child.
class guardian_maker final : public maker {
 public:
  guardian_maker(std::shared_ptr<crew> of, on_fall tell) noexcept
      : crew_(std::move(of)), tell_(std::move(tell)) {}
  std::unique_ptr<behaviour> make(context& self) override {
    return std::make_unique<actor_of<guardian>>(self, tell_);
  }
  [[nodiscard]] const actor_class& what() const noexcept override { return class_of<guardian>; }
  void ended(const end_reason& /*why*/) noexcept override { crew_->ended(); }

 private:
  const std::shared_ptr<crew> crew_;
  const on_fall tell_;
};

}  // namespace

supervisor guardian_for(actor_system& in, supervisor_options options, on_fall tell) {
  auto made = std::make_shared<crew>(system_access::shared_core_of(in), std::move(options));
  auto self = made->start_with(std::make_unique<guardian_maker>(made, std::move(tell)));
  return {std::move(made), std::move(self)};
}

void live_again(const cell_ref& ward) noexcept {
  if (ward) ward.get()->start();
}

void end_ward(const cell_ref& ward, end_reason why) noexcept {
  if (!ward) return;
  if (ward.get()->take_reservation())
    ward.get()->end(std::move(why));
  else
    ward.get()->kill(true);
}

}  // namespace troupe::actors
