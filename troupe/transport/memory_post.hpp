// transport/memory_post.hpp - posts that meet in memory: the same links, stepped by a test on its own thread.
// Threads: send and dequeued from any thread as with zmq_post; step() and everything else on one thread.
#pragma once
#include <troupe/transport/post.hpp>
#include <troupe/transport/post_options.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace troupe::transport {

class memory_post;
class memory_hub;   // the frames and news on their way
class memory_node;  // the far side of one post

/// Carries the frames of the posts attached to it. Nothing moves but by step(): the same calls give the same
/// trace.
class memory_network {
 public:
  memory_network();
  ~memory_network();
  memory_network(const memory_network&) = delete;
  memory_network& operator=(const memory_network&) = delete;

  /// Delivers one frame or one piece of news, oldest first, with the events it causes. False when nothing
  /// moved.
  bool step();
  /// Steps until nothing moves; returns how often.
  std::size_t run_until_idle();

 private:
  friend class memory_post;
  std::unique_ptr<memory_hub> hub_;
};

/// A post on a memory_network. Any string serves as its endpoint. Destroyed before the network; its peers see
/// on_down(peer_lost), as if the process had died.
class memory_post final : public post {
 public:
  memory_post(memory_network& network, post_options options, link_events& events,
              std::vector<channel> accepted);
  ~memory_post() override;
  memory_post(const memory_post&) = delete;
  memory_post& operator=(const memory_post&) = delete;

  [[nodiscard]] link_id connect(const std::string& endpoint, const peer& expected,
                                std::vector<channel> channels) override;
  void send(link_id link, std::uint32_t channel, byte_view header, bytes payload) override;
  void dequeued(link_id link, std::uint32_t channel, std::uint32_t items, std::uint64_t bytes) override;
  void close(link_id link) override;

  /// Breaks the connection below the link: frames on their way are lost, both ends get on_down(peer_lost).
  void cut(link_id link);
  /// Frames that came again and were ignored, on all links so far. Any thread.
  [[nodiscard]] std::uint64_t duplicates() const noexcept;

 private:
  memory_network& network_;
  std::shared_ptr<memory_node> node_;
};

}  // namespace troupe::transport
