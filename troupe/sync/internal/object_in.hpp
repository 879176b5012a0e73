// sync/internal/object_in.hpp - one object at the front of shared memory.
// Threads: as the object.
#pragma once
#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace troupe::sync::internal {

/// Makes it. It is never destroyed: no process can know that it is the last.
template <class Object>
Object& make_object_in(std::span<std::byte> memory) {
  static_assert(std::is_trivially_destructible_v<Object>);
  assert(memory.size() >= sizeof(Object));
  return *std::construct_at(reinterpret_cast<Object*>(memory.data()));
}

/// One that some process has made.
template <class Object>
Object& object_in(std::span<std::byte> memory) noexcept {
  assert(memory.size() >= sizeof(Object));
  return *reinterpret_cast<Object*>(memory.data());
}

}  // namespace troupe::sync::internal
