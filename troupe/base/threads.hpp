// base/threads.hpp - asks whether threads can be had, for libraries that cannot stand a no.
// Threads: any.
#pragma once
#include <troupe/base/error.hpp>

#include <cstddef>

namespace troupe {

/// Starts so many threads at once and ends them again. exhausted: the system refuses one. Between this answer
/// and the start of the real threads others may take them, so it makes the failure rare, not impossible.
[[nodiscard]] result<> can_start_threads(std::size_t count);

}  // namespace troupe
