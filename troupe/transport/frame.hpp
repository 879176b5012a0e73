// transport/frame.hpp - frames: the only thing that travels on a link, one per ZeroMQ message.
// Threads: plain values.
// Source: docs/wire-format.md. Integers are little-endian, of fixed width.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/post.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::transport {

enum class frame_kind : std::uint8_t { hello = 1, welcome, refuse, data, credit, ping, pong, bye };

/// The secret of a run. Compared in constant time by the acceptor; never printed.
struct token {
  std::array<std::byte, 16> secret{};
  /// From getrandom(2). Errors: io_failed.
  [[nodiscard]] static result<token> random();
  /// True when all bytes agree; takes the same time wherever they differ.
  [[nodiscard]] bool same(const token& other) const noexcept;
};

/// The connector's first frame. `magic` and versions stand first and never move: see read_greeting.
struct hello_frame {
  struct declared {
    std::uint32_t number = 0;
    std::string name;
    std::uint64_t shape_hash = 0;
    window receive;  // what the connector is ready to receive on it
    friend bool operator==(const declared&, const declared&) = default;
  };
  std::uint16_t version_min = 0, version_max = 0;
  std::string system;
  token key;
  peer from, to;  // to.epoch 0: any
  std::uint64_t link_epoch = 0;
  std::vector<declared> channels;
};

/// The acceptor's consent, with its windows for the declared channels.
struct welcome_frame {
  struct opened {
    std::uint32_t number = 0;
    window receive;
    friend bool operator==(const opened&, const opened&) = default;
  };
  std::uint16_t version = 0;
  peer from;
  std::vector<opened> channels;
};

enum class refusal : std::uint8_t {
  malformed = 1,  // bytes that follow no frame
  version,        // no common version
  system,         // another run
  token,          // wrong secret
  node,           // the hello was meant for another node, or another life of it
  stale,          // a hello that was used before, or of a life that has ended
  channel,        // a channel the acceptor does not know, or knows under another name
  shape,          // message types differ; `shapes` holds the acceptor's
  protocol,       // a frame that may not stand where it stood, or that had no credit
  lost            // frames are missing, or the other side is silent
};

/// Ends a handshake, or tells a peer that it broke the protocol.
struct refuse_frame {
  struct shape_of {
    std::uint32_t number = 0;
    std::string name;
    std::string shape;
    friend bool operator==(const shape_of&, const shape_of&) = default;
  };
  refusal reason = refusal::protocol;
  std::uint16_t version_min = 0, version_max = 0;  // of the refusing side
  peer from;
  std::string text;
  std::vector<shape_of> shapes;
};

// The frames behind the handshake are numbered per link and direction: 1, 2, 3 and so on. `sequence` is 0 in
// those that have no number yet; they cannot be read.

struct data_frame {
  std::vector<record> records;
  std::uint64_t sequence = 0;
};
struct credit_frame {
  struct grant {
    std::uint32_t channel = 0;
    window back;
    friend bool operator==(const grant&, const grant&) = default;
  };
  std::vector<grant> grants;
  std::uint64_t sequence = 0;
};
struct ping_frame {
  std::uint64_t nonce = 0;
  std::uint64_t sequence = 0;
};
struct pong_frame {
  std::uint64_t nonce = 0;
  std::uint64_t sequence = 0;
};
struct bye_frame {
  std::uint64_t sequence = 0;
};

using frame = std::variant<hello_frame, welcome_frame, refuse_frame, data_frame, credit_frame, ping_frame,
                           pong_frame, bye_frame>;

/// Reads a frame; records are slices of `received`, not copies. Every length is checked before it is used or
/// allocated for; every byte must be accounted for. Errors: malformed and too_large, with what was read and
/// where.
[[nodiscard]] result<frame> decode(const bytes& received);

/// Kind, magic and versions of a HELLO, whatever follows them: what any version can read of any other.
struct greeting {
  std::uint16_t version_min = 0, version_max = 0;
};
/// Errors: malformed when it is no HELLO of this protocol at all.
[[nodiscard]] result<greeting> read_greeting(byte_view received);

/// The frame as bytes. Names over limits::max_name and texts over limits::max_text are cut: check them
/// before.
[[nodiscard]] std::vector<std::byte> encode(const hello_frame& from);
[[nodiscard]] std::vector<std::byte> encode(const welcome_frame& from);
[[nodiscard]] std::vector<std::byte> encode(const refuse_frame& from);
[[nodiscard]] std::vector<std::byte> encode(const credit_frame& from);
[[nodiscard]] std::vector<std::byte> encode(const ping_frame& from);
[[nodiscard]] std::vector<std::byte> encode(const pong_frame& from);
[[nodiscard]] std::vector<std::byte> encode(const bye_frame& from);

/// The number of a frame behind the handshake; 0 for HELLO, WELCOME and REFUSE, which have none.
[[nodiscard]] std::uint64_t sequence_of(const frame& numbered) noexcept;
/// Writes the number into an encoded frame behind the handshake.
void stamp(std::vector<std::byte>& encoded, std::uint64_t sequence) noexcept;

/// A DATA frame that is being filled, record by record, in one growing buffer.
class data_writer {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// Bytes of the frame so far.
  [[nodiscard]] std::size_t size() const noexcept { return buffer_.size(); }
  /// True when a record of so many bytes still fits below limits::target_frame.
  [[nodiscard]] bool fits(std::size_t record_bytes) const noexcept;
  /// Appends header + payload as one record.
  void append(std::uint32_t channel, byte_view header, byte_view payload);
  /// More of the last record; there is one, and it was not begun by append_head().
  void extend(byte_view more);
  [[nodiscard]] bool can_extend(std::size_t more) const noexcept;
  /// Appends a record whose payload the caller sends right behind the finished frame; nothing may follow it.
  void append_head(std::uint32_t channel, byte_view header, std::size_t payload_bytes);
  /// The frame, not yet numbered; the writer is empty again and goes on in `next`, of which only the capacity matters.
  [[nodiscard]] std::vector<std::byte> finish(std::vector<std::byte> next = {});

 private:
  std::vector<std::byte> buffer_;
  std::uint32_t count_ = 0;
  std::size_t last_ = 0;  // where the last record begins
};

}  // namespace troupe::transport
