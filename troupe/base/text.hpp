// base/text.hpp - text that people read and write: UTF-8, excerpts, near misses, sizes and durations.
// Threads: plain functions.
// Source: RFC 3629 (UTF-8).
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troupe {

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing over U+10FFFF. Empty text is.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// The length of the well-formed UTF-8 sequence that `text` begins with, 1 to 4; 0 when it begins with none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;

/// Any bytes in single quotes, for a message: `'caf\xE9\n'`. Stays one line and leaves a terminal alone: what
/// is no printable UTF-8 is written as \n, \r, \t or \xNN, a quote as \', a backslash as \\. Of more than 40
/// bytes it shows about 40 around the offset `at`, with "…" for what is left out.
[[nodiscard]] std::string excerpt(std::string_view bytes, std::size_t at = 0);

/// The candidate a typing error away from `word`: at most a third of its letters (at least one) wrong,
/// missing, added or swapped with a neighbour; the first of the nearest. For "did you mean".
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// "0 B", "1023 B", "1.5 MiB", "16 EiB": one digit after the point, none when it is 0.
[[nodiscard]] std::string format_bytes(std::uint64_t size);

/// "850ns", "1.2us", "250ms", "2.5s", "1m30s", "2h5m", "-3s": for people, rounded; below a minute one digit
/// after the point. parse_duration reads back what is below a minute.
[[nodiscard]] std::string format_duration(nanoseconds duration);

/// "250ms", "2s", "1.5s", "1m", "1h"; units ns, us, ms, s, m, h, d. "0" needs no unit. Not negative.
/// Errors: invalid_argument, with the text and what is accepted.
[[nodiscard]] result<nanoseconds> parse_duration(std::string_view text);

/// "4096", "64MiB", "1K", "1.5G": K, M, G, T are 2^10, 2^20, 2^30, 2^40, with "B" or "iB" behind them or not,
/// in either case. Errors: invalid_argument, with the text and what is accepted.
[[nodiscard]] result<std::uint64_t> parse_size(std::string_view text);

}  // namespace troupe
