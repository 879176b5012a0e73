// runtime/node/link_keeper.hpp - opens lost links again after a pause, unless the other side is known to be
// dead.
// Threads: an actor.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/exchange.hpp>

#include <map>
#include <string>

namespace troupe::runtime {

struct link_retry {
  neighbour whom;
};

/// A neighbour that died will be announced, and is forgotten by then, so a lost link is tried again. Two
/// things will not mend themselves and are trouble for the director: a handshake refused for good (types or
/// versions differ), and links that come up and break again and again with nothing acknowledged, as when one
/// side cannot allocate the item that the other sends.
class link_keeper {
 public:
  using receives = troupe::receives<link_lost, link_retry>;
  /// Links in a row that came up and broke in vain.
  static constexpr unsigned most_in_vain = 100;
  static constexpr milliseconds retry_after{50};

  link_keeper(context& self, exchange& by, instance own, reporter tell_director)
      : self_(self), exchange_(by), own_(own), tell_director_(std::move(tell_director)) {}

  void operator()(link_lost lost) {
    if (lost.why.code == errc::closed) return;
    if (lost.use == link_use::answered) in_vain_.erase(lost.whom.node);
    const unsigned in_vain = lost.use == link_use::up ? ++in_vain_[lost.whom.node] : 0;
    if (lost.why.code == errc::type_mismatch || lost.why.code == errc::version_mismatch)
      return give_up(lost, "");
    if (in_vain == most_in_vain)
      return give_up(lost, "; so it went " + std::to_string(in_vain) +
                               " times in a row with nothing acknowledged: has each process the memory for "
                               "its items?");
    self_.after<link_keeper>(retry_after, link_retry{std::move(lost.whom)});
  }
  void operator()(link_retry retry) { exchange_.reach(std::move(retry.whom)); }

 private:
  void give_up(const link_lost& lost, const std::string& more) {
    tell_director_({own_, trouble{trouble_kind::internal,
                                  "link to " + lost.whom.node.node + ": " + lost.why.message() + more}});
  }

  context& self_;
  exchange& exchange_;
  const instance own_;
  const reporter tell_director_;
  std::map<transport::peer, unsigned> in_vain_;
};

}  // namespace troupe::runtime
