// transport/credit.hpp - how much one side may send on a channel before the other has dequeued.
// Threads: plain values; the link that holds them locks.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace troupe::transport {

/// The size of a window, or an amount of credit: records, and their bytes (header + payload of each).
struct window {
  std::uint32_t items = 4096;
  std::uint64_t bytes = 4u << 20;
  friend bool operator==(const window&, const window&) = default;
};

/// Credit goes back in lots of a quarter of the window. So less than one lot may be out for as long as nothing is sent, and
/// that is as good as nothing.
[[nodiscard]] constexpr window lot_of(window full) noexcept {
  return {std::max(1U, full.items / 4), std::max<std::uint64_t>(1, full.bytes / 4)};
}

/// What is out of a window. The sender keeps one per channel and asks it before a record leaves; the receiver
/// keeps the mirror image and finds out whether the sender obeyed.
class credit_account {
 public:
  credit_account() noexcept : credit_account(window{0, 0}) {}
  explicit credit_account(window full) noexcept : full_(full) {}

  /// May a record of so many bytes go now? One that does not fit may go when less than a lot is out: it would wait for
  /// ever otherwise. A window without items lets nothing pass.
  [[nodiscard]] bool room(std::uint64_t bytes) const noexcept {
    if (out_.items >= full_.items) return false;
    if (bytes <= full_.bytes && out_.bytes <= full_.bytes - bytes) return true;
    const window lot = lot_of(full_);
    return out_.items < lot.items && out_.bytes < lot.bytes;
  }
  /// Only after room(bytes) said yes.
  void spend(std::uint64_t bytes) noexcept {
    ++out_.items;
    out_.bytes += bytes;
  }
  /// The same for more bytes of the last record.
  [[nodiscard]] bool room_for_more(std::uint64_t bytes) const noexcept {
    return bytes <= full_.bytes && out_.bytes <= full_.bytes - bytes;
  }
  void spend_more(std::uint64_t bytes) noexcept { out_.bytes += bytes; }
  /// Credit comes back. False, and nothing changes, when it is more than is out: the other side miscounts.
  [[nodiscard]] bool grant(window back) noexcept {
    if (back.items > out_.items || back.bytes > out_.bytes) return false;
    if (back.items == out_.items && back.bytes != out_.bytes) return false;
    out_.items -= back.items;
    out_.bytes -= back.bytes;
    return true;
  }
  [[nodiscard]] window out() const noexcept { return out_; }
  [[nodiscard]] window full() const noexcept { return full_; }

 private:
  window full_;
  window out_{0, 0};
};

/// The receiver's side of a channel: counts arrivals against the window and decides when credit goes back: by the lot, not
/// whenever nothing is left to be dequeued, or a receiver that keeps up would answer every frame.
class credit_returns {
 public:
  credit_returns() noexcept : credit_returns(window{0, 0}) {}
  explicit credit_returns(window full) noexcept : account_(full) {}

  /// False when the sender had no credit for this record.
  [[nodiscard]] bool arrived(std::uint64_t bytes) noexcept {
    if (!account_.room(bytes)) return false;
    account_.spend(bytes);
    return true;
  }
  /// So much was taken by its consumer. False when it is more than arrived: the caller miscounts; nothing
  /// changes.
  [[nodiscard]] bool dequeued(window taken) noexcept {
    const window out = account_.out();
    if (taken.items > out.items - owed_.items || taken.bytes > out.bytes - owed_.bytes) return false;
    owed_.items += taken.items;
    owed_.bytes += taken.bytes;
    return true;
  }
  /// True when take() would give something.
  [[nodiscard]] bool due() const noexcept {
    const window lot = lot_of(account_.full());
    return owed_.items >= lot.items || owed_.bytes >= lot.bytes;
  }
  /// What to grant now, nullopt when it may wait.
  [[nodiscard]] std::optional<window> take() noexcept {
    if (!due() || !account_.grant(owed_)) return std::nullopt;
    return std::exchange(owed_, window{0, 0});
  }

 private:
  credit_account account_;
  window owed_{0, 0};  // dequeued, not yet granted
};

}  // namespace troupe::transport
