// spawn/internal/warden_image.hpp - the warden's program as bytes; the build makes the source
// (cmake/embed.cmake).
// Threads: constants.
#pragma once
#include <cstddef>

namespace troupe::spawn::internal {

extern const unsigned char warden_image[];
extern const std::size_t warden_image_size;

}  // namespace troupe::spawn::internal
