// spawn/internal/descriptor_text.hpp - how errors of reading and writing name what they were about.
// Threads: pure functions.
#pragma once
#include <troupe/base/error.hpp>

#include <cstddef>
#include <string>

namespace troupe::spawn::internal {

/// "read descriptor 5"
[[nodiscard]] inline std::string on_descriptor(const char* what, int fd) {
  return std::string(what) + " descriptor " + std::to_string(fd);
}

/// timed_out with what had been done by then: "read descriptor 5: 3 of 10 bytes".
[[nodiscard]] inline tl::unexpected<error> fail_late(const char* what, int fd, std::size_t done,
                                                     std::size_t wanted) {
  return fail(errc::timed_out, on_descriptor(what, fd) + ": " + std::to_string(done) + " of " +
                                   std::to_string(wanted) + " bytes were done");
}

/// end_of_file with what had come by then.
[[nodiscard]] inline tl::unexpected<error> fail_short(const char* what, int fd, std::size_t done,
                                                      std::size_t wanted) {
  return fail(errc::end_of_file, on_descriptor(what, fd) + ": the stream ended after " +
                                     std::to_string(done) + " of " + std::to_string(wanted) + " bytes");
}

}  // namespace troupe::spawn::internal
