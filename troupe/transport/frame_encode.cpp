#include <troupe/transport/frame.hpp>
#include <troupe/transport/internal/little_endian.hpp>
#include <troupe/transport/limits.hpp>

#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace troupe::transport {
namespace {

/// Most frames other than DATA stay below it.
constexpr std::size_t usual_size = 256;

class writer {
 public:
  explicit writer(frame_kind kind) {
    out_.reserve(usual_size);
    number(static_cast<std::uint8_t>(kind));
  }

  template <class T>
  void number(T value) {
    const auto at = out_.size();
    out_.resize(at + sizeof(T));
    store_le(out_.data() + at, value);
  }
  void raw(byte_view from) { out_.insert(out_.end(), from.begin(), from.end()); }
  template <class Length>
  void text(std::string_view from, std::size_t most) {
    from = from.substr(0, most);
    number(static_cast<Length>(from.size()));
    raw(as_bytes_view(from));
  }
  void name(std::string_view from) { text<std::uint16_t>(from, limits::max_name); }
  void who(const peer& from) {
    name(from.node);
    number(from.epoch);
  }
  void size(const window& from) {
    number(from.items);
    number(from.bytes);
  }
  template <class List>
  void count(const List& from) {
    number(static_cast<std::uint32_t>(from.size()));
  }
  /// Behind the kind, in front of all else, in frames behind the handshake.
  void numbered(std::size_t entries, std::uint64_t sequence) {
    out_.resize(4);
    number(static_cast<std::uint32_t>(entries));
    number(sequence);
  }
  std::vector<std::byte> finish() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

}  // namespace

std::vector<std::byte> encode(const hello_frame& from) {
  writer out(frame_kind::hello);
  out.raw(as_bytes_view(limits::magic));
  out.number(from.version_min);
  out.number(from.version_max);
  out.name(from.system);
  out.raw(from.key.secret);
  out.who(from.from);
  out.who(from.to);
  out.number(from.link_epoch);
  out.count(from.channels);
  for (const auto& one : from.channels) {
    out.number(one.number);
    out.name(one.name);
    out.number(one.shape_hash);
    out.size(one.receive);
  }
  return out.finish();
}

std::vector<std::byte> encode(const welcome_frame& from) {
  writer out(frame_kind::welcome);
  out.number(from.version);
  out.who(from.from);
  out.count(from.channels);
  for (const auto& one : from.channels) {
    out.number(one.number);
    out.size(one.receive);
  }
  return out.finish();
}

std::vector<std::byte> encode(const refuse_frame& from) {
  writer out(frame_kind::refuse);
  out.number(static_cast<std::uint8_t>(from.reason));
  out.number(from.version_min);
  out.number(from.version_max);
  out.who(from.from);
  out.text<std::uint16_t>(from.text, limits::max_text);
  out.count(from.shapes);
  for (const auto& one : from.shapes) {
    out.number(one.number);
    out.name(one.name);
    out.text<std::uint32_t>(one.shape, limits::max_shape);
  }
  return out.finish();
}

std::vector<std::byte> encode(const credit_frame& from) {
  writer out(frame_kind::credit);
  out.numbered(from.grants.size(), from.sequence);
  for (const auto& one : from.grants) {
    out.number(one.channel);
    out.size(one.back);
  }
  return out.finish();
}

std::vector<std::byte> encode(const ping_frame& from) {
  writer out(frame_kind::ping);
  out.numbered(0, from.sequence);
  out.number(from.nonce);
  return out.finish();
}

std::vector<std::byte> encode(const pong_frame& from) {
  writer out(frame_kind::pong);
  out.numbered(0, from.sequence);
  out.number(from.nonce);
  return out.finish();
}

std::vector<std::byte> encode(const bye_frame& from) {
  writer out(frame_kind::bye);
  out.numbered(0, from.sequence);
  return out.finish();
}

void stamp(std::vector<std::byte>& encoded, std::uint64_t sequence) noexcept {
  assert(encoded.size() >= limits::frame_head);
  store_le(encoded.data() + limits::sequence_at, sequence);
}

bool data_writer::fits(std::size_t record_bytes) const noexcept {
  if (count_ >= limits::max_records) return false;
  return std::max(size(), limits::frame_head) + limits::record_head + record_bytes <= limits::target_frame;
}

void data_writer::append(std::uint32_t channel, byte_view header, byte_view payload) {
  append_head(channel, header, payload.size());
  if (payload.empty()) return;
  const auto at = buffer_.size();
  buffer_.resize(at + payload.size());
  std::memcpy(buffer_.data() + at, payload.data(), payload.size());
}

bool data_writer::can_extend(std::size_t more) const noexcept {
  return count_ > 0 && size() + more <= limits::target_frame;
}

void data_writer::extend(byte_view more) {
  const auto at = buffer_.size();
  buffer_.resize(at + more.size());
  std::memcpy(buffer_.data() + at, more.data(), more.size());
  std::byte* const length = buffer_.data() + last_ + 4;
  store_le(length, load_le<std::uint32_t>(length) + static_cast<std::uint32_t>(more.size()));
}

void data_writer::append_head(std::uint32_t channel, byte_view header, std::size_t payload_bytes) {
  assert(header.size() + payload_bytes <= limits::max_record);
  if (count_ == 0) {
    buffer_.assign(limits::frame_head, std::byte{0});
    buffer_[0] = std::byte{static_cast<std::uint8_t>(frame_kind::data)};
  }
  const auto at = buffer_.size();
  last_ = at;
  buffer_.resize(at + limits::record_head + header.size());
  std::byte* const to = buffer_.data() + at;
  store_le(to, channel);
  store_le(to + 4, static_cast<std::uint32_t>(header.size() + payload_bytes));
  if (!header.empty()) std::memcpy(to + limits::record_head, header.data(), header.size());
  ++count_;
}

std::vector<std::byte> data_writer::finish(std::vector<std::byte> next) {
  assert(count_ > 0);
  store_le(buffer_.data() + 4, count_);
  count_ = 0;
  next.clear();
  return std::exchange(buffer_, std::move(next));
}

result<token> token::random() {
  token fresh;
  std::size_t filled = 0;
  while (filled < fresh.secret.size()) {
    const auto got = ::getrandom(fresh.secret.data() + filled, fresh.secret.size() - filled, 0);
    if (got < 0 && errno != EINTR) return fail_errno("getrandom for the token of a run");
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return fresh;
}

bool token::same(const token& other) const noexcept {
  auto difference = std::byte{0};
  for (std::size_t i = 0; i < secret.size(); ++i) difference |= secret[i] ^ other.secret[i];
  return difference == std::byte{0};
}

}  // namespace troupe::transport
