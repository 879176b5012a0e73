// spawn/output.hpp - all that a child printed, collected while it is fed and waited for.
// Threads: plain values.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/spawn/exit_status.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace troupe::spawn {

/// How to collect; each default collects everything and waits for ever.
struct output_options {
  /// Written to the child's stdin, which is then closed. A child that stops reading early is no error: the
  /// rest is dropped (output::input_written says how much it took). Must stay valid until the call returns.
  std::string_view input = {};
  /// Bytes kept of each stream; what comes after is read and dropped, so that the child does not wait for us.
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  /// Then the child is killed, with its group if it has one of its own.
  deadline until = deadline::never();
  /// After its death: how long to read on while a grandchild holds its pipes open.
  nanoseconds drain = milliseconds(250);
};

/// One stream of a child.
struct captured {
  bytes data;                 // empty when the stream was not piped
  std::uint64_t dropped = 0;  // bytes over output_options::limit
  bool complete = true;  // false: the stream was still open when the drain ended; more may have been coming
  [[nodiscard]] std::string_view text() const noexcept { return data.text(); }
};

/// What is known when the child has ended and its pipes are read.
struct output {
  exit_report report;
  captured out, err;
  std::size_t input_written = 0;  // bytes of output_options::input that its stdin took
  bool timed_out = false;         // `until` passed, and we killed it
};

}  // namespace troupe::spawn
