// actors/reserved.hpp - a child of a supervisor that has its address, but not yet its object.
// Threads: one; the address is for any.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/base/refuse.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace troupe {

namespace actors {

class crew;

template <class Actor, class Arg>
constexpr compile_time_text why_not_again() {
  return words("troupe: a supervisor starts actor '", type_name<Actor>(),
               "' again and again from copies of its arguments, but '", type_name<Arg>(),
               "' cannot be copied");
}

/// A maker for each life, from copies of `args`; refused when they cannot be copied.
template <class Actor, class... Args>
std::unique_ptr<maker> make_again(Args&&... args) {
  if constexpr ((std::is_copy_constructible_v<std::decay_t<Args>> && ...)) {
    return std::make_unique<repeated_maker<Actor, std::decay_t<Args>...>>(std::forward<Args>(args)...);
  } else {
    const auto refuse_one = []<class Arg>(std::type_identity<Arg>) {
      if constexpr (!std::is_copy_constructible_v<Arg>) refuse<as_sentence<why_not_again<Actor, Arg>>()>();
    };
    (refuse_one(std::type_identity<std::decay_t<Args>>()), ...);
    return nullptr;
  }
}

/// The place of a child; what of `reserved` does not depend on its class.
class reservation {
 public:
  reservation(std::shared_ptr<crew> of, cell_ref child) noexcept
      : crew_(std::move(of)), child_(std::move(child)) {}
  reservation(reservation&&) noexcept = default;
  reservation& operator=(reservation&& other) noexcept {
    give_back();
    crew_ = std::move(other.crew_);
    child_ = std::move(other.child_);
    return *this;
  }
  ~reservation() { give_back(); }
  [[nodiscard]] const cell_ref& child() const noexcept { return child_; }
  /// Throws std::logic_error the second time.
  void begin(std::unique_ptr<maker> makes);

 private:
  void give_back() noexcept;

  std::shared_ptr<crew> crew_;  // null when it has begun
  cell_ref child_;
};

}  // namespace actors

/// From supervisor::reserve(): messages may be sent already, they wait in the mailbox. So actors can be given each
/// other's addresses, whoever is made first:
///
///     auto shop = boss.reserve<warehouse>({.name = "warehouse"});
///     auto buys = boss.reserve<buyer>({.name = "buyer"});
///     shop.start(buys.address());
///     buys.start(shop.address());
///
/// Dropped before start(), or when its supervisor or system ends, the actor ends, and start() does nothing. Start it soon:
/// a supervisor that has to start it again with others waits for that.
template <class Actor>
class reserved {
 public:
  explicit reserved(actors::reservation place) noexcept : place_(std::move(place)) {}

  [[nodiscard]] address_of<Actor> address() const noexcept {
    return actors::address_access::make<address_of<Actor>>(place_.child());
  }
  /// Makes the actor, here and now, as supervisor::spawn does. Once: else std::logic_error.
  template <class... Args>
  void start(Args&&... args) {
    place_.begin(actors::make_again<Actor>(std::forward<Args>(args)...));
  }

 private:
  actors::reservation place_;
};

}  // namespace troupe
