// transport/post_options.hpp - what a post is told at its start.
// Threads: a plain value.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/handshake.hpp>

#include <string>

namespace troupe::transport {

/// When a silent peer is asked for a sign of life, and when its link is given up. Everything that arrives
/// counts as one, so only idle links cost anything. A peer is found silent within the sum of both; time in
/// which our own post did not run (the machine slept, or had no processor for us) is charged to nobody.
struct heartbeat_times {
  milliseconds interval{1000};  // of silence before the question; 0: nobody is ever asked
  milliseconds patience{5000};  // between the question and on_down(timed_out); greater than 0
};

struct post_options {
  identity own;          // name and epoch of this node, system id, token
  std::string endpoint;  // where this node listens: ipc_directory::endpoint(own.self.node)
  window receive{};      // per link and channel: what may arrive before it is dequeued
  milliseconds handshake_timeout{
      5000};                    // from connect() to on_down(timed_out); who comes to us must speak by then
  heartbeat_times heartbeat{};  // of links that are up
};

}  // namespace troupe::transport
