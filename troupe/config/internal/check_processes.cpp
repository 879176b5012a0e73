#include <troupe/config/internal/check_processes.hpp>
#include <troupe/config/internal/read_actors.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace troupe::config {
namespace {

// The process that starts the others.
constexpr std::string_view first_process = "director";

std::string process_title(const process& of) {
  return "[process." + printable(of.name) + "]";
}

bool is_word_of_place(std::string_view name) {
  return std::ranges::find(actor_places, name, &actor_place::first) != std::end(actor_places);
}

/// Looks at the places of all actors together.
class housing {
 public:
  housing(const std::vector<read_process>& processes, findings& to)
      : processes_(processes), to_(to), count_(processes.size()) {
    for (const actor_place& each : actor_places) names_.emplace_back(each.first);
    for (const read_process& each : processes) {
      known_.insert(each.value.name);
      names_.push_back(each.value.name);
    }
  }

  void place(read_actor& each) {
    actor& one = each.value;
    if (!each.readable) all_placed_ = false;
    if (one.place != actor::placement::process) return;
    if (one.process.empty()) {
      one.process = one.name;
      add_process(one);
    } else if (known_.contains(one.process)) {
      inhabited_.insert(one.process);
    } else {
      all_placed_ = false;
      refuse(one);
    }
  }

  /// Not when somebody's place is unknown: that one may have been meant for the empty process.
  void check_empty() const {
    if (!all_placed_) return;
    for (const read_process& each : processes_) {
      const std::string& name = each.value.name;
      if (!each.readable || inhabited_.contains(name) || is_word_of_place(name)) continue;
      to_.add(where(each.value, ""), process_title(each.value) + " has no actor",
              "write place = \"" + printable(name) + "\" in an [actor.NAME]");
    }
  }

 private:
  void add_process(const actor& of) {
    if (++count_ != max_processes + 1) return;
    to_.add(where(of, "place"),
            "place: with this one there are more than " + std::to_string(max_processes) +
                " processes, which are not supported",
            "several actors may share a [process.NAME]");
  }

  void refuse(const actor& of) const {
    std::string hint = to_.near(of.process, names_);
    if (hint.empty() && is_name(of.process)) {
      hint = "a process of that name begins with [process." + of.process + "]";
    }
    to_.add(where(of, "place"),
            "place: expected " + std::string(expected_place) + ", found " + describe({of.process, {}}),
            std::move(hint));
  }

  const std::vector<read_process>& processes_;
  findings& to_;
  std::size_t count_;               // of processes, with those that actors have for themselves
  std::vector<std::string> names_;  // all that `place` may be
  std::set<std::string_view> known_;
  std::set<std::string_view> inhabited_;
  bool all_placed_ = true;
};

}  // namespace

void check_process_names(const std::vector<read_process>& processes, const std::vector<read_actor>& actors,
                         findings& to) {
  const std::string taken = "'" + std::string(first_process) + "' is the process that starts the others";
  for (const read_process& each : processes) {
    const std::string& name = each.value.name;
    const position at = where(each.value, "");
    if (name == first_process) to.add(at, process_title(each.value) + ": " + taken, "give it another name");
    if (is_word_of_place(name)) {
      to.add(at, process_title(each.value) + ": place = \"" + name + "\" means something else already",
             "give it another name");
    }
  }
  for (const read_actor& each : actors) {
    const actor& one = each.value;
    const bool alone = one.place == actor::placement::process && one.process.empty();
    if (!alone || one.name != first_process) continue;
    to.add(where(one, "place"), "place: the process would have the name of the actor, and " + taken,
           "give the actor another name, or place it in a [process.NAME]");
  }
}

void place_actors(std::vector<read_actor>& actors, const std::vector<read_process>& processes, findings& to) {
  housing all(processes, to);
  for (read_actor& each : actors) all.place(each);
  all.check_empty();
}

}  // namespace troupe::config
