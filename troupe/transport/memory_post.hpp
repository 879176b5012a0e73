// transport/memory_post.hpp - posts that meet in memory: the same links, stepped by a test on its own thread, on
// a wire that can be made a bad one.
// Threads: send and dequeued from any thread as with zmq_post; step() and everything else on one thread.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/transport/post.hpp>
#include <troupe/transport/post_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe::transport {

class memory_post;
class memory_hub;   // the frames and news on their way
class memory_node;  // the far side of one post

/// What a memory_network does to frames on their way. Chances are in 10,000 frames; as it stands, the wire is
/// perfect and takes no time.
struct memory_faults {
  std::uint64_t seed = 0;                   // of all that follows by chance
  std::uint32_t drop = 0;                   // it does not arrive
  std::uint32_t duplicate = 0;              // it arrives twice
  std::uint32_t reorder = 0;                // it is held back for up to 10 ms while others overtake it
  std::uint32_t cut = 0;                    // the connection breaks under it, as by memory_post::cut
  milliseconds delay_min{0}, delay_max{0};  // of each frame; those of a connection keep their order
};

/// Carries the frames of the posts attached to it, in a time of its own. Nothing moves but by step(),
/// advance() and what calls them: the same calls with the same seed give the same trace.
class memory_network {
 public:
  explicit memory_network(memory_faults faults = {});
  ~memory_network();
  memory_network(const memory_network&) = delete;
  memory_network& operator=(const memory_network&) = delete;

  /// Delivers one frame or one piece of news that is due, oldest first, with the events it causes. False when
  /// nothing moved. Time stands still.
  bool step();
  /// Steps until nothing moves; returns how often.
  std::size_t run_until_idle();
  /// Time passes: everything moves when it is due, and who waits too long hears of it.
  void advance(nanoseconds time);
  /// Time passes and nobody runs, as when the machine sleeps.
  void pause(nanoseconds time);
  /// From now on other faults, or none. The seed is taken anew; frames on their way are not touched.
  void become(memory_faults faults);

  /// Frames and news on their way.
  [[nodiscard]] std::size_t on_their_way() const noexcept;
  /// A digest of what moved so far, and when.
  [[nodiscard]] std::uint64_t trace() const noexcept;

 private:
  friend class memory_post;
  std::unique_ptr<memory_hub> hub_;
};

/// A post on a memory_network, whose clock is also that of its timeouts. Any string serves as its endpoint. Destroyed before the network; its peers see
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
  [[nodiscard]] std::shared_ptr<line> line_to(link_id link) override;
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
