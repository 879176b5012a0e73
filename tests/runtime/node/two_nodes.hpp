// tests/runtime/node/two_nodes.hpp - a director's and a worker's exchange, joined by posts in memory.
// Threads: one; the test steps the network and the actors.
#pragma once
#include "../../transport/recorder.hpp"
#include "../scene.hpp"

#include <troupe/transport/memory_post.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// The worker hosts the stage of small_plan(), in its seventh life; the director hosts all else.
class two_nodes : public ::testing::Test {
 protected:
  static constexpr std::uint64_t worker_epoch = 7;
  static constexpr instance worker{stage_id, 0, worker_epoch};

  explicit two_nodes(plan wired = small_plan()) : of(std::move(wired)) {
    there.by.use(there.post);
    here.by.use(here.post);
  }
  /// Until neither the network nor an actor has anything to do.
  void settle() {
    while (network.run_until_idle() + actors.run_until_idle() != 0) continue;
  }
  const testimony& place(exchange& at, const instance& who) {
    auto& into = told_[who];
    const make_member make = [&into](work_again) { return std::make_unique<witness>(into); };
    at.attach(who, actors.spawn<member_actor>({.name = "witness"}, make));
    return into;
  }
  /// The way to the worker: a link of the director's.
  [[nodiscard]] static neighbour way_to_worker() { return {{"work.0", worker_epoch}, "work.0", {worker}}; }
  [[nodiscard]] static neighbour way_to_director() { return {{director_node, 1}, director_node, {the_sink}}; }
  void reach_worker() {
    here.by.reach(way_to_worker());
    settle();
  }
  static item_header header(std::uint64_t number, std::uint32_t to_slot = 0) {
    return {0, to_slot, number, 1, false, {source_id, number - 1, 1, {{to_stage, 0, 1}}}};
  }
  void send(std::uint64_t number, const instance& to = worker) {
    here.by.send_item(to, to_stage, header(number, to.slot), encoded(std::int64_t{1}));
  }

  transport::memory_network network;
  const plan of;
  std::string logged;
  const logger log = logger::make(
      {.colour = log_colour::never, .write = [this](std::string_view lines) { logged += lines; }});
  std::vector<link_lost> losses;  // of links, in either node

  struct node {
    node(two_nodes& in, const std::string& name, std::uint64_t epoch, transport::window receive = {})
        : by(in.of, epoch, in.log,
             [&in](link_lost what) {
               in.losses.push_back(std::move(what));
               if (in.on_lost) in.on_lost(in.losses.back());
             }),
          post(in.network, options(name, epoch, receive), by, channels_of(in.of)) {}
    static transport::post_options options(const std::string& name, std::uint64_t epoch,
                                           transport::window receive) {
      auto made = transport::options_of(name, name, epoch);
      made.receive = receive;
      return made;
    }
    exchange by;
    transport::memory_post post;
  };
  std::function<void(const link_lost&)> on_lost;
  node here{*this, director_node, 1};
  node there{
      *this, "work.0", worker_epoch, {2, 1000}};  // takes two items on a channel, then wants them dequeued

 private:
  std::map<instance, testimony> told_;  // outlives the witnesses, who hear what is left when the system ends

 protected:
  test_system actors;
};

}  // namespace troupe::runtime
