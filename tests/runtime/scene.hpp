// tests/runtime/scene.hpp - a plan that a reader knows by heart, and witnesses in the place of its members.
// Threads: one; the test steps the actors.
#pragma once
#include <troupe/actors/test_system.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/courier.hpp>
#include <troupe/runtime/node/exchange.hpp>
#include <troupe/runtime/node/member.hpp>
#include <troupe/runtime/registry.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::runtime {

// source 1 -> edge 1 -> stage 2 -> edge 2 -> sink 3
inline constexpr member_id source_id = 1, stage_id = 2, sink_id = 3;
inline constexpr edge_id to_stage = 1, to_sink = 2;
inline constexpr instance the_source{source_id, 0, 1}, the_stage{stage_id, 0, 1}, the_sink{sink_id, 0, 1};

/// Everything but the stage lives in the director; the stage calls "repeat" of small_registry().
inline plan small_plan() {
  plan of;
  of.path = "small.toml";
  of.members.resize(3);
  auto& source = of.members[0];
  source.id = source_id;
  source.kind = member_kind::source;
  source.name = "work.from";
  source.out = {to_stage};
  source.source.emplace();
  auto& stage = of.members[1];
  stage.id = stage_id;
  stage.name = "work";
  stage.call = "repeat";
  stage.in = {to_stage};
  stage.out = {to_sink};
  stage.origins = {source_id};
  stage.in_process = true;
  auto& sink = of.members[2];
  sink.id = sink_id;
  sink.kind = member_kind::sink;
  sink.name = "work.to";
  sink.in = {to_sink};
  sink.origins = {source_id};
  sink.sink.emplace();
  of.edges = {{to_stage, source_id, stage_id, "std::int64_t", "i64", {}},
              {to_sink, stage_id, sink_id, "std::int64_t", "i64", {}}};
  return of;
}

/// What the stage makes of an item goes back to the source.
inline plan returning_plan() {
  auto of = small_plan();
  of.edges[to_stage - 1].returns = true;
  return of;
}

/// "repeat" gives a number so many times as it says, and throws at one below 0; "add" takes many at once.
inline registry small_registry() {
  registry stages;
  static_cast<void>(stages.add(define_stage("repeat", [](std::int64_t n) {
    if (n < 0) throw std::invalid_argument("below 0");
    return std::vector<std::int64_t>(static_cast<std::size_t>(n), n);
  })));
  static_cast<void>(stages.add(define_stage("add", [](std::vector<std::int64_t> all) {
    std::int64_t sum = 0;
    for (const auto n : all) sum += n;
    return sum;
  })));
  return stages;
}

template <class T>
bytes encoded(const T& value) {
  byte_buffer out;
  encode(out, value);
  return out.take();
}

/// Larger than can travel; its memory is never touched.
inline bytes too_large_to_travel() {
  constexpr auto size = max_item_bytes + 1;
  std::shared_ptr<const std::byte[]> owner = std::make_shared_for_overwrite<std::byte[]>(size);
  const byte_view view(owner.get(), size);
  return {std::move(owner), view};
}

/// The `number`-th item on an edge of small_plan(), made from the `seq`-th of the source.
inline arrival item_of(const instance& from, edge_id edge, std::uint64_t number, std::uint64_t seq,
                       bytes payload) {
  lineage item{source_id, seq, 1, {{to_stage, 0, 1}}};
  if (edge == to_sink) item.path.push_back({to_sink, 0, 1});
  return {{from, edge, 0}, {from.slot, 0, number, 1, false, std::move(item)}, std::move(payload), 0};
}

/// "1-3 7": to compare ranges at a glance.
inline std::string to_text(const std::vector<number_range>& ranges) {
  std::string text;
  for (const auto& range : ranges) {
    if (!text.empty()) text += ' ';
    text += std::to_string(range.first);
    if (range.last != range.first) text += '-' + std::to_string(range.last);
  }
  return text;
}

/// What one member was told.
struct testimony {
  std::vector<arrival> items;
  std::size_t batches = 0;  // messages that brought items
  std::vector<answers> answered;
  std::vector<returned> returned_items;
  std::vector<consumer_news> news;
  std::vector<instance> retiring;
  std::vector<death_notice> deaths;
  std::vector<verdict_notice> verdicts;
  std::vector<std::uint64_t> watermarks;
  std::vector<order_kind> orders;
  /// All numbers that were acknowledged, in whatever messages: "1-3 7".
  [[nodiscard]] std::string acknowledged() const {
    std::vector<std::uint64_t> all;
    for (const auto& each : answered)
      for (const auto& range : each.numbers)
        for (auto number = range.first; number <= range.last; ++number) all.push_back(number);
    return to_text(to_ranges(std::move(all)));
  }
};

/// Writes down what it is told.
class witness final : public member {
 public:
  explicit witness(testimony& into) : told_(into) {}
  void on(arrivals m) override {
    ++told_.batches;
    for (auto& item : m.items) told_.items.push_back(std::move(item));
  }
  void on(const answers& m) override { told_.answered.push_back(m); }
  void on(returns m) override {
    for (auto& each : m.items) told_.returned_items.push_back(std::move(each));
  }
  void on(const consumer_news& m) override { told_.news.push_back(m); }
  void on(const consumer_retires& m) override { told_.retiring.push_back(m.who); }
  void on(const death_notice& m) override { told_.deaths.push_back(m); }
  void on(const verdict_notice& m) override { told_.verdicts.push_back(m); }
  void on(const watermark_notice& m) override { told_.watermarks.push_back(m.watermark); }
  void on(portions) override {}
  void on(const order& m) override { told_.orders.push_back(m.what); }

 private:
  testimony& told_;
};

/// One node without links: the member under test is the test's own, the others are witnesses.
class scene {
 public:
  /// Puts a witness where `who` lives. Read what it was told after settle().
  const testimony& place(const instance& who) {
    auto& into = told_[who];
    const make_member make = [&into](work_again) { return std::make_unique<witness>(into); };
    by.attach(who, actors.spawn<member_actor>({.name = "witness"}, make));
    return into;
  }
  void settle() { actors.run_until_idle(); }
  [[nodiscard]] member_setting setting(running_page* page = nullptr) {
    return {of, stages, by, [this](report said) { reports.push_back(std::move(said)); }, log, charges, page};
  }
  /// The bodies of that kind among the reports to the director, in order.
  template <class Body>
  [[nodiscard]] std::vector<Body> reported() const {
    std::vector<Body> all;
    for (const auto& each : reports)
      if (const auto* body = std::get_if<Body>(&each.body)) all.push_back(*body);
    return all;
  }

  plan of = small_plan();
  const registry stages = small_registry();
  std::vector<verdict> charges;  // known when a member starts
  std::vector<report> reports;   // to the director
  std::string logged;
  const logger log = logger::make(
      {.colour = log_colour::never, .write = [this](std::string_view lines) { logged += lines; }});
  exchange by{of, 1, log, [](const link_lost&) {}};

 private:
  std::map<instance, testimony> told_;  // outlives the witnesses, who hear what is left when the system ends

 public:
  test_system actors;
};

}  // namespace troupe::runtime
