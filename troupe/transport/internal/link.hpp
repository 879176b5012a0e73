// transport/internal/link.hpp - one end of a link without its wire: open frame, parked records, credit both
// ways.
// Threads: every function from any thread; one short lock per link.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/handshake.hpp>
#include <troupe/transport/post.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// One frame on its way out: head, then tail. The tail is a large payload that is not copied before it
/// reaches the wire.
struct outgoing {
  std::vector<std::byte> head;
  bytes tail;
};

/// Senders write into the link's open frame; the owner of the wire takes what has gathered.
/// Functions that return `attention` tell the caller to have take() called soon; it is asked for once.
class link {
 public:
  enum class attention : bool { no, yes };

  /// What may arrive on a channel before it is dequeued.
  struct receiving {
    std::uint32_t channel = 0;
    window receive;
  };
  link(link_id id, const std::vector<receiving>& channels);

  [[nodiscard]] link_id id() const noexcept { return id_; }

  /// See post::send, post::dequeued, post::close.
  [[nodiscard]] attention send(std::uint32_t channel, byte_view header, bytes payload);
  /// See line::extend.
  [[nodiscard]] attention extend(std::uint32_t channel, std::uint64_t key, byte_view header, byte_view more);
  [[nodiscard]] attention dequeued(std::uint32_t channel, window taken);
  [[nodiscard]] attention close();

  /// The handshake is done: frames may leave, and credit is there.
  [[nodiscard]] attention up(const agreement& terms);
  /// Nothing leaves or enters any more.
  void down();
  /// Records came in. Errors: malformed: a channel that was not declared, or more than it had credit for.
  [[nodiscard]] result<> arrived(const std::vector<record>& records);
  /// Credit came in. Errors: malformed: for no such channel, or more than is out.
  [[nodiscard]] result<> granted(const credit_frame& credit, attention& wake);

  struct gathered {
    bool close = false;           // close() was called; what had gathered before is in the frames
    std::optional<error> broken;  // send() was called against its conditions
  };
  /// Appends the frames that may leave now, credit first.
  gathered take(std::vector<outgoing>& frames);
  /// Gives a buffer back for the next frames.
  void recycle(std::vector<std::byte>&& buffer);

 private:
  struct parked {
    bytes header, payload;
  };
  struct lane {
    credit_account send;
    credit_returns receive;
    std::deque<parked> waiting;
  };
  enum class stage : std::uint8_t { greeting, up, down };

  attention call();
  [[nodiscard]] bool is_over() const noexcept { return stage_ == stage::down || closing_ || broken_; }
  attention send_locked(std::uint32_t channel, byte_view header, bytes payload);
  void write(std::uint32_t channel, byte_view header, bytes payload);
  void seal();
  void unpark(std::uint32_t channel, lane& which);
  std::vector<std::byte> spare();

  const link_id id_;
  std::mutex lock_;
  stage stage_ = stage::greeting;
  bool called_ = false;  // attention was asked for and take() has not come yet
  bool closing_ = false;
  std::optional<error> broken_;
  std::unordered_map<std::uint32_t, lane> lanes_;
  std::vector<std::uint32_t> owing_;  // channels whose returns are due
  data_writer open_;
  std::uint64_t open_key_ = 0;  // of its last record, which may be extended; 0: it may not
  std::uint32_t open_channel_ = 0;
  lane* open_lane_ = nullptr;  // that channel's
  std::vector<outgoing> sealed_;
  std::vector<std::vector<std::byte>> spares_;
};

}  // namespace troupe::transport
