// transport/internal/exchange.hpp - the protocol of all links of one node, over any wire.
// Threads: "any thread" functions lock briefly; "owner" functions belong to the thread that owns the wire.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/transport/handshake.hpp>
#include <troupe/transport/internal/link.hpp>
#include <troupe/transport/post.hpp>
#include <troupe/transport/post_options.hpp>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// What carries frames. All functions but those of any thread are called on the owner's.
class wire {
 public:
  virtual ~wire() = default;
  /// Starts connecting; frames may be handed in at once. Errors: what the system said.
  [[nodiscard]] virtual result<> open(link_id connection, const std::string& endpoint) = 0;
  /// Takes the tail, reads the head. A connection that is gone swallows it; lost() tells.
  virtual void transmit(link_id connection, outgoing& what) = 0;
  /// Nothing more will be sent or wanted on a connection that open() made.
  virtual void hang_up(link_id connection) = 0;
  /// Any thread: have pump() called soon.
  virtual void wake() = 0;
  /// Any thread. True: the owner sleeps, and this thread is the owner until stop_standing_in(). It must not call link_events.
  [[nodiscard]] virtual bool stand_in() { return false; }
  /// Has handed in frames for that connection.
  virtual void stop_standing_in(link_id connection) { (void)connection; }
};

/// Keeps the links, from first frame to last event. A connection and the link on it share one id.
class exchange {
 public:
  exchange(post_options options, link_events& events, std::vector<channel> accepted, wire& below);
  /// See acceptor::check. Also invalid_argument for times that cannot be.
  [[nodiscard]] result<> check() const;

  // Any thread: see post, and zmq_post::flush.
  [[nodiscard]] link_id connect(const std::string& endpoint, const peer& expected,
                                std::vector<channel> channels);
  void send(link_id id, std::uint32_t channel, byte_view header, bytes payload);
  /// Null when it is down.
  [[nodiscard]] std::shared_ptr<line> line_to(link_id id);
  void dequeued(link_id id, std::uint32_t channel, window taken);
  void close(link_id id);
  [[nodiscard]] result<> flush(deadline until);
  /// True when pump() would find something.
  [[nodiscard]] bool has_work();

  // Owner.
  /// The owner runs again, and until the next call it is `now`. To be called before anything that arrived
  /// meanwhile is handed in. When that is much later than next_deadline() we were not running, and whoever is
  /// waited for gets a fresh patience.
  void woke(steady::time_point now);
  /// An id for a connection that came in.
  [[nodiscard]] link_id next_id() noexcept;
  /// A frame came in on a connection, known or new.
  void arrived(link_id connection, const bytes& received);
  /// A new connection broke the rules of the wire: refuses it as if by its first frame.
  void turn_away(link_id connection, const error& why);
  /// The connection broke; after it no call names it.
  void lost(link_id connection, const error& why);
  /// Does what other threads asked for.
  void pump();
  /// Asks who is silent and ends what waits too long; after woke() at next_deadline(), and after what arrived
  /// was handed in.
  void expire();
  [[nodiscard]] std::optional<steady::time_point> next_deadline() const;
  /// Closes every link and lets no new one come up; goodbyes are on their way, see idle().
  void close_all();
  /// True when no connection waits for the other side's goodbye.
  [[nodiscard]] bool idle() const;

  /// Frames that came again and were ignored, on all links so far. Any thread.
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }

 private:
  enum class stage : std::uint8_t {
    greeting,  // our HELLO is out
    up,
    leaving,  // on_down was called, our BYE is out: theirs tells that they have read everything
    gone  // on_down was called, or the peer was turned away; frames are ignored until the connection breaks
  };
  struct connection {
    std::shared_ptr<link> own;         // none once the link is down
    std::optional<connector> greeter;  // of those that we opened
    std::string endpoint;              // likewise
    peer other;
    stage at = stage::greeting;
    std::uint64_t sent = 0, received = 0;  // the last numbers of frames behind the handshake
    steady::time_point patience = steady::time_point::max();
    steady::time_point asked_at{};  // our greeting, later our last question
    steady::time_point heard_at{};  // up: the last sign of life
    steady::time_point said_at{};   // up: ours
    bool is_asked = false;          // up: it has not answered yet
    [[nodiscard]] bool we_connected() const noexcept { return greeter.has_value(); }
  };
  struct opening {
    std::shared_ptr<link> own;
    std::string endpoint;
    peer expected;
    connector greeter;
  };
  struct flushing {
    std::mutex lock;
    std::condition_variable done;
    bool asked = false;                      // the owner has filled in `waiting`
    std::map<link_id, std::string> waiting;  // node names of those who have not answered
  };

  enum class farewell { none, bye, refuse, lost };

  class direct_line;

  [[nodiscard]] std::shared_ptr<link> find(link_id id);
  template <class Act>
  void with(link_id id, Act act);
  void call(std::shared_ptr<link> which);
  void start(opening&& what);
  void serve(link_id id, connection& on);
  [[nodiscard]] bool serve_now(link_id id);
  link::gathered hand_in(link_id id, connection& on);
  void ask(const std::shared_ptr<flushing>& asked);
  void answered(link_id id, std::uint64_t nonce);
  void knock(link_id id, const bytes& received);
  void turn_away(link_id id, const refuse_frame& answer, const error& why);
  void greeted(link_id id, connection& on, const result<frame>& received);
  void established(link_id id, connection& on, result<frame>&& received);
  void raise(link_id id, connection& on, const agreement& terms);
  void finish(link_id id, connection& on, const error& why, farewell last);
  void wait_until(link_id id, connection& on, steady::time_point when);
  void leave(link_id id);
  void paused();
  void await_answer(link_id id, connection& on, milliseconds patience);
  bool go_on_waiting(link_id id, connection& on, milliseconds patience);
  void ask_for_life(link_id id, connection& on);
  void check_greeting(link_id id, connection& on);
  void check_life(link_id id, connection& on);
  [[nodiscard]] bool is_next(link_id id, connection& on, std::uint64_t sequence);
  void transmit(link_id id, std::vector<std::byte> encoded);
  void transmit(link_id id, connection& on, std::vector<std::byte> encoded);
  void transmit(link_id id, connection& on, outgoing& numbered);
  [[nodiscard]] std::vector<link_id> links_up() const;

  const post_options options_;
  link_events& events_;
  acceptor acceptor_;
  wire& wire_;
  std::atomic<std::uint64_t> last_id_{0};
  std::atomic<std::uint64_t> duplicates_{0};

  std::mutex table_lock_;  // not a shared one: glibc's lets a stream of readers keep the writer out for ever
  std::unordered_map<link_id, std::shared_ptr<link>> table_;

  std::mutex work_lock_;
  std::unordered_map<std::string, std::uint64_t> link_epochs_;  // the last one used, per node
  std::vector<opening> openings_;
  std::vector<std::shared_ptr<link>> calling_;
  std::vector<std::shared_ptr<flushing>> flushes_;

  bool ending_ = false;                                         // owner
  steady::time_point now_{};                                    // owner; see woke()
  std::unordered_map<link_id, connection> connections_;         // owner
  std::set<std::pair<steady::time_point, link_id>> deadlines_;  // owner
  std::map<std::uint64_t, std::shared_ptr<flushing>> pings_;    // owner, by nonce
  std::uint64_t last_nonce_ = 0;                                // owner
  std::vector<outgoing> frames_;                                // owner; kept for its capacity
};

template <class Act>
void exchange::with(link_id id, Act act) {
  auto on = find(id);
  if (on == nullptr || act(*on) == link::attention::no) return;
  call(std::move(on));
  wire_.wake();
}

}  // namespace troupe::transport
