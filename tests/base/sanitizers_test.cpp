// What the compiler says against what has been linked: each sanitizer brings functions of its own.
#include <troupe/base/sanitizers.hpp>

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace troupe::sanitizers_test {
namespace {

bool is_linked(const char* function) {
  return dlsym(RTLD_DEFAULT, function) != nullptr;
}

TEST(sanitizers, are_known_when_they_are_linked_and_only_then) {
  EXPECT_EQ(address_sanitizer, is_linked("__asan_init"));
  EXPECT_EQ(thread_sanitizer, is_linked("__tsan_init"));
}

}  // namespace
}  // namespace troupe::sanitizers_test
