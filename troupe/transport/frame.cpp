#include <troupe/transport/frame.hpp>
#include <troupe/transport/internal/little_endian.hpp>
#include <troupe/transport/limits.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

namespace troupe::transport {
namespace {

/// Takes fields off the front of a frame. After the first field that does not fit everything reads as empty,
/// and finish() says what was wrong; so a decoder reads straight down and asks once.
class reader {
 public:
  reader(const bytes& from, std::string_view kind) : from_(from), kind_(kind) {}

  template <class T>
  T number(const char* what) {
    if (!need(sizeof(T), what)) return 0;
    const T value = load_le<T>(from_.data() + at_);
    at_ += sizeof(T);
    return value;
  }
  template <class Length>
  std::string text(std::size_t most, const char* what) {
    const auto length = number<Length>(what);
    if (length > most) fail(errc::too_large, what, length, most);
    if (!need(length, what)) return {};
    const auto* start = reinterpret_cast<const char*>(from_.data() + at_);
    at_ += length;
    return {start, length};
  }
  /// A count of entries of at least `each` bytes, so that reserving for it is safe.
  std::uint32_t count(std::uint32_t most, std::size_t each, const char* what) {
    const auto entries = number<std::uint32_t>(what);
    if (entries > most) fail(errc::too_large, what, entries, most);
    return need(std::size_t{entries} * each, what) ? entries : 0;
  }
  bytes slice(const char* what) {
    const auto length = number<std::uint32_t>(what);
    if (!need(length, what)) return {};
    at_ += length;
    return from_.slice(at_ - length, length);
  }
  struct head {
    std::uint32_t count = 0;
    std::uint64_t sequence = 0;
  };
  /// What stands in front of a frame behind the handshake; the count is of entries of at least `each` bytes.
  head numbered(std::uint32_t most, std::size_t each, const char* what) {
    for (int padding = 3; padding > 0; --padding) {
      if (number<std::uint8_t>("padding") != 0) fail_malformed("padding that is not zero");
    }
    const auto entries = number<std::uint32_t>(what);
    if (entries > most) fail(errc::too_large, what, entries, most);
    const auto sequence = number<std::uint64_t>("sequence");
    if (ok() && sequence == 0) fail_malformed("a sequence of 0: the first frame has number 1");
    return {need(std::size_t{entries} * each, what) ? entries : 0, sequence};
  }
  void fail_malformed(const std::string& why) {
    if (!error_) error_ = error{errc::malformed, std::string(kind_) + " frame: " + why, 0};
  }
  [[nodiscard]] bool ok() const noexcept { return !error_; }

  /// The value, when every field was there and no byte is left over.
  template <class T>
  result<frame> finish(T&& value) {
    if (at_ != from_.size()) fail_malformed(std::to_string(from_.size() - at_) + " bytes too many");
    if (error_) return tl::unexpected<error>(std::move(*error_));
    return frame(std::forward<T>(value));
  }

 private:
  bool need(std::size_t length, const char* what) {
    if (error_) return false;
    if (length <= from_.size() - at_) return true;
    fail_malformed("ends at byte " + std::to_string(from_.size()) + " inside " + what);
    return false;
  }
  void fail(errc code, const char* what, std::size_t found, std::size_t most) {
    if (error_) return;
    error_ = error{code,
                   std::string(kind_) + " frame: " + what + " of " + std::to_string(found) + ", at most " +
                       std::to_string(most) + " are allowed",
                   0};
  }

  const bytes& from_;
  std::string_view kind_;
  std::size_t at_ = 1;  // behind the kind
  std::optional<error> error_;
};

peer read_peer(reader& in) {
  peer who;
  who.node = in.text<std::uint16_t>(limits::max_name, "node name");
  who.epoch = in.number<std::uint64_t>("node epoch");
  return who;
}

window read_window(reader& in) {
  window size;
  size.items = in.number<std::uint32_t>("window items");
  size.bytes = in.number<std::uint64_t>("window bytes");
  return size;
}

result<frame> decode_hello(const bytes& received) {
  const auto greeted = read_greeting(received.view());
  if (!greeted) return tl::unexpected<error>(greeted.error());
  reader in(received, "HELLO");
  in.number<std::uint64_t>("magic");
  hello_frame hello;
  hello.version_min = in.number<std::uint16_t>("versions");
  hello.version_max = in.number<std::uint16_t>("versions");
  hello.system = in.text<std::uint16_t>(limits::max_name, "system id");
  for (auto& byte : hello.key.secret) byte = std::byte{in.number<std::uint8_t>("token")};
  hello.from = read_peer(in);
  hello.to = read_peer(in);
  hello.link_epoch = in.number<std::uint64_t>("link epoch");
  const auto count = in.count(limits::max_channels, 26, "channels");
  hello.channels.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    hello_frame::declared one;
    one.number = in.number<std::uint32_t>("channel number");
    one.name = in.text<std::uint16_t>(limits::max_name, "channel name");
    one.shape_hash = in.number<std::uint64_t>("shape hash");
    one.receive = read_window(in);
    hello.channels.push_back(std::move(one));
  }
  return in.finish(std::move(hello));
}

result<frame> decode_welcome(const bytes& received) {
  reader in(received, "WELCOME");
  welcome_frame welcome;
  welcome.version = in.number<std::uint16_t>("version");
  welcome.from = read_peer(in);
  const auto count = in.count(limits::max_channels, 16, "channels");
  welcome.channels.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto number = in.number<std::uint32_t>("channel number");
    welcome.channels.push_back({number, read_window(in)});
  }
  return in.finish(std::move(welcome));
}

result<frame> decode_refuse(const bytes& received) {
  reader in(received, "REFUSE");
  refuse_frame refuse;
  const auto reason = in.number<std::uint8_t>("reason");
  if (reason < 1 || reason > static_cast<std::uint8_t>(refusal::lost)) {
    in.fail_malformed("reason " + std::to_string(reason));
  }
  refuse.reason = static_cast<refusal>(reason);
  refuse.version_min = in.number<std::uint16_t>("versions");
  refuse.version_max = in.number<std::uint16_t>("versions");
  refuse.from = read_peer(in);
  refuse.text = in.text<std::uint16_t>(limits::max_text, "text");
  const auto count = in.count(limits::max_channels, 10, "shapes");
  refuse.shapes.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    refuse_frame::shape_of one;
    one.number = in.number<std::uint32_t>("channel number");
    one.name = in.text<std::uint16_t>(limits::max_name, "channel name");
    one.shape = in.text<std::uint32_t>(limits::max_shape, "shape");
    refuse.shapes.push_back(std::move(one));
  }
  return in.finish(std::move(refuse));
}

result<frame> decode_data(const bytes& received) {
  reader in(received, "DATA");
  const auto [count, sequence] = in.numbered(limits::max_records, limits::record_head, "records");
  data_frame data{{}, sequence};
  if (in.ok() && count == 0) in.fail_malformed("no records");
  data.records.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto channel = in.number<std::uint32_t>("channel");
    data.records.push_back({channel, in.slice("record")});
  }
  return in.finish(std::move(data));
}

result<frame> decode_credit(const bytes& received) {
  reader in(received, "CREDIT");
  const auto [count, sequence] = in.numbered(limits::max_records, 16, "grants");
  credit_frame credit{{}, sequence};
  credit.grants.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto channel = in.number<std::uint32_t>("channel");
    credit.grants.push_back({channel, read_window(in)});
  }
  return in.finish(std::move(credit));
}

}  // namespace

result<frame> decode(const bytes& received) {
  if (received.empty()) return fail(errc::malformed, "an empty frame");
  if (received.size() > limits::max_frame) {
    return fail(errc::too_large, "a frame of " + std::to_string(received.size()) + " bytes, at most " +
                                     std::to_string(limits::max_frame) + " are allowed");
  }
  const auto kind = std::to_integer<std::uint8_t>(received.view()[0]);
  switch (static_cast<frame_kind>(kind)) {
    case frame_kind::hello:
      return decode_hello(received);
    case frame_kind::welcome:
      return decode_welcome(received);
    case frame_kind::refuse:
      return decode_refuse(received);
    case frame_kind::data:
      return decode_data(received);
    case frame_kind::credit:
      return decode_credit(received);
    case frame_kind::ping: {
      reader in(received, "PING");
      const auto sequence = in.numbered(0, 0, "count").sequence;
      return in.finish(ping_frame{in.number<std::uint64_t>("nonce"), sequence});
    }
    case frame_kind::pong: {
      reader in(received, "PONG");
      const auto sequence = in.numbered(0, 0, "count").sequence;
      return in.finish(pong_frame{in.number<std::uint64_t>("nonce"), sequence});
    }
    case frame_kind::bye: {
      reader in(received, "BYE");
      return in.finish(bye_frame{in.numbered(0, 0, "count").sequence});
    }
  }
  return fail(errc::malformed, "a frame of unknown kind " + std::to_string(kind));
}

std::uint64_t sequence_of(const frame& numbered) noexcept {
  if (const auto* data = std::get_if<data_frame>(&numbered)) return data->sequence;
  if (const auto* credit = std::get_if<credit_frame>(&numbered)) return credit->sequence;
  if (const auto* ping = std::get_if<ping_frame>(&numbered)) return ping->sequence;
  if (const auto* pong = std::get_if<pong_frame>(&numbered)) return pong->sequence;
  if (const auto* bye = std::get_if<bye_frame>(&numbered)) return bye->sequence;
  return 0;
}

result<greeting> read_greeting(byte_view received) {
  constexpr std::size_t length = 1 + limits::magic.size() + 4;
  if (received.size() < length || received[0] != std::byte{static_cast<std::uint8_t>(frame_kind::hello)} ||
      std::memcmp(received.data() + 1, limits::magic.data(), limits::magic.size()) != 0) {
    return fail(errc::malformed, "the first " + std::to_string(std::min(received.size(), length)) +
                                     " bytes are not troupe's greeting");
  }
  const auto* versions = received.data() + 1 + limits::magic.size();
  return greeting{load_le<std::uint16_t>(versions), load_le<std::uint16_t>(versions + 2)};
}

}  // namespace troupe::transport
