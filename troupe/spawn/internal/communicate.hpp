// spawn/internal/communicate.hpp - feeds a child, reads what it prints and waits for its end, all at once.
// Threads: the caller's.
// Source: poll(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/internal/process.hpp>
#include <troupe/spawn/output.hpp>

namespace troupe::spawn::internal {

/// See child::wait_with_output. Descriptors may be empty.
[[nodiscard]] result<output> communicate(process& with, unique_fd in, unique_fd out, unique_fd err,
                                         const output_options& options);

}  // namespace troupe::spawn::internal
