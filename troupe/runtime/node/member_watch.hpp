// runtime/node/member_watch.hpp - notices when an actor of the node falls over an exception of our own code
// or of the machine (out of memory, no more threads), so that nobody waits for it for ever. Threads: an
// actor.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/runtime/node/member.hpp>

#include <functional>
#include <string>
#include <utility>

namespace troupe::runtime {

/// Watch this one, too.
struct watch_member {
  member_address whom;
};

/// User code that throws does not come here: stages catch it.
class member_watch {
 public:
  using receives = troupe::receives<watch_member, down>;
  using on_fall = std::function<void(const std::string& what)>;
  member_watch(context& self, on_fall then) : self_(self), then_(std::move(then)) {}

  void operator()(watch_member order) { self_.monitor<member_watch>(order.whom); }
  void operator()(down news) {
    if (news.reason.how == ending::failed) then_("'" + news.name + "' failed: " + news.reason.text);
  }

 private:
  context& self_;
  const on_fall then_;
};

}  // namespace troupe::runtime
