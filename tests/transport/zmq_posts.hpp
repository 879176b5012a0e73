// tests/transport/zmq_posts.hpp - two posts over a real ipc directory, for the tests of zmq_post.
// Threads: a fixture; events come on the posts' threads.
#pragma once
#include "recorder.hpp"

#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::transport {

/// Takes records off as they come, gives credit back at once, and checks that each sender's numbers come in
/// order. The first 8 bytes of a record are its number, the next 8 its sender.
class counter final : public recorder {
 public:
  void on_records(link_id link, std::vector<record>&& arrived) override {
    window taken{0, 0};
    for (const auto& one : arrived) {
      std::uint64_t number = 0, sender = 0;
      std::memcpy(&number, one.payload.data(), sizeof(number));
      std::memcpy(&sender, one.payload.data() + 8, sizeof(sender));
      if (number != next_[sender]++) ++out_of_order;
      bytes += one.payload.size();
      ++taken.items;
      taken.bytes += one.payload.size();
    }
    seen += arrived.size();
    ++frames;
    post.load()->dequeued(link, 1, taken.items, taken.bytes);
    if (seen >= awaited) wait_is_over();
  }
  void wait_for(std::uint64_t how_many) {
    awaited = how_many;
    wait([&] { return seen >= how_many; });
  }

  std::atomic<zmq_post*> post = nullptr;  // set once its thread runs
  std::atomic<std::uint64_t> seen{0}, out_of_order{0}, bytes{0}, awaited{~std::uint64_t{0}};

 private:
  void wait_is_over() { recorder::on_turned_away({}); }  // wakes the waiting test
  std::array<std::uint64_t, 8> next_{};
};

class zmq_posts : public ::testing::Test {
 protected:
  zmq_posts()
      : directory(ipc_directory::create_under("/tmp/troupe-test-" + std::to_string(::getpid())).value()) {}
  ~zmq_posts() override {
    const auto base = std::filesystem::path(directory.path()).parent_path();
    for (auto* post : {&left, &right}) post->reset();
    { const auto gone = std::move(directory); }
    std::filesystem::remove_all(base);
  }

  std::unique_ptr<zmq_post> start(post_options options, link_events& events,
                                  std::vector<channel> accepted = one_channel()) {
    auto started = zmq_post::start(std::move(options), events, std::move(accepted));
    EXPECT_TRUE(started.has_value()) << started.error().message();
    return std::move(*started);
  }
  post_options options(const std::string& node, std::uint64_t epoch = 1) const {
    return options_of(node, directory.endpoint(node).value(), epoch);
  }
  /// Both posts, and a link from left to right that is up on both sides.
  link_id link_up() {
    left = start(left_options, left_events);
    right = start(right_options, right_events);
    const auto link = left->connect(right_options.endpoint, {"right", 1}, one_channel());
    left_events.wait_up();
    right_events.wait_up();
    return link;
  }
  [[nodiscard]] link_id theirs() const { return right_events.ups[0].link; }

  ipc_directory directory;
  recorder left_events, right_events;
  counter counted;
  post_options left_options = options("left"), right_options = options("right");
  std::unique_ptr<zmq_post> left, right;
};

}  // namespace troupe::transport
