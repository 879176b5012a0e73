// transport/internal/reception.hpp - where connections come in: the ROUTER, its door, and who is inside.
// Threads: the engine's own.
#pragma once
#include <troupe/transport/internal/door.hpp>
#include <troupe/transport/internal/visitors.hpp>
#include <troupe/transport/internal/zmq_socket.hpp>

#include <optional>
#include <string>
#include <vector>

namespace troupe::transport {

class reception {
 public:
  /// `node` is our name, for errors; `limit` that of descriptors; `patience` until a connection's first frame.
  /// Errors: see listen_at, and what ZeroMQ said.
  [[nodiscard]] static result<reception> open(zmq::context_t& context, const std::string& endpoint,
                                              const std::string& node, std::size_t limit,
                                              milliseconds patience);

  [[nodiscard]] zmq_socket& router() noexcept { return router_; }
  /// What to poll for somebody who wants in: knocked(). It may hear nothing.
  [[nodiscard]] int door_descriptor(steady::time_point now);

  /// A connection that had spoken has ended; to be forgotten by gone() when all it said has been read.
  struct departed {
    int descriptor = -1;
    std::string listener;
  };
  /// Reads the news up to the next departure of somebody who had spoken.
  [[nodiscard]] std::optional<departed> next_departed(steady::time_point now);
  /// The first frame of a connection is here.
  void spoke(int descriptor);
  /// Nothing is left to say to it: if it does not leave it is cut.
  void must_leave(int descriptor, steady::time_point now) { visitors_.must_leave(descriptor, now); }
  void gone(const std::string& listener);

  /// The ROUTER has been read empty: who has left by now without a word will not be heard of any more.
  void all_was_read();
  [[nodiscard]] bool waits_for_all_read() const noexcept { return !silent_.empty(); }
  /// Cuts who has to go, and lets in who knocked, if that can be.
  void look_after(bool knocked, steady::time_point now);
  [[nodiscard]] std::optional<steady::time_point> next_deadline() const;
  /// Why connections were not let in, or had to go without a word; one for each.
  [[nodiscard]] std::vector<error> take_refused();

 private:
  reception(zmq_socket router, door at, visitors inside, std::string node, milliseconds patience);
  [[nodiscard]] result<> hand_over(unique_fd listener);
  void came(const zmq_news& news, steady::time_point now);
  void note(const visitors::cuts& made);
  void refuse(errc kind, const std::string& what);

  zmq_socket router_;
  door door_;
  visitors visitors_;
  std::string node_;
  milliseconds patience_;
  std::vector<departed> silent_;  // have left, but a word of theirs may still wait to be read
  bool broke_off_ = false;        // the next one to leave
  std::vector<error> refused_;
};

}  // namespace troupe::transport
