// Any bytes as one frame of a link.
#include "../promise.hpp"

#include <troupe/transport/frame.hpp>
#include <troupe/transport/limits.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <variant>
#include <vector>

namespace {

using namespace troupe;
using namespace troupe::transport;
using fuzz::promise;

// The dearest entry is a shape of a REFUSE: ten bytes become 72, and as many again where strings leave their object.
constexpr std::size_t most_memory_per_byte = 16;
constexpr std::size_t memory_of_a_message = 1024;

std::vector<std::byte> encoded(const data_frame& from) {
  data_writer out;
  for (const record& one : from.records) out.append(one.channel, {}, one.payload.view());
  auto whole = out.finish();
  stamp(whole, from.sequence);
  return whole;
}
template <class Frame>
std::vector<std::byte> encoded(const Frame& from) {
  return encode(from);
}

void check_slices(const data_frame& data, const bytes& received) {
  const byte_view whole = received.view();
  const std::less_equal<const std::byte*> before;
  for (const record& one : data.records) {
    const byte_view part = one.payload.view();
    promise(part.empty() || (before(whole.data(), part.data()) &&
                             before(part.data() + part.size(), whole.data() + whole.size())),
            "a record is a slice of its frame");
  }
}

void check_accepted(const frame& read, const bytes& received) {
  const std::vector<std::byte> again = std::visit([](const auto& kind) { return encoded(kind); }, read);
  promise(std::ranges::equal(again, received.view()),
          "a frame that can be read is written alike, byte by byte");
  if (const auto* data = std::get_if<data_frame>(&read)) check_slices(*data, received);
  if (const auto* hello = std::get_if<hello_frame>(&read)) {
    const auto greeted = read_greeting(received.view());
    promise(
        greeted && greeted->version_min == hello->version_min && greeted->version_max == hello->version_max,
        "a HELLO begins with its greeting");
  }
  std::vector<std::byte> other(received.view().begin(), received.view().end());
  other.push_back(std::byte{0});
  promise(!decode(bytes::copy_of(other)), "a byte behind the frame is refused");
  promise(!decode(received.slice(0, received.size() - 1)), "a frame without its last byte is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes received = bytes::copy_of(std::as_bytes(std::span(data, size)));
  std::size_t peak = 0;
  const auto read = [&] {
    const fuzz::memory_meter meter;
    auto decoded = decode(received);
    peak = meter.peak();
    return decoded;
  }();
  promise(peak <= most_memory_per_byte * size + memory_of_a_message,
          "decoding takes no more memory than a multiple of the frame");
  if (read) {
    check_accepted(*read, received);
  } else {
    promise(read.error().code == errc::malformed || read.error().code == errc::too_large,
            "a frame that cannot be read is malformed or too large");
    promise(!read.error().context.empty(), "an error says what is wrong");
  }
  return 0;
}
