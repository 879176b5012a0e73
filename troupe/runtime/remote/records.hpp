// runtime/remote/records.hpp - what the gateways of two nodes tell each other about actors: records on their channel.
// Threads: plain values.
// Source: docs/wire-format.md, "Records of actors". Integers are little-endian.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/limits.hpp>
#include <troupe/transport/post.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// On every link between nodes that have actors; number, name and shape are the same everywhere. Records are dequeued as they
/// arrive, each edge has credit of its own, and answers and news need none: the channel's window only bounds what is on its
/// way.
inline const transport::channel actors_channel{1U << 31U, "actors", "1", {1U << 18U, 64U << 20U}};

enum class record_kind : std::uint8_t {
  message = 1,  // of an edge, from who opened it: payload
  question,     // likewise: u64 number, u64 patience in ns, payload
  answer,       // back: u64 number, the reply
  failure,      // back: u64 number, the error
  credit,       // back: u32 messages, u64 bytes
  order,        // from who opened it
  news,         // back
  run           // of an edge, from who opened it: messages of one type, in front of each u32 its length
};

/// Stands in front of every record. An edge is the way from one address to its actor; whoever opens it numbers it.
struct record_head {
  record_kind kind = record_kind::message;
  std::uint16_t type = 0;  // of messages, runs and questions: which one of those that the order `open` named
  std::uint32_t edge = 0;
  bool has_cards = false;  // of what holds addresses; keep() of the export_table sets it
};

/// An address in a message: at the end of the record stand the cards of all that are in it, in their order.
struct address_card {
  std::string node;         // where the actor lives; empty: with the sender
  std::uint64_t epoch = 0;  // of that node; 0: the sender's, or not known
  std::uint64_t actor = 0;  // its number there; 0: reach it by its name
  std::string name;
  std::uint64_t number = 0;  // under which the sender keeps it
};

/// How a message is called, and of which shape it is: both sides must mean the same.
struct type_line {
  std::string name;
  std::string shape;
};

// From who has an address.

/// Reach an actor by its name, or by its number when there is no name.
struct open_edge {
  std::string name;
  std::uint64_t actor = 0;
  std::vector<type_line> types;
  std::uint64_t epoch = 0;  // in which life of this node the actor has that number; 0: in any
};
struct stop_actor {};
struct kill_actor {};
/// The last address is gone.
struct close_edge {};
/// What came with messages as these numbers is needed no more. Of no edge.
struct release_addresses {
  std::vector<std::uint64_t> numbers;
};
using edge_order = std::variant<open_edge, stop_actor, kill_actor, close_edge, release_addresses>;

// From where the actor lives.

/// Messages may come, so many before some are handled.
struct edge_opened {
  std::uint64_t actor = 0;
  std::string name;
  std::uint32_t messages = 0;
  std::uint64_t bytes = 0;
};
/// No such actor, or it takes other messages.
struct edge_refused {
  errc code = errc::refused;
  std::string why;
};
struct actor_ended {
  std::uint8_t how = 0;  // ending
  std::string text;
};
using edge_news = std::variant<edge_opened, edge_refused, actor_ended>;

inline constexpr std::size_t record_head_size = 8;
/// In one message.
inline constexpr std::size_t most_addresses = 10'000;
/// Bytes of an encoded message, question or answer.
inline constexpr std::size_t largest_content = transport::limits::max_record - record_head_size - 16;

void put(byte_buffer& out, const record_head& head);
/// Of a record that is written already.
void set_edge(byte_buffer& record, std::uint32_t edge) noexcept;
void put(byte_buffer& out, std::uint32_t value);
void put(byte_buffer& out, std::uint64_t value);
/// Behind all else in the record.
void put_cards(byte_buffer& record, const std::vector<address_card>& cards);

/// Reads what put() wrote; false when there is too little, or it is ill-formed.
class record_reader {
 public:
  explicit record_reader(const bytes& from) noexcept : from_(from), end_(from.size()) {}
  [[nodiscard]] bool get(record_head& head) noexcept;
  [[nodiscard]] bool get(std::uint32_t& value) noexcept;
  [[nodiscard]] bool get(std::uint64_t& value) noexcept;
  /// The cards at the end, which is then no longer part of rest(). Behind a head that has_cards.
  [[nodiscard]] bool get(std::vector<address_card>& cards);
  /// What is left.
  [[nodiscard]] bytes rest() const { return from_.slice(at_, end_ - at_); }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return end_ - at_; }

 private:
  const bytes& from_;
  std::size_t at_ = 0;
  std::size_t end_;
};

/// The record of an order, a piece of news or a failure.
template <class Variant>
[[nodiscard]] byte_buffer written(record_kind kind, std::uint32_t edge, const Variant& what) {
  byte_buffer out;
  put(out, record_head{kind, 0, edge});
  encode(out, what);
  return out;
}

}  // namespace troupe::runtime
