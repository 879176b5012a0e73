// base/item_framing.hpp - items on the pipes of external programs: one a line, JSON a line, NUL-ended or
// counted.
// Threads: plain values for one thread each.
// Source: jsonlines.org; find(1) -print0 and xargs(1) -0.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe {

/// How a stream of bytes is cut into items:
///   lines  each ends with '\n' and holds any other bytes; an empty line is an empty item
///   jsonl  each ends with '\n' and is one JSON text without '\n'; blank lines are no items
///   nul    each ends with a zero byte and holds any other bytes; there are empty items
///   u32be  its length as four bytes, big endian, stands before each; it holds any bytes, or none
/// A '\r' before '\n' belongs to the item, for lines and jsonl (where it is white space).
enum class framing : std::uint8_t { lines, jsonl, nul, u32be };

/// "lines", "jsonl", "nul", "u32be".
[[nodiscard]] std::string_view name_of(framing how) noexcept;
/// The framing of that name, letter by letter.
[[nodiscard]] std::optional<framing> framing_named(std::string_view name) noexcept;

/// Bytes of one item, without what ends it or stands in front of it.
inline constexpr std::size_t default_item_limit = default_frame_limit;

/// Appends `item` with what ends it or stands in front of it; on an error nothing. JSON is written as it
/// comes. Errors: too_large when the item is over `limit`, for u32be also over 2^32 - 1 bytes; malformed when
/// it holds the byte that would end it or, for jsonl, is no JSON. The context says where, and shows the
/// bytes.
[[nodiscard]] result<> append_item(byte_buffer& out, framing how, byte_view item,
                                   std::size_t limit = default_item_limit);

/// Cuts a stream of bytes into items of at most `limit` bytes, however the chunks fall.
/// The last item may lack its end ('\n', or the zero byte, as xargs -0 has it); a frame of u32be may not.
/// Holds at most `limit` bytes (and a length), and grows with what has come, not with the length announced.
/// Items that lie within one chunk are not copied.
///
/// Errors: too_large as soon as an item is known to be over the limit; malformed for a line of jsonl that is
/// no JSON, and for an end of input within a frame. The stream is lost then: every later call says the same
/// again. The items before the fault have been delivered. Columns and offsets count bytes, lines count
/// from 1.
class item_decoder {
 public:
  explicit item_decoder(framing how, std::size_t limit = default_item_limit);

  /// Calls on_item(byte_view) for each item that ends in this chunk; the view is valid until it returns.
  /// What on_item throws passes through: its item counts as delivered, but the rest of the chunk has not been
  /// read. So that no hole goes unseen the stream is lost then: later calls fail with handler_failed. To go
  /// on behind a throw, or to pause within a chunk, pull items with next().
  template <class F>
  [[nodiscard]] result<> feed(byte_view chunk, F&& on_item) {
    try {
      while (const auto item = cut(chunk)) on_item(*item);
    } catch (...) {
      hole_ = true;
      throw;
    }
    return outcome();
  }
  /// The end of the input: delivers the last item if it lacks its end. The decoder is as new afterwards,
  /// whether or not on_item throws, but for an error.
  template <class F>
  [[nodiscard]] result<> finish(F&& on_item) {
    if (const auto item = cut_last()) on_item(*item);
    return outcome();
  }

  /// The same one by one: takes the next item off the front of the chunk; nullopt when none ends in it, which
  /// is kept and empty then. The item is valid until the next call and while the chunk's memory is.
  [[nodiscard]] result<std::optional<byte_view>> next(byte_view& chunk);
  /// The end of the input: the last item if it lacks its end. The decoder is as new, but for an error.
  [[nodiscard]] result<std::optional<byte_view>> last();

 private:
  // nullopt also when the stream is lost.
  std::optional<byte_view> cut(byte_view& chunk);
  std::optional<byte_view> cut_line(byte_view& chunk);
  std::optional<byte_view> cut_frame(byte_view& chunk);
  std::optional<byte_view> cut_last();
  std::optional<byte_view> pass(const text_line& line);
  std::nullopt_t lose(errc code, std::string context);
  [[nodiscard]] result<> outcome() const;

  framing how_;
  bool hole_ = false;  // on_item threw within a chunk
  std::size_t limit_;
  std::uint64_t ended_ = 0;  // items, and lines of jsonl, blank or not
  std::optional<error> lost_;
  std::variant<line_splitter, frame_splitter> splitter_;
};

}  // namespace troupe
