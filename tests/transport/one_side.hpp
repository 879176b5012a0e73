// tests/transport/one_side.hpp - the protocol of one node over a wire whose other end is the test.
// Threads: one.
#pragma once
#include "recorder.hpp"

#include <troupe/base/clock.hpp>
#include <troupe/base/shape.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/internal/exchange.hpp>
#include <troupe/transport/limits.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace troupe::transport {

/// Node 'own' under test; the test plays node 'other', frame by frame.
class one_side : public ::testing::Test, private wire {
 protected:
  explicit one_side(post_options own = options_of("own", "own")) : options(std::move(own)) {}

  /// A link that `own` opened and `other` has welcomed.
  link_id connected(window receive = {}) {
    const auto id = links.connect("other", {"other", 1}, one_channel());
    links.pump();
    hear(id, encode(welcome_frame{limits::version_max, {"other", 1}, {{1, receive}}}));
    said.clear();
    return id;
  }
  /// A link that `other` opened.
  link_id accepted() {
    const auto id = links.next_id();
    hear(id, hello(1));
    said.clear();
    return id;
  }
  [[nodiscard]] std::vector<std::byte> hello(std::uint64_t link_epoch) const {
    hello_frame greeting;
    greeting.version_min = limits::version_min;
    greeting.version_max = limits::version_max;
    greeting.system = options.own.system;
    greeting.key = options.own.key;
    greeting.from = {"other", 1};
    greeting.to = options.own.self;
    greeting.link_epoch = link_epoch;
    greeting.channels = {{1, one_channel()[0].name, shape_hash(one_channel()[0].shape), {}}};
    return encode(greeting);
  }
  static std::vector<std::byte> data(std::uint64_t sequence, std::string_view content) {
    data_writer writer;
    writer.append(1, {}, as_bytes_view(content));
    auto whole = writer.finish();
    stamp(whole, sequence);
    return whole;
  }
  void hear(link_id id, std::vector<std::byte> encoded) {
    links.arrived(id, bytes::adopt(std::move(encoded)));
  }
  /// The owner wakes up so long after the test began.
  void at(milliseconds time) {
    links.woke(steady::time_point(std::chrono::hours(1)) + time);
    links.expire();
  }
  /// The owner wakes up whenever the node asks for it, until then.
  void run_until(milliseconds time) {
    const auto end = steady::time_point(std::chrono::hours(1)) + time;
    for (auto next = links.next_deadline(); next && *next <= end; next = links.next_deadline()) {
      links.woke(*next);
      links.expire();
    }
    at(time);
  }
  /// What the node said last.
  template <class Frame>
  [[nodiscard]] const Frame& last() const {
    return std::get<Frame>(said.back());
  }

  recorder events;
  const post_options options;
  std::vector<frame> said;       // by the node
  std::vector<link_id> hung_up;  // by the node

 private:
  result<> open(link_id, const std::string&) override { return {}; }
  void transmit(link_id, outgoing& what) override {
    auto whole = what.head;
    whole.insert(whole.end(), what.tail.view().begin(), what.tail.view().end());
    said.push_back(decode(bytes::adopt(std::move(whole))).value());
  }
  void hang_up(link_id connection) override { hung_up.push_back(connection); }
  void wake() override {}

 protected:
  exchange links{options, events, one_channel(), *this};
};

}  // namespace troupe::transport
