#include <troupe/spawn/internal/stream_ring.hpp>
#include <troupe/spawn/pipes/byte_stream.hpp>

#include <new>
#include <string>
#include <utility>

namespace troupe::spawn {
namespace {

tl::unexpected<error> fail_stream(errc code, const char* what, std::size_t done, std::size_t wanted) {
  return fail(code, std::string(what) + " a byte stream: " + std::to_string(done) + " of " +
                        std::to_string(wanted) + " bytes were done");
}

}  // namespace

stream_writer::stream_writer(std::shared_ptr<internal::stream_ring> ring) noexcept : ring_(std::move(ring)) {}

stream_writer& stream_writer::operator=(stream_writer&& other) noexcept {
  if (this == &other) return *this;
  close();
  ring_ = std::move(other.ring_);
  return *this;
}

stream_writer::~stream_writer() {
  close();
}

result<> stream_writer::write_all(byte_view from, deadline until) {
  if (!ring_) return fail(errc::closed, "write to a byte stream");
  std::size_t done = 0;
  do {
    if (done != 0 && until.passed()) return fail_stream(errc::timed_out, "write to", done, from.size());
    const auto taken = ring_->write(from.subspan(done), until);
    if (!taken) return tl::unexpected(taken.error());
    if (!*taken) return fail_stream(errc::timed_out, "write to", done, from.size());
    done += **taken;
  } while (done < from.size());
  return {};
}

result<std::size_t> stream_writer::write_some(byte_view from, deadline until) {
  if (!ring_) return fail(errc::closed, "write to a byte stream");
  const auto taken = ring_->write(from, until);
  if (!taken) return tl::unexpected(taken.error());
  if (!*taken) return fail(errc::timed_out, "write to a byte stream");
  return **taken;
}

result<std::optional<std::size_t>> stream_writer::try_write(byte_view from) {
  if (!ring_) return fail(errc::closed, "write to a byte stream");
  return ring_->write(from, std::nullopt);
}

void stream_writer::close() noexcept {
  if (!ring_) return;
  ring_->close_writer();
  ring_.reset();
}

stream_reader::stream_reader(std::shared_ptr<internal::stream_ring> ring) noexcept : ring_(std::move(ring)) {}

stream_reader& stream_reader::operator=(stream_reader&& other) noexcept {
  if (this == &other) return *this;
  close();
  ring_ = std::move(other.ring_);
  return *this;
}

stream_reader::~stream_reader() {
  close();
}

result<std::size_t> stream_reader::read_some(std::span<std::byte> into, deadline until) {
  if (!ring_) return fail(errc::closed, "read from a byte stream");
  const auto got = ring_->read(into, until);
  if (!got) return tl::unexpected(got.error());
  if (!*got) return fail(errc::timed_out, "read from a byte stream");
  return **got;
}

result<> stream_reader::read_exact(std::span<std::byte> into, deadline until) {
  if (!ring_) return fail(errc::closed, "read from a byte stream");
  std::size_t done = 0;
  while (done < into.size()) {
    if (done != 0 && until.passed()) return fail_stream(errc::timed_out, "read from", done, into.size());
    const auto got = ring_->read(into.subspan(done), until);
    if (!got) return tl::unexpected(got.error());
    if (!*got) return fail_stream(errc::timed_out, "read from", done, into.size());
    if (**got == 0) return fail_stream(errc::end_of_file, "read from", done, into.size());
    done += **got;
  }
  return {};
}

result<std::optional<std::size_t>> stream_reader::try_read(std::span<std::byte> into) {
  if (!ring_) return fail(errc::closed, "read from a byte stream");
  return ring_->read(into, std::nullopt);
}

void stream_reader::close() noexcept {
  if (!ring_) return;
  ring_->close_reader();
  ring_.reset();
}

result<stream_ends> make_stream(std::size_t capacity) {
  if (capacity == 0) return fail(errc::invalid_argument, "make a byte stream of 0 bytes");
  try {
    auto ring = std::make_shared<internal::stream_ring>(capacity);
    return stream_ends{stream_writer(ring), stream_reader(ring)};
  } catch (const std::bad_alloc&) {
    return fail(errc::exhausted, "make a byte stream of " + std::to_string(capacity) + " bytes");
  }
}

result<duplex_ends> make_duplex(std::size_t capacity) {
  auto there = make_stream(capacity);
  if (!there) return tl::unexpected(std::move(there.error()));
  auto back = make_stream(capacity);
  if (!back) return tl::unexpected(std::move(back.error()));
  return duplex_ends{{std::move(back->read_end), std::move(there->write_end)},
                     {std::move(there->read_end), std::move(back->write_end)}};
}

}  // namespace troupe::spawn
