// runtime/actors/usher.hpp - notices when the actors of a file are all gone, or when they cannot be mended.
// Threads: an actor.
#pragma once
#include <troupe/actors/context.hpp>

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
  using on_end = std::function<void(std::string failure)>;

  /// `roots`: supervisors whose failure ends everything. `all`: the actors.
  usher(context& self, const std::vector<address<>>& roots, const std::vector<address<>>& all, on_end then)
      : then_(std::move(then)) {
    for (const auto& each : roots) {
      roots_.push_back(each.id());
      self.monitor<usher>(each);
    }
    for (const auto& each : all) self.monitor<usher>(each);
    left_ = all.size();
  }

  void operator()(const down& news) {
    if (std::find(roots_.begin(), roots_.end(), news.actor) != roots_.end()) {
      if (news.reason.how == ending::failed) then_(news.reason.text);
      return;
    }
    if (news.reason.how == ending::failed && failure_.empty())
      failure_ = "actor '" + news.name + "' failed: " + news.reason.text;
    if (--left_ == 0) then_(failure_);
  }

 private:
  const on_end then_;
  std::vector<actor_id> roots_;
  std::size_t left_ = 0;
  std::string failure_;  // of the first for whom there was no restart
};

}  // namespace troupe::runtime
