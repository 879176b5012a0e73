// transport/post_options.hpp - what a post is told at its start.
// Threads: a plain value.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/handshake.hpp>

#include <string>

namespace troupe::transport {

struct post_options {
  identity own;                          // name and epoch of this node, system id, token
  std::string endpoint;                  // where this node listens: ipc_directory::endpoint(own.self.node)
  window receive{};                      // per link and channel: what may arrive before it is dequeued
  milliseconds handshake_timeout{5000};  // from connect() to on_down(timed_out)
};

}  // namespace troupe::transport
