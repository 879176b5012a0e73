// transport/handshake.hpp - who may link with whom: the first frames of a link as a pure state machine, no
// sockets.
// Threads: plain values; the post's thread owns them.
// Source: docs/wire-format.md, "Handshake".
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/post.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace troupe::transport {

/// What a node says of itself, and the secret it shares with its run.
struct identity {
  peer self;
  std::string system;  // id of the run: nodes of different runs never link
  token key;
};

/// What a finished handshake settled.
struct agreement {
  struct opened {
    std::uint32_t number = 0;
    window send;     // what the other side lets us send
    window receive;  // what we let it send
    friend bool operator==(const opened&, const opened&) = default;
  };
  peer other;
  std::uint16_t version = 0;
  std::uint64_t link_epoch = 0;  // chosen by the connector
  std::vector<opened> channels;
};

/// What one may receive on it.
[[nodiscard]] window window_of(const channel& one, window usual) noexcept;

/// The connecting side of one link.
class connector {
 public:
  /// `expected.epoch` 0 accepts any life of that node. `link_epoch` rises with every link this node opens.
  connector(const identity& own, peer expected, std::vector<channel> channels, window receive,
            std::uint64_t link_epoch);
  /// Errors: invalid_argument, too_large: a name or the channel list is outside limits.
  [[nodiscard]] result<hello_frame> hello() const;
  /// The answer to it. Errors: refused, type_mismatch, version_mismatch, malformed, each with both sides
  /// named; a type mismatch says which field of which channel differs.
  [[nodiscard]] result<agreement> read(const frame& answer) const;

 private:
  [[nodiscard]] result<agreement> agree(const welcome_frame& answer) const;
  [[nodiscard]] error explain(const refuse_frame& answer) const;

  identity own_;
  peer expected_;
  std::vector<channel> channels_;
  window receive_;
  std::uint64_t link_epoch_;
};

/// The accepting side, one per node. Remembers the link epochs it has seen, so that a HELLO works once.
class acceptor {
 public:
  acceptor(identity own, std::vector<channel> known, window receive);

  struct accepted {
    agreement terms;
    welcome_frame answer;
  };
  struct turned_away {
    refuse_frame answer;
    error why;  // for our own log
  };
  /// Errors: invalid_argument, too_large: our names or channels are outside limits.
  [[nodiscard]] result<> check() const;
  /// Judges the first frame of a connection.
  [[nodiscard]] std::variant<accepted, turned_away> read(const bytes& first);
  /// A REFUSE in our name.
  [[nodiscard]] refuse_frame refuse(refusal reason, std::string text) const;

 private:
  /// Which link epochs of one node's life have been used: the highest, and a bit for each of the 64 below.
  struct used_epochs {
    std::uint64_t node_epoch = 0, highest = 0, below = 0;
    [[nodiscard]] bool take(std::uint64_t node_epoch, std::uint64_t link_epoch) noexcept;
  };
  [[nodiscard]] std::variant<accepted, turned_away> judge(hello_frame hello);
  [[nodiscard]] bool judge_channels(const hello_frame& hello, refuse_frame& answer) const;

  identity own_;
  std::map<std::uint32_t, channel> accepted_;
  window receive_;
  std::map<std::string, used_epochs, std::less<>> used_;
};

}  // namespace troupe::transport
