// fuzz/promise.hpp - what the targets share: promises whose breach ends the process, and a meter of memory.
// Threads: one.
// Source: sanitizer/allocator_interface.h; llvm.org/docs/LibFuzzer.html
#pragma once
#include <troupe/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// One run of a target: what libFuzzer and replay.cpp call. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace troupe::fuzz {

/// Says which promise is broken and aborts when it is not kept: a finding, as a crash is.
void promise(bool kept, std::string_view what);

/// The most memory that was held at once since the meter was made, in bytes asked for. Counts nothing where no
/// AddressSanitizer is compiled in. One at a time.
class memory_meter {
 public:
  memory_meter();
  ~memory_meter();
  memory_meter(const memory_meter&) = delete;
  memory_meter& operator=(const memory_meter&) = delete;
  [[nodiscard]] std::size_t peak() const noexcept;
};

/// Takes numbers and pieces off the front of an input; at its end there are zeros and empty pieces.
class cutter {
 public:
  explicit cutter(byte_view input) noexcept : rest_(input) {}
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  std::uint8_t byte() noexcept {
    return rest_.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(piece(1)[0]);
  }
  std::uint16_t two() noexcept {
    const unsigned low = byte();
    return static_cast<std::uint16_t>(low | static_cast<unsigned>(byte()) << 8U);
  }
  byte_view piece(std::size_t size) noexcept {
    const byte_view taken = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  byte_view rest() noexcept { return piece(rest_.size()); }

 private:
  byte_view rest_;
};

}  // namespace troupe::fuzz
