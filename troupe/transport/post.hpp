// transport/post.hpp - links between nodes as the runtime sees them: connect, send, records arrive, credit
// returns.
// Threads: stated per function; events come on the post's own thread, one at a time.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/credit.hpp>

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::transport {

/// A link at this end. Unique within a post, never reused, greater than 0.
enum class link_id : std::uint64_t {};

/// The channel that every link has without declaring it: acknowledgements and announcements. It needs no
/// credit and its records are never parked.
inline constexpr std::uint32_t control_channel = 0;

/// A numbered stream of records on a link. Both sides must agree on number, name and shape.
struct channel {
  std::uint32_t number = 0;  // 1 and up
  std::string name;          // for messages to people: "parse -> count"
  std::string shape;  // canonical shape of the message types; empty: not compared beyond being empty here too
  window receive{0, 0};  // what may arrive here before it is dequeued; without items: post_options::receive
  friend bool operator==(const channel&, const channel&) = default;
};

/// Who is at the other end. An epoch counts the lives of the node of that name.
struct peer {
  std::string node;
  std::uint64_t epoch = 0;
  friend auto operator<=>(const peer&, const peer&) = default;
};

/// What one send() became at the other end: its header and payload, joined. A slice of the received frame.
struct record {
  std::uint32_t channel = 0;
  bytes payload;
};

/// What events leave to be done when nothing else is to be read. Called between events, on the post's thread, but for run().
class late_work {
 public:
  late_work() = default;
  late_work(const late_work&) = delete;
  late_work& operator=(const late_work&) = delete;
  virtual ~late_work() = default;
  [[nodiscard]] virtual bool waits() const noexcept = 0;
  /// What waits is what run() is going to do; events may come from now on.
  virtual void set_about() noexcept = 0;
  /// Once, on the thread that has called set_about(). May block and may take long: after some milliseconds another thread is
  /// the post's thread.
  virtual void run() noexcept = 0;
  /// Instead of both: others do it, now.
  virtual void hand_on() noexcept = 0;
};

/// What happens on links. Called on the post's thread, one call at a time; must not block. It may call the
/// post.
class link_events {
 public:
  virtual ~link_events() = default;
  /// The handshake is done; `we_connected` tells our connect() from an accepted link.
  virtual void on_up(link_id link, const peer& who, bool we_connected) = 0;
  /// The records of one arriving frame, in order; never empty.
  virtual void on_records(link_id link, std::vector<record>&& records) = 0;
  /// The last event of a link, once per link; also of one that never came up. error.code tells why:
  ///   closed                we called close(), or the post ends
  ///   end_of_file           the other side closed the link
  ///   peer_lost             the connection broke: the process at the other end is probably dead; or it lost
  ///                         frames (the context then says which), or the other side found us silent
  ///   not_found             nobody listens at the endpoint
  ///   timed_out             no answer within handshake_timeout, or no sign of life within
  ///                         heartbeat.patience
  ///   refused, type_mismatch, version_mismatch   the handshake failed; the context names both sides
  ///   malformed             the other side broke the protocol
  ///   too_large, invalid_argument   our own send() broke its conditions
  ///   exhausted, io_failed  the system refused a socket
  virtual void on_down(link_id link, const error& why) = 0;
  /// Somebody was turned away at our door; no link came to be. error.code tells why:
  ///   malformed             what came was no greeting, or an ill-formed one; or the connection ended without one
  ///   refused               another token or run, a greeting for another node, one that was used before, ...
  ///   version_mismatch, type_mismatch   the context names both sides
  ///   timed_out             not a word within handshake_timeout
  ///   exhausted             descriptors are short, or too many had come and said nothing
  ///   permission_denied     another user's process
  virtual void on_turned_away(const error& why) { (void)why; }
  /// Null: there is none. Otherwise a post sees to it whenever an event has left some, and may have a second thread for that.
  [[nodiscard]] virtual late_work* late() noexcept { return nullptr; }
};

/// One link, for whoever sends on it often: as post::send, without looking it up. Valid as long as its post.
class line {
 public:
  line() = default;
  line(const line&) = delete;
  line& operator=(const line&) = delete;
  virtual ~line() = default;
  virtual void send(std::uint32_t channel, byte_view header, bytes payload) = 0;
  /// The same of something small for which somebody waits: when the post sleeps it is not woken for it, and this thread hands
  /// it to the socket. It goes in a frame of its own then, so that much of it costs more.
  virtual void send_now(std::uint32_t channel, byte_view header, bytes payload) {
    send(channel, header, std::move(payload));
  }
  /// Small pieces that belong together: `more` goes behind the last record of the open frame when that was begun with the
  /// same key (not 0) and there is room and credit; else it begins a record, behind `header`.
  virtual void extend(std::uint32_t channel, std::uint64_t key, byte_view header, byte_view more) = 0;
};

/// The links of one node. zmq_post is the real one, memory_post its twin for tests.
class post {
 public:
  virtual ~post() = default;
  /// Opens a link to the node at `endpoint`. on_up or on_down follows, on_down at the latest after
  /// handshake_timeout. `expected` must answer there; its epoch 0 stands for any. Both sides may send on each
  /// of `channels`. Any thread; does not block. There is no automatic reconnection: connect again, a new link
  /// has a new id.
  [[nodiscard]] virtual link_id connect(const std::string& endpoint, const peer& expected,
                                        std::vector<channel> channels) = 0;
  /// Hands over header + payload as one record of up to limits::max_record bytes on a declared channel
  /// (anything else takes the link down with too_large or invalid_argument). Any thread, never blocks. Order
  /// is kept per sending thread and channel. Before on_up, and without credit, records wait inside the link;
  /// that queue is bounded only by what the caller hands in. On a link that is down the record is dropped
  /// without a word: whoever needs it sends it again on another link, as delivery demands.
  virtual void send(link_id link, std::uint32_t channel, byte_view header, bytes payload) = 0;
  /// Any thread. Never null.
  [[nodiscard]] virtual std::shared_ptr<line> line_to(link_id link);
  /// So many records, of so many bytes in all (sum of record.payload.size()), have left the receiver's
  /// queues: credit for the other side. At most what arrived on that channel. Any thread; gathered before it
  /// goes on the wire. Not for control_channel.
  virtual void dequeued(link_id link, std::uint32_t channel, std::uint32_t items, std::uint64_t bytes) = 0;
  /// Sends what has credit, says goodbye and ends the link; what waits for credit is dropped. on_down(closed)
  /// follows, even when the other side is just closing too (then its reason may win). Any thread; does not
  /// block.
  virtual void close(link_id link) = 0;
};

/// A line that does look the link up.
class plain_line final : public line {
 public:
  plain_line(post& by, link_id link) noexcept : by_(by), link_(link) {}
  void send(std::uint32_t channel, byte_view header, bytes payload) override {
    by_.send(link_, channel, header, std::move(payload));
  }
  void extend(std::uint32_t channel, std::uint64_t /*key*/, byte_view header, byte_view more) override {
    by_.send(link_, channel, header, bytes::copy_of(more));
  }

 private:
  post& by_;
  const link_id link_;
};
inline std::shared_ptr<line> post::line_to(link_id link) {
  return std::make_shared<plain_line>(*this, link);
}

}  // namespace troupe::transport
