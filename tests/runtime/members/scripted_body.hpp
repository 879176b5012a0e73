// tests/runtime/members/scripted_body.hpp - a stage's code as a test wants it: it works on bytes, as members
// do. Threads: one.
#pragma once
#include "../scene.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/runtime/members/producer_member.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace troupe::runtime {

struct script {
  std::function<result<>(const bytes& input, std::vector<bytes>& outputs)> call =
      [](const bytes& input, std::vector<bytes>& outputs) -> result<> {
    outputs.push_back(input);
    return {};
  };
  std::function<result<>(std::vector<bytes>& outputs)> finish = [](std::vector<bytes>&) -> result<> {
    return {};
  };
  std::size_t calls = 0;
};

/// Plays the script, which must outlive it.
class scripted_body final : public stage_body {
 public:
  explicit scripted_body(script& play) : play_(play) {}
  result<void> call(const bytes& input, std::vector<bytes>& outputs) override {
    ++play_.calls;
    return play_.call(input, outputs);
  }
  result<void> finish(std::vector<bytes>& outputs) override { return play_.finish(outputs); }

 private:
  script& play_;
};

/// So many copies of the input.
inline auto times(std::size_t count) {
  return [count](const bytes& input, std::vector<bytes>& outputs) -> result<> {
    outputs.assign(count, input);
    return {};
  };
}

/// Returns when a member's turn is over.
inline void use_up_a_turn() {
  const auto began = monotonic_ns();
  while (monotonic_ns() - began <= turn_ns) continue;
}

}  // namespace troupe::runtime
