// transport/zmq_post.hpp - the links of a node over ZeroMQ: one thread at a time owns every socket.
// Threads: send, dequeued, connect, close, flush from any thread.
// Source: zmq_socket(7), zmq_ipc(7), zmq_socket_monitor(3).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/post.hpp>
#include <troupe/transport/post_options.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe::transport {

class zmq_engine;

/// A post on ZeroMQ. Peers come in through one ROUTER at options.endpoint; each connect() has a DEALER of its
/// own, so that one slow peer holds up nobody else. Caveat: the destructor says goodbye, gives frames on
/// their way 100 ms to leave, ends every link with on_down(closed) on its own thread, and joins it: call it
/// on any thread but that one, hence not in late work, which it waits for. What must arrive is flushed before.
class zmq_post final : public post {
 public:
  /// Binds the endpoint and starts the thread. `events` must outlive the post and may be called before start
  /// returns. `accepted` are the channels that peers may declare, with our shapes. Raises the soft limit of
  /// open files to the hard one: libzmq aborts the process when accept finds no descriptor. Errors: those of
  /// listen_at (busy: a living node listens there; wrong_kind: something that is no socket stands there; ...),
  /// exhausted (too few descriptors or threads are left), and what the system said.
  [[nodiscard]] static result<std::unique_ptr<zmq_post>> start(post_options options, link_events& events,
                                                               std::vector<channel> accepted);
  ~zmq_post() override;
  zmq_post(const zmq_post&) = delete;
  zmq_post& operator=(const zmq_post&) = delete;

  [[nodiscard]] link_id connect(const std::string& endpoint, const peer& expected,
                                std::vector<channel> channels) override;
  void send(link_id link, std::uint32_t channel, byte_view header, bytes payload) override;
  [[nodiscard]] std::shared_ptr<line> line_to(link_id link) override;
  void dequeued(link_id link, std::uint32_t channel, std::uint32_t items, std::uint64_t bytes) override;
  void close(link_id link) override;

  /// How many connections were turned away so far, by the code of the error that on_turned_away() told.
  [[nodiscard]] std::uint64_t turned_away(errc kind) const noexcept;

  /// Waits until the other side of every link that is up has received what was sent on it before this call
  /// (what waits for credit excepted). Links that go down meanwhile are not waited for. Blocks: not on the
  /// post's thread. Errors: timed_out, naming the nodes that did not answer.
  [[nodiscard]] result<> flush(deadline until);
  /// Frames that came again and were ignored, on all links so far. Any thread.
  [[nodiscard]] std::uint64_t duplicates() const noexcept;

 private:
  explicit zmq_post(std::unique_ptr<zmq_engine> own) noexcept;
  std::unique_ptr<zmq_engine> engine_;
};

}  // namespace troupe::transport
