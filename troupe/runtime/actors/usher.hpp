// runtime/actors/usher.hpp - notices when the actors of a file are all gone, or when they cannot be mended.
// Threads: an actor.
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/actors/supervisor.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

class usher {
 public:
  using receives = troupe::receives<down>;
  using on_end = std::function<void(const std::string& failure, bool nobody_left)>;

  /// `roots`: supervisors whose failure ends everything. `all`: the actors below them.
  usher(context& self, std::vector<supervisor> roots, const std::vector<address<>>& all, on_end then)
      : then_(std::move(then)),
        roots_(std::move(roots)),
        roots_left_(roots_.size()),
        actors_left_(all.size()) {
    for (const auto& each : roots_) self.monitor<usher>(each.address());
    for (const auto& each : all) self.monitor<usher>(each);
  }

  void operator()(const down& news) {
    const bool failed = news.reason.how == ending::failed;
    if (is_root(news.actor)) {
      if (failed) failure_ = news.reason.text;
      if (--roots_left_ == 0 || failed) then_(failure_, roots_left_ == 0);
      return;
    }
    if (failed && failure_.empty()) failure_ = "actor '" + news.name + "' failed: " + news.reason.text;
    // The end is when the roots are gone, too: one that is just giving up knows more of why.
    if (--actors_left_ == 0)
      for (auto& each : roots_) each.stop();
  }

 private:
  [[nodiscard]] bool is_root(actor_id who) const {
    return std::any_of(roots_.begin(), roots_.end(),
                       [who](const auto& each) { return each.address().id() == who; });
  }

  const on_end then_;
  std::vector<supervisor> roots_;
  std::size_t roots_left_;
  std::size_t actors_left_;
  std::string failure_;  // of the root that gave up; else of the first actor for whom there was no restart
};

}  // namespace troupe::runtime
