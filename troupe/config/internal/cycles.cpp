#include <troupe/config/internal/cycles.hpp>
#include <troupe/config/load.hpp>
#include <troupe/config/wording.hpp>

#include <algorithm>
#include <utility>

namespace troupe::config {
namespace {

/// Depth-first along the edges, without recursion: a chain may be as long as there are nodes.
class cycle_finder {
 public:
  explicit cycle_finder(const edges& of) : of_(of), state_(of.size(), state::unseen) {}

  std::set<std::vector<std::size_t>> run() {
    for (std::size_t n = 0; n < of_.size() && !enough(); ++n) {
      if (state_[n] == state::unseen) visit(n);
    }
    return std::move(found_);
  }

 private:
  enum class state : unsigned char { unseen, on_path, done };
  struct step {
    std::size_t node;
    std::size_t next_edge;
  };

  void visit(std::size_t start) {
    enter(start);
    while (!path_.empty() && !enough()) {
      step& top = path_.back();
      if (top.next_edge == of_[top.node].size()) {
        state_[top.node] = state::done;
        path_.pop_back();
        continue;
      }
      const std::size_t next = of_[top.node][top.next_edge++];
      if (state_[next] == state::unseen)
        enter(next);
      else if (state_[next] == state::on_path)
        add_cycle(next);
    }
  }

  [[nodiscard]] bool enough() const { return found_.size() >= max_diagnostics; }

  void enter(std::size_t node) {
    state_[node] = state::on_path;
    path_.push_back({node, 0});
  }

  void add_cycle(std::size_t back_to) {
    auto begin = path_.end();
    while ((--begin)->node != back_to) {
    }
    std::vector<std::size_t> cycle;
    for (; begin != path_.end(); ++begin) cycle.push_back(begin->node);
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    found_.insert(std::move(cycle));
  }

  const edges& of_;
  std::vector<state> state_;
  std::vector<step> path_;
  std::set<std::vector<std::size_t>> found_;
};

}  // namespace

std::set<std::vector<std::size_t>> find_cycles(const edges& of) {
  return cycle_finder(of).run();
}

std::string cycle_text(std::span<const std::string> names) {
  constexpr std::size_t shown = 8;
  std::string out = printable(names[0]);
  for (std::size_t i = 1; i < names.size(); ++i) {
    const bool left_out = i > shown && i + 1 < names.size();
    if (!left_out)
      out += " -> " + printable(names[i]);
    else if (i == shown + 1)
      out += " -> ...";
  }
  return out + " -> " + printable(names[0]);
}

}  // namespace troupe::config
