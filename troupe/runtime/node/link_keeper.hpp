// runtime/node/link_keeper.hpp - opens lost links again after a pause, unless the other side is known to be
// dead. Threads: an actor.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/exchange.hpp>

namespace troupe::runtime {

struct link_lost {
  neighbour whom;
  error why;
};
struct link_retry {
  neighbour whom;
};

/// A handshake that was refused for good (types or versions differ) is trouble for the director, anything
/// else is tried again: a neighbour that died will be announced, and is forgotten by then.
class link_keeper {
 public:
  using receives = troupe::receives<link_lost, link_retry>;
  link_keeper(context& self, exchange& by, instance own, reporter tell_director)
      : self_(self), exchange_(by), own_(own), tell_director_(std::move(tell_director)) {}

  void operator()(link_lost lost) {
    if (lost.why.code == errc::closed) return;
    if (lost.why.code == errc::type_mismatch || lost.why.code == errc::version_mismatch) {
      tell_director_({own_, trouble{trouble_kind::internal,
                                    "link to " + lost.whom.node.node + ": " + lost.why.message()}});
      return;
    }
    self_.after<link_keeper>(retry_after, link_retry{std::move(lost.whom)});
  }
  void operator()(link_retry retry) { exchange_.reach(std::move(retry.whom)); }

 private:
  static constexpr milliseconds retry_after{50};
  context& self_;
  exchange& exchange_;
  const instance own_;
  const reporter tell_director_;
};

}  // namespace troupe::runtime
