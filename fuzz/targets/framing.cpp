// Any stream of bytes, cut into items. The first two bytes are framing and limit, the third the size of the chunks; the
// rest is the stream.
#include "../promise.hpp"

#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/framing.hpp>
#include <troupe/base/item_framing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace troupe;
using fuzz::promise;

struct reading {
  std::vector<std::string> items;
  std::optional<error> lost;
};

/// Chunks of a varying size, 1 to 2 * about; 0: the whole stream at once.
reading read(framing how, std::size_t limit, byte_view stream, std::size_t about) {
  reading out;
  const auto take = [&](byte_view item) {
    promise(item.size() <= limit, "an item is within the limit");
    out.items.emplace_back(reinterpret_cast<const char*>(item.data()), item.size());
  };
  item_decoder decoder(how, limit);
  fuzz::cutter in(stream);
  for (std::size_t round = 0; !in.empty(); ++round) {
    const byte_view chunk = about == 0 ? in.rest() : in.piece(1 + round * 7 % (2 * about));
    const auto fed = decoder.feed(chunk, take);
    if (!fed) {
      const std::size_t before = out.items.size();
      const auto again = decoder.feed(chunk, take);
      promise(!again && again.error().context == fed.error().context && out.items.size() == before,
              "a stream that is lost stays lost");
      out.lost = fed.error();
      return out;
    }
  }
  if (const auto ended = decoder.finish(take); !ended) out.lost = ended.error();
  return out;
}

struct line {
  std::string text;
  std::size_t dropped = 0;
  bool terminated = true;
  friend bool operator==(const line&, const line&) = default;
};

/// The lines of a stream, found the simple way.
std::vector<line> lines_of(std::string_view stream, std::size_t limit) {
  std::vector<line> out;
  while (!stream.empty()) {
    const std::size_t end = std::min(stream.find('\n'), stream.size());
    const std::size_t kept = std::min(end, limit);
    out.push_back({std::string(stream.substr(0, kept)), end - kept, end < stream.size()});
    stream.remove_prefix(std::min(end + 1, stream.size()));
  }
  return out;
}

/// line_splitter by itself: unlike the decoder above it, it goes on behind a line that is too long.
void check_lines(std::size_t limit, byte_view stream, std::size_t about) {
  std::vector<line> found;
  const auto take = [&](const text_line& each) {
    found.push_back({std::string(each.text), each.dropped, each.terminated});
  };
  line_splitter splitter(limit);
  fuzz::cutter in(stream);
  while (!in.empty()) {
    const byte_view chunk = in.piece(about);
    splitter.feed({reinterpret_cast<const char*>(chunk.data()), chunk.size()}, take);
    promise(splitter.held() <= limit, "a splitter holds no more than its limit");
  }
  splitter.finish(take);
  promise(found == lines_of({reinterpret_cast<const char*>(stream.data()), stream.size()}, limit),
          "lines are cut where they end, and too long ones at the limit");
}

void check_memory(framing how, std::size_t limit, byte_view stream) {
  // Byte by byte nothing lies within one chunk: all that is held is held by the decoder.
  item_decoder decoder(how, limit);
  const fuzz::memory_meter meter;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (!decoder.feed(stream.subspan(i, 1), [](byte_view) {})) break;
  }
  constexpr std::size_t message = 2048;
  promise(meter.peak() <= 2 * limit + message,
          "a decoder holds no more than its limit, twice while it grows");
}

void check_written(framing how, std::size_t limit, const reading& whole) {
  byte_buffer out;
  for (const std::string& item : whole.items) {
    promise(append_item(out, how, as_bytes_view(item), limit).has_value(), "what was read can be written");
  }
  const reading again = read(how, limit, out.view(), 0);
  promise(!again.lost && again.items == whole.items, "what was written is read alike");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::cutter in(std::as_bytes(std::span(data, size)));
  const auto how = static_cast<framing>(in.byte() % 4);
  const std::size_t limit = in.byte();
  const std::size_t about = 1 + in.byte() % 16;
  const byte_view stream = in.rest();
  const reading whole = read(how, limit, stream, 0);
  const reading pieces = read(how, limit, stream, about);
  promise(whole.items == pieces.items, "items do not depend on how the chunks fall");
  promise(whole.lost.has_value() == pieces.lost.has_value(), "errors do not depend on how the chunks fall");
  if (whole.lost) {
    promise(whole.lost->code == errc::too_large || whole.lost->code == errc::malformed,
            "a stream is lost to what is too large or malformed");
    promise(whole.lost->code == pieces.lost->code, "nor do their codes");
  }
  check_written(how, limit, whole);
  check_lines(limit, stream, about);
  check_memory(how, limit, stream);
  return 0;
}
