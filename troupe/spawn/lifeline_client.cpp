#include <troupe/spawn/internal/frames.hpp>
#include <troupe/spawn/lifeline.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <array>
#include <utility>

namespace troupe::spawn {

lifeline_client::lifeline_client(unique_fd read_end, unique_fd write_end, lifeline_limits limits)
    : read_end_(std::move(read_end)),
      limits_(limits),
      splitter_(limits.frame),
      write_end_(std::move(write_end)) {}

result<bytes> lifeline_client::read() {
  while (arrived_.empty()) {
    if (!lost_) {
      if (auto more = read_more(); !more) lost_ = std::move(more.error());
    } else {
      return tl::unexpected(*lost_);
    }
  }
  bytes next = std::move(arrived_.front());
  arrived_.pop_front();
  return next;
}

/// Waits for the next chunk; frames that came before an error are kept.
result<> lifeline_client::read_more() {
  std::array<std::byte, pipe_capacity> chunk;
  const auto got = read_some(read_end_.get(), chunk);
  if (!got) return tl::unexpected(within("read from the lifeline", got.error()));
  if (!*got) {
    const auto ready = wait_ready(read_end_.get(), readiness::read);  // somebody made it non-blocking
    return ready ? result<>() : tl::unexpected(ready.error());
  }
  if (**got == 0) return tl::unexpected(internal::peer_ended(splitter_.at_boundary()));
  const auto cut = splitter_.feed(byte_view(chunk).first(**got),
                                  [this](byte_view frame) { arrived_.push_back(bytes::copy_of(frame)); });
  return cut ? result<>() : tl::unexpected(within("read from the lifeline", cut.error()));
}

result<> lifeline_client::send(byte_view payload) {
  if (auto fits = internal::check_frame_size(payload, limits_.frame); !fits) return fits;
  const std::lock_guard lock(send_mutex_);
  outgoing_.clear();
  append_frame(outgoing_, payload);
  auto written = write_all(write_end_.get(), outgoing_.view());
  if (outgoing_.size() > internal::memory_kept) outgoing_ = byte_buffer();
  if (!written) return tl::unexpected(within("send over the lifeline", std::move(written.error())));
  return {};
}

}  // namespace troupe::spawn
