// runtime/remote/end_watch.hpp - tells a gateway of the ends of those actors here that somebody elsewhere can reach.
// Threads: an actor.
#pragma once
#include <troupe/actors/context.hpp>

#include <functional>
#include <utility>

namespace troupe::runtime {

/// Watch one more.
struct watch_actor {
  address<> whom;
};

class end_watch {
 public:
  using receives = troupe::receives<watch_actor, down>;
  using on_end = std::function<void(const down&)>;
  end_watch(context& self, on_end then) : self_(self), then_(std::move(then)) {}
  void operator()(const watch_actor& order) { self_.monitor<end_watch>(order.whom); }
  void operator()(const down& news) { then_(news); }

 private:
  context& self_;
  const on_end then_;
};

}  // namespace troupe::runtime
