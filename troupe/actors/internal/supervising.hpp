// actors/internal/supervising.hpp - a supervisor as an actor: what it does when a child falls.
// Threads: an actor; the crew is under its lock.
// Source: Erlang/OTP supervisor. News of a child cost O(log n) in the number of children; where others go along, O(n).
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/crew.hpp>
#include <troupe/actors/internal/handlers.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/internal/relations.hpp>
#include <troupe/base/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace troupe::actors {

/// The delay before a child is started again is over.
struct retry {
  actor_id child;
};
/// A child has had its time to stop.
struct overdue {
  actor_id child;
};

template <>
inline constexpr bool is_of_the_system<retry> = true;
template <>
inline constexpr bool is_of_the_system<overdue> = true;

class supervising {
 public:
  using receives = troupe::receives<child_news, stop_asked, kill_asked, retry, overdue>;
  supervising(context& self, std::shared_ptr<crew> of);

  void operator()(child_news heard);
  void operator()(stop_asked);
  void operator()(kill_asked order);
  void operator()(retry);
  void operator()(overdue late);

 private:
  using state = crew_member::state;

  void turn(crew_member& member, state next) noexcept;
  void decide(actor_id fallen, crew_member& member, const end_reason& why);
  void start_again(actor_id fallen, nanoseconds delay);
  void kill(crew_member& member, bool for_good);
  void stop(crew_member& member);
  void give_up(const crew_member& member, const end_reason& why);
  void kill_all();
  void stop_fallen();
  void advance(actor_id heard_of);
  void advance_one(actor_id which);
  void advance_together();
  void advance_ending();
  void start(crew_member& member);
  [[nodiscard]] double random() noexcept;

  context& self_;
  const std::shared_ptr<crew> crew_;
  std::map<actor_id, steady::time_point> wanted_;  // who is to be started again, and when
  // How many are in a state that has to pass first.
  std::size_t closing_ = 0;
  std::size_t starting_ = 0;
  std::optional<end_reason> ending_;  // it is about to end, as soon as its children have
  bool for_good_ = false;
  std::uint64_t random_;
};

}  // namespace troupe::actors
