// tests/runtime/remote/two_stages.hpp - two processes on one thread: stepped actors, links in memory.
// Threads: one.
#pragma once
#include "../../actors/probe.hpp"

#include <troupe/actors/test_system.hpp>
#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/transport/memory_post.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime {

/// A process: its actors, its gateway, its end of the links.
struct far_stage {
  std::vector<std::string> lost_ways;  // what on_lost_way was told
  test_system stage;
  gateway gate;
  std::optional<transport::memory_post> post;

  far_stage(transport::memory_network& network, const std::string& name, std::uint64_t epoch = 1,
            transport::window window = {})
      : gate(stage.system(), {.self = {name, epoch},
                              .endpoint_of = [](const std::string& node) -> result<std::string> {
                                if (node == "nowhere")
                                  return fail(errc::not_found, "there is no node 'nowhere'");
                                return node;
                              },
                              .window = window,
                              .on_lost_way =
                                  [this](const transport::peer& to, const end_reason&) {
                                    lost_ways.push_back(to.node + " " + std::to_string(to.epoch));
                                  }}) {
    post.emplace(
        network,
        transport::post_options{.own = {.self = {name, epoch}, .system = "company"}, .endpoint = name}, gate,
        std::vector<transport::channel>{actors_channel});
    gate.use(*post);
  }
  ~far_stage() {
    gate.close();
    post.reset();
  }
};

struct two_stages : ::testing::Test {
  transport::memory_network network;
  std::optional<far_stage> here{std::in_place, network, "here"};
  std::optional<far_stage> back{std::in_place, network, "back"};

  /// Until nothing happens any more.
  void settle() {
    for (bool more = true; more;) {
      more = network.run_until_idle() > 0;
      for (auto* const each : {&here, &back})
        if (*each) more = (*each)->stage.run_until_idle() > 0 || more;
    }
  }
};

}  // namespace troupe::runtime
