#include <troupe/sync/internal/uncaught.hpp>

#include <cxxabi.h>

namespace troupe::sync::internal {
namespace {

/// What the ABI says of the struct, whose type the headers leave incomplete.
struct globals_of_exceptions {
  void* caught;
  unsigned uncaught;
};

}  // namespace

constinit thread_local const unsigned* uncaught_of_thread = nullptr;

const unsigned* find_uncaught() noexcept {
  const auto* const globals = reinterpret_cast<const globals_of_exceptions*>(abi::__cxa_get_globals());
  return uncaught_of_thread = &globals->uncaught;
}

}  // namespace troupe::sync::internal
