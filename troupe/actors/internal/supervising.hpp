// actors/internal/supervising.hpp - a supervisor as an actor: what it does when a child falls.
// Threads: an actor; the crew is under its lock.
// Source: Erlang/OTP supervisor.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/actors/internal/crew.hpp>
#include <troupe/actors/internal/handlers.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/internal/relations.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace troupe::actors {

/// A delay is over.
struct retry {};
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
  using receives = troupe::receives<child_news, stop_asked, retry, overdue>;
  supervising(context& self, std::shared_ptr<crew> of);

  void operator()(child_news heard);
  void operator()(stop_asked);
  void operator()(retry);
  void operator()(overdue late);

 private:
  using state = crew_member::state;

  void decide(std::size_t which, const end_reason& why);
  void start_again(std::size_t which, nanoseconds delay);
  void close(crew_member& member, bool for_good);
  void give_up(const crew_member& member, const end_reason& why);
  void advance();
  void advance_together();
  void advance_ending();
  void start(crew_member& member);
  [[nodiscard]] double random() noexcept;

  context& self_;
  const std::shared_ptr<crew> crew_;
  std::optional<end_reason> ending_;  // it is about to end, as soon as its children have
  bool for_good_ = false;
  std::uint64_t random_;
};

}  // namespace troupe::actors
