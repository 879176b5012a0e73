// runtime/node/fall_watch.hpp - notices when an actor of the node falls over an exception of our own code or
// of the machine (out of memory, no more threads), so that nobody waits for it for ever.
// Threads: an actor.
#pragma once
#include <troupe/actors/context.hpp>

#include <functional>
#include <string>
#include <utility>

namespace troupe::runtime {

/// Watch one more: see watching().
struct watch_order {
  std::function<void(context&)> begin;
};

/// User code that throws does not come here: stages catch it.
class fall_watch {
 public:
  using receives = troupe::receives<watch_order, down>;
  using on_fall = std::function<void(const std::string& what)>;
  fall_watch(context& self, on_fall then) : self_(self), then_(std::move(then)) {}

  void operator()(const watch_order& order) { order.begin(self_); }
  void operator()(down news) {
    if (news.reason.how == ending::failed) then_("'" + news.name + "' failed: " + news.reason.text);
  }

 private:
  context& self_;
  const on_fall then_;
};

/// The order to watch an actor of any class.
template <class... Ms>
[[nodiscard]] watch_order watching(address<Ms...> whom) {
  return {[whom = std::move(whom)](context& self) { self.monitor<fall_watch>(whom); }};
}

}  // namespace troupe::runtime
