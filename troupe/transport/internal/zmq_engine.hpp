// transport/internal/zmq_engine.hpp - the thread that owns a node's ZeroMQ sockets, as the wire of its
// exchange.
// Threads: links(), wake() and stand_in() from any; the rest belongs to the owner: the engine's own thread, and while that
// one sleeps whoever stands in for it.
#pragma once
#include <troupe/base/unique_fd.hpp>
#include <troupe/transport/internal/exchange.hpp>
#include <troupe/transport/internal/reception.hpp>
#include <troupe/transport/internal/zmq_socket.hpp>
#include <troupe/transport/refusal_counts.hpp>

#include <poll.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

class zmq_engine final : private wire, private link_events {
 public:
  /// See zmq_post::start.
  [[nodiscard]] static result<std::unique_ptr<zmq_engine>> start(post_options options, link_events& events,
                                                                 std::vector<channel> accepted);
  ~zmq_engine() override;
  zmq_engine(const zmq_engine&) = delete;
  zmq_engine& operator=(const zmq_engine&) = delete;

  [[nodiscard]] exchange& links() noexcept { return links_; }
  [[nodiscard]] const refusal_counts& turned_away() const noexcept { return turned_away_; }

 private:
  struct dealer {
    zmq_socket socket;
    bool readable = true;
    bool has_news = true;
    bool hung_up = false;
    std::optional<error> broken;
  };
  struct accepted_peer {
    std::string routing;
    int descriptor = -1;
    bool dying = false;
    std::string listener = {};  // once it has ended: by which it came
  };

  zmq_engine(post_options options, link_events& events, std::vector<channel> accepted);
  [[nodiscard]] result<> listen();

  // wire
  [[nodiscard]] result<> open(link_id connection, const std::string& endpoint) override;
  void transmit(link_id connection, outgoing& what) override;
  void hang_up(link_id connection) override;
  void wake() override;
  [[nodiscard]] bool stand_in() override;
  void stop_standing_in(link_id connection) override;

  // link_events: passed on, with a look at who must leave.
  void on_up(link_id link, const peer& who, bool we_connected) override;
  void on_records(link_id link, std::vector<record>&& records) override;
  void on_down(link_id link, const error& why) override;
  void on_turned_away(const error& why) override;
  void must_leave(link_id connection);

  void run();
  void turn();
  void wait(steady::time_point latest);
  void read_router_news();
  void read_router();
  [[nodiscard]] bool is_left(int messages) const;
  void read_dealer(link_id id, dealer& from);
  [[nodiscard]] link_id accept_from(const zmq_arrival& arrival);
  void doom(link_id id);

  link_events& events_;
  const std::string endpoint_, node_;
  const milliseconds patience_;
  std::size_t descriptor_limit_ = 0;
  refusal_counts turned_away_;
  zmq::context_t context_{1};
  unique_fd wake_;
  std::atomic<bool> awake_{true};  // the thread will look for work before it sleeps
  std::atomic<bool> stopping_{false};
  std::mutex owner_;  // held by the owner
  std::optional<reception> reception_;
  std::map<link_id, dealer> dealers_;
  std::unordered_map<link_id, accepted_peer> peers_;
  std::unordered_map<std::string, link_id> by_routing_;
  std::unordered_map<int, link_id> by_descriptor_;
  std::vector<link_id>
      dying_;  // accepted ones whose connection broke; what they sent may still wait to be read
  steady::time_point read_until_{};  // in this turn
  bool router_readable_ = false;
  bool router_has_news_ = true;
  bool knocked_ = false;
  link_id reading_{};  // whose frame the exchange is looking at
  bool ending_ = false;
  std::vector<pollfd> polled_;
  exchange links_;
  std::thread thread_;
};

}  // namespace troupe::transport
