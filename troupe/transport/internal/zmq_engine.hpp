// transport/internal/zmq_engine.hpp - the thread that owns a node's ZeroMQ sockets, as the wire of its exchange. Where events
// leave work that may take long there are two threads: one leads, the other is its deputy. When the leader has been at such
// work for some milliseconds the deputy leads, and the other is the deputy as soon as it comes back.
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
#include <condition_variable>
#include <csignal>
#include <cstdint>
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

  using ownership = std::unique_lock<std::mutex>;
  void start_thread();
  void run();
  [[nodiscard]] bool lead(ownership& owns);
  [[nodiscard]] bool see_to_late_work(ownership& owns);
  void take_back(ownership& owns);
  void let_go(ownership& owns);
  void watch_leader(ownership& owns);
  void finish(ownership& owns);
  void turn();
  [[nodiscard]] bool is_more_to_do();
  void wait(ownership& owns, steady::time_point latest);
  void read_router_news();
  void read_router();
  [[nodiscard]] bool may_read_on(int left) const;
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
  std::mutex owner_;                         // held by the owner; not in sleep, nor in late work
  std::atomic<std::thread::id> owned_by_{};  // the leader
  std::atomic<bool> wanted_back_{false};     // by the leader
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

  late_work* const late_;
  sigset_t signals_{};                    // of whoever started us: those of late work
  std::condition_variable leader_works_;  // at late work, or nobody leads any more
  bool is_led_ = false, is_over_ = false;
  bool has_deputy_ = false;     // that could lead
  bool deputy_sleeps_ = false;  // until it is told that the leader is at late work
  bool is_late_ = false;        // the leader is at late work
  std::uint64_t late_works_ = 0;
  steady::time_point no_late_work_until_{};
  std::vector<std::thread> threads_;
};

}  // namespace troupe::transport
