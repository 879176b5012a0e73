// tests/runtime/remote/quiet_post.hpp - a process that hears what a test says in the name of others; its links lead nowhere.
// Threads: one.
#pragma once
#include "../../actors/probe.hpp"

#include <troupe/actors/test_system.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/transport/post.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::runtime {

/// Counts links, and keeps which ones were closed.
class quiet_post final : public transport::post {
 public:
  transport::link_id connect(const std::string& /*endpoint*/, const transport::peer& /*expected*/,
                             std::vector<transport::channel> /*channels*/) override {
    return transport::link_id{++links};
  }
  void send(transport::link_id /*link*/, std::uint32_t /*channel*/, byte_view /*header*/,
            bytes /*payload*/) override {}
  void dequeued(transport::link_id /*link*/, std::uint32_t /*channel*/, std::uint32_t /*items*/,
                std::uint64_t /*bytes*/) override {}
  void close(transport::link_id link) override { closed.push_back(link); }

  std::uint64_t links = 0;
  std::vector<transport::link_id> closed;
};

struct one_stage : ::testing::Test {
  quiet_post post;
  test_system stage;
  gateway gate{stage.system(),
               {.self = {"here", 1},
                .endpoint_of = [](const std::string& node) -> result<std::string> { return node; }}};
  one_stage() { gate.use(post); }
};

}  // namespace troupe::runtime
