#include "promise.hpp"

#include <troupe/base/sanitizers.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#if TROUPE_ADDRESS_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif

namespace troupe::fuzz {
namespace {

struct count_of_memory {
  bool on = false;
  std::ptrdiff_t held = 0;
  std::ptrdiff_t peak = 0;
};
count_of_memory counted;  // the hooks of the allocator take no argument of ours

#if TROUPE_ADDRESS_SANITIZER
void on_malloc(const volatile void*, std::size_t size) {
  if (!counted.on) return;
  counted.held += static_cast<std::ptrdiff_t>(size);
  counted.peak = std::max(counted.peak, counted.held);
}
void on_free(const volatile void* at) {
  if (!counted.on || at == nullptr) return;
  counted.held -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(at));
}
#endif

}  // namespace

void promise(bool kept, std::string_view what) {
  if (kept) return;
  counted.on = false;
  std::fprintf(stderr, "BROKEN PROMISE: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

memory_meter::memory_meter() {
#if TROUPE_ADDRESS_SANITIZER
  [[maybe_unused]] static const int installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
#endif
  counted = {true, 0, 0};
}

memory_meter::~memory_meter() {
  counted.on = false;
}

std::size_t memory_meter::peak() const noexcept {
  return static_cast<std::size_t>(counted.peak);
}

}  // namespace troupe::fuzz
