#include <troupe/base/codec.hpp>
#include <troupe/base/text.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/sources/text_source.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace troupe::runtime {
namespace {

std::uint64_t count_not_utf8(std::string_view text) {
  if (is_utf8(text)) return 0;
  std::uint64_t bad = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (!is_utf8(text.substr(0, end))) ++bad;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return bad;
}

std::string_view without_end(std::string_view raw) {
  if (!raw.empty() && raw.back() == '\n') raw.remove_suffix(1);
  if (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
  return raw;
}

}  // namespace

text_source::text_source(std::unique_ptr<text_inputs> from, packing pack, config::batch limits,
                         unique_fd wake)
    : inputs_(std::move(from)), pack_(pack), limits_(limits), wake_(std::move(wake)) {
  if (pack_ == packing::single) limits_.size = 1;
  buffer_.resize(std::max<std::size_t>(std::min<std::size_t>(limits_.bytes, 1U << 20U) * 2, 256U << 10U));
}

result<std::unique_ptr<text_source>> text_source::open(std::unique_ptr<text_inputs> from, packing pack,
                                                       config::batch limits) {
  unique_fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_errno("make a wake descriptor for a source");
  return std::unique_ptr<text_source>(new text_source(std::move(from), pack, limits, std::move(wake)));
}

void text_source::stop() {
  stopped_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written =
      ::write(wake_.get(), &one, sizeof one);  // full: it is readable already
  inputs_->interrupt();
}

bool text_source::would_wait() const {
  if (input_ < 0 || (at_end_ && begin_ == end_)) return inputs_->may_wait();
  if (!may_wait_ || at_end_) return false;
  return std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_) == nullptr;
}

result<bool> text_source::open_next_stream() {
  if (std::exchange(input_, -1) >= 0)
    if (auto fine = inputs_->ended(wake_.get()); !fine) return tl::unexpected(fine.error());
  const auto opened = inputs_->open_next(wake_.get());
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return false;
  input_ = **opened;
  name_ = inputs_->name();
  struct stat kind {};
  may_wait_ = ::fstat(input_, &kind) == 0 && !S_ISREG(kind.st_mode);
  all_written_ = false;
  at_end_ = false;
  number_ = 1;
  begin_ = end_ = scanned_ = 0;
  lines_ = 0;
  return true;
}

/// What was written before the end of its writer is there when that end is seen.
result<text_source::filled> text_source::wait_for_input(deadline until) {
  while (true) {
    std::array<pollfd, 3> watched{{{input_, POLLIN, 0},
                                   {wake_.get(), POLLIN, 0},
                                   {all_written_ ? -1 : inputs_->end_mark(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), all_written_ ? 0 : until.poll_ms());
    if (ready < 0 && errno != EINTR) return fail_errno("wait for " + inputs_->shown());
    if (stopped_.load(std::memory_order_acquire)) return filled::stopped;
    if (ready > 0 && watched[0].revents != 0) return filled::more;
    if (ready == 0) return all_written_ ? filled::end : filled::waited;
    if (ready > 0 && watched[2].revents != 0) all_written_ = true;
  }
}

result<text_source::filled> text_source::fill(deadline until) {
  if (begin_ > 0 && buffer_.size() - end_ < buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  while (true) {
    if (may_wait_) {
      const auto came = wait_for_input(until);
      if (!came || *came != filled::more) return came;
    } else if (stopped_.load(std::memory_order_acquire)) {
      return filled::stopped;
    }
    const auto got = ::read(input_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail_errno("read " + inputs_->shown());
    if (got == 0) return filled::end;
    end_ += static_cast<std::size_t>(got);
    return filled::more;
  }
}

void text_source::scan() {
  while (lines_ < limits_.size && scanned_ < end_) {
    const char* from = buffer_.data() + scanned_;
    const auto most = std::min(end_ - scanned_, max_line_bytes + 1);
    const auto* found = static_cast<const char*>(std::memchr(from, '\n', most));
    if (found == nullptr) return;
    const auto line_end = static_cast<std::size_t>(found - buffer_.data()) + 1;
    if (lines_ > 0 && line_end - begin_ > limits_.bytes) return;
    scanned_ = line_end;
    ++lines_;
  }
}

bool text_source::batch_is_full() const noexcept {
  return lines_ > 0 && (lines_ >= limits_.size || end_ - begin_ >= limits_.bytes);
}

result<std::optional<portion>> text_source::next() {
  auto patience = deadline::never();
  while (true) {
    if (input_ < 0 || (at_end_ && begin_ == end_)) {
      auto opened = open_next_stream();
      if (!opened) return tl::unexpected(opened.error());
      if (!*opened) return std::nullopt;
    }
    scan();
    if (!batch_is_full() && end_ - scanned_ > max_line_bytes)  // else scan() had found its end
      return fail(errc::too_large, inputs_->shown() + " line " + std::to_string(number_ + lines_) +
                                       ": longer than " + format_bytes(max_line_bytes) +
                                       "; is this a text file? split = \"none\" hands over whole files");
    if (at_end_ && begin_ < end_ && !batch_is_full() && scanned_ < end_) {
      // The last line of the file has no end.
      scanned_ = end_;
      ++lines_;
    }
    if (batch_is_full() || (at_end_ && lines_ > 0)) return cut();
    if (at_end_) continue;
    if (lines_ > 0 && patience.is_never()) patience = deadline::after(limits_.wait);
    auto got = fill(patience);
    if (!got) return tl::unexpected(got.error());
    if ((*got == filled::waited || *got == filled::stopped) && lines_ > 0) return cut();
    if (*got == filled::stopped) return std::nullopt;
    if (*got == filled::end) at_end_ = true;
  }
}

portion text_source::cut() {
  const std::string_view text(buffer_.data() + begin_, scanned_ - begin_);
  portion ready{lines_, pack_lines(text), text.size(), count_not_utf8(text)};
  begin_ = scanned_;
  number_ += lines_;
  lines_ = 0;
  return ready;
}

bytes text_source::pack_lines(std::string_view text) const {
  byte_buffer out;
  if (pack_ == packing::block) {
    out.reserve(text.size() + name_.size() + 32);
    encode(out, lines{bytes(nullptr, as_bytes_view(text)), name_, number_});
  } else if (pack_ == packing::single) {
    encode(out, line{std::string(without_end(text)), name_, number_});
  } else {
    std::vector<line> all;
    for (auto number = number_; !text.empty(); ++number) {
      const auto length = std::min(text.find('\n'), text.size() - 1) + 1;
      all.push_back({std::string(without_end(text.substr(0, length))), name_, number});
      text.remove_prefix(length);
    }
    encode(out, all);
  }
  return out.take();
}

}  // namespace troupe::runtime
