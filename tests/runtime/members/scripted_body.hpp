// tests/runtime/members/scripted_body.hpp - a stage's code as a test wants it: it works on bytes, as members
// do; and what tests of members that run it have in common.
// Threads: one.
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
  result<void> call(const bytes& input, const job& /*about*/, std::vector<bytes>& outputs) override {
    ++play_.calls;
    return play_.call(input, outputs);
  }
  result<void> finish(std::vector<bytes>& outputs) override { return play_.finish(outputs); }

 private:
  script& play_;
};

/// A member between the source and the sink of small_plan(), both of them witnesses.
class scripted_member_test : public ::testing::Test {
 protected:
  static arrival item(std::uint64_t number) {
    return item_of(the_source, to_stage, number, number - 1, encoded(static_cast<std::int64_t>(number)));
  }
  static arrivals items(std::uint64_t count) {
    arrivals all;
    for (std::uint64_t number = 1; number <= count; ++number) all.items.push_back(item(number));
    return all;
  }
  static answers from_sink(std::uint64_t first, std::uint64_t last) {
    return {the_sink, to_sink, {{first, last}}};
  }
  /// And as many further turns as it asks for: on a slow machine a turn may end after any item.
  template <class M>
  void tell(member& whom, M message) {
    whom.on(std::move(message));
    for (; turns_given < turns_asked_for; ++turns_given) whom.on(order{order_kind::work});
  }
  std::string acknowledged() {
    on.settle();
    return source.acknowledged();
  }

  scene on;
  script play;
  int turns_asked_for = 0;
  int turns_given = 0;
  const testimony& source = on.place(the_source);
  const testimony& sink = on.place(the_sink);
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
