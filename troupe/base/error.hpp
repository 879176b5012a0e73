// base/error.hpp - what went wrong, as a value: errc, error, result<T>.
// Threads: plain values.
// Source: tl::expected (the backport of C++23 std::expected).
#pragma once
#include <tl/expected.hpp>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

/// The kinds of failure that a caller may tell apart. sentence() says each in words.
enum class errc : std::uint8_t {
  invalid_argument,   // the caller passed a value outside its documented range
  not_found,          // the named thing does not exist
  already_exists,     // the name is taken
  permission_denied,  // the operating system, or a check of ours, refuses access
  wrong_kind,         // it exists but is something else (a directory, a regular file, another type)
  broken_pipe,        // the reader at the other end has gone
  end_of_file,        // the writer at the other end has closed; no more will come
  closed,             // this end, or the receiving actor, has been closed
  full,               // a bounded queue or window has no room now
  timed_out,          // the deadline passed first
  cancelled,          // the caller withdrew the request
  busy,               // somebody else holds it
  exhausted,          // descriptors, memory, processes or another limited resource ran out
  too_large,          // a length is over its stated limit
  malformed,          // bytes or text do not follow their format
  type_mismatch,      // two sides disagree about a message type
  version_mismatch,   // two sides speak different versions
  refused,            // the peer did not accept us
  peer_lost,          // the process or connection at the other end is gone
  handler_failed,     // user code threw
  unsupported,        // this machine or this version cannot do it
  io_failed,          // a system call failed in a way that has no kind of its own; see os_errno
  poisoned            // a holder ended in the midst of a change: the value may be half-written
};

/// One English sentence per kind, without a full stop: "the named thing does not exist".
std::string_view sentence(errc code) noexcept;

/// A failure: its kind, what was attempted on what, and errno where the system said more (else 0).
struct error {
  errc code = errc::io_failed;
  std::string context;  // "exec '/opt/ocr'"; several lines are allowed
  int os_errno = 0;

  /// "exec '/opt/ocr': No such file or directory", or the context with sentence(code) when os_errno is 0.
  [[nodiscard]] std::string message() const;
  friend bool operator==(const error&, const error&) = default;
};

template <class T = void>
using result = tl::expected<T, error>;

/// `return fail(errc::not_found, "stage 'cuont'");`
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string context, int os_errno = 0) {
  return tl::unexpected<error>(error{code, std::move(context), os_errno});
}

/// The kind that fits an errno; io_failed when none does.
[[nodiscard]] errc errc_of_errno(int os_errno) noexcept;

/// `return fail_errno("open '" + path + "'");` with errno as it stands.
[[nodiscard]] inline tl::unexpected<error> fail_errno(std::string context, int os_errno = errno) {
  return fail(errc_of_errno(os_errno), std::move(context), os_errno);
}

/// The same error with `outer: ` put before its context.
[[nodiscard]] inline error within(std::string outer, error inner) {
  inner.context = std::move(outer) + ": " + inner.context;
  return inner;
}

}  // namespace troupe
