#include <troupe/spawn/internal/descriptor_text.hpp>
#include <troupe/spawn/pipes/line_reader.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace troupe::spawn {

line_reader::line_reader(unique_fd owned, int fd, std::size_t limit)
    : owned_(std::move(owned)),
      fd_(fd),
      limit_(limit),
      buffer_(std::make_unique_for_overwrite<char[]>(pipe_capacity)) {}

line_reader::line_reader(unique_fd fd, std::size_t limit) : line_reader(unique_fd(), fd.get(), limit) {
  owned_ = std::move(fd);
}

line_reader line_reader::borrowing(int fd, std::size_t limit) {
  return {unique_fd(), fd, limit};
}

result<std::optional<text_line>> line_reader::next(deadline until) {
  if (was_spilled_) {
    spilled_->clear();
    dropped_ = 0;
    was_spilled_ = false;
  }
  for (;;) {
    const char* const from = buffer_.get() + searched_;
    if (const void* const found = std::memchr(from, '\n', end_ - searched_)) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get());
      return deliver(at - begin_, true);
    }
    searched_ = end_;
    if (has_ended_) {
      const bool nothing_left = begin_ == end_ && (!spilled_ || (spilled_->empty() && dropped_ == 0));
      if (nothing_left) return std::nullopt;
      return deliver(end_ - begin_, false);
    }
    make_room();
    if (auto more = read_more(until); !more) return tl::unexpected(std::move(more.error()));
  }
}

/// The line of `length` bytes at begin_, behind what was spilled of it.
text_line line_reader::deliver(std::size_t length, bool terminated) {
  const bool is_whole = !spilled_ || (spilled_->empty() && dropped_ == 0);
  text_line line{{buffer_.get() + begin_, std::min(length, limit_)}, 0, terminated};
  line.dropped = length - line.text.size();
  if (!is_whole) {
    spill(length);
    line = {*spilled_, dropped_, terminated};
    was_spilled_ = true;
  }
  begin_ += length + (terminated ? 1 : 0);
  searched_ = begin_;
  return line;
}

void line_reader::spill(std::size_t length) {
  if (!spilled_) spilled_ = std::make_unique<std::string>();
  const std::size_t fits = std::min(length, limit_ - spilled_->size());
  spilled_->append(buffer_.get() + begin_, fits);
  dropped_ += length - fits;
}

/// Moves the unfinished line to the front of the buffer, or out of it when it fills all of it.
void line_reader::make_room() {
  const std::size_t length = end_ - begin_;
  if (length == pipe_capacity) {
    spill(length);
    end_ = 0;
  } else {
    if (begin_ != 0 && length != 0) std::memmove(buffer_.get(), buffer_.get() + begin_, length);
    end_ = length;
  }
  begin_ = 0;
  searched_ = end_;
}

result<> line_reader::read_more(deadline until) {
  const auto room = std::as_writable_bytes(std::span(buffer_.get() + end_, pipe_capacity - end_));
  bool must_wait = !until.is_never();  // a blocking descriptor would not come back by the deadline
  for (;;) {
    if (must_wait) {
      const auto ready = wait_ready(fd_, readiness::read, until);
      if (!ready) return tl::unexpected(ready.error());
      if (!*ready)
        return fail(errc::timed_out, internal::on_descriptor("read a line from", fd_) + ": " +
                                         std::to_string(end_ + (spilled_ ? spilled_->size() : 0)) +
                                         " bytes of it have come");
    }
    const auto got = read_some(fd_, room);
    if (!got) return tl::unexpected(got.error());
    must_wait = true;
    if (!*got) continue;
    end_ += **got;
    has_ended_ = **got == 0;
    return {};
  }
}

}  // namespace troupe::spawn
