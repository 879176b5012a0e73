// runtime/remote/end_watch.hpp - tells a gateway of the ends of those actors here that somebody elsewhere can reach, and
// when to look for lost ways again.
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

/// A way was lost.
struct way_lost {};
struct look_again {};

class end_watch {
 public:
  using receives = troupe::receives<watch_actor, down, way_lost, look_again>;
  using on_end = std::function<void(const down&)>;
  static constexpr milliseconds pause{100};

  /// `find_ways` is called a pause after a way was lost.
  end_watch(context& self, on_end then, std::function<void()> find_ways)
      : self_(self), then_(std::move(then)), find_ways_(std::move(find_ways)) {}
  void operator()(const watch_actor& order) { self_.monitor<end_watch>(order.whom); }
  void operator()(const down& news) { then_(news); }
  void operator()(way_lost) {
    if (!std::exchange(is_due_, true)) self_.after<end_watch>(pause, look_again{});
  }
  void operator()(look_again) {
    is_due_ = false;
    find_ways_();
  }

 private:
  context& self_;
  const on_end then_;
  const std::function<void()> find_ways_;
  bool is_due_ = false;
};

}  // namespace troupe::runtime
