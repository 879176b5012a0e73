// base/sanitizers.hpp - which sanitizer this is compiled with: g++ and clang++ say it in different ways.
// Source: gcc.gnu.org "Common Predefined Macros", clang.llvm.org "AddressSanitizer" and "ThreadSanitizer".
#pragma once

#if defined(__has_feature)
#define TROUPE_HAS_FEATURE(name) __has_feature(name)
#else
#define TROUPE_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || TROUPE_HAS_FEATURE(address_sanitizer)
#define TROUPE_ADDRESS_SANITIZER 1
#else
#define TROUPE_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__) || TROUPE_HAS_FEATURE(thread_sanitizer)
#define TROUPE_THREAD_SANITIZER 1
#else
#define TROUPE_THREAD_SANITIZER 0
#endif

#undef TROUPE_HAS_FEATURE

namespace troupe {

inline constexpr bool address_sanitizer = TROUPE_ADDRESS_SANITIZER != 0;
inline constexpr bool thread_sanitizer = TROUPE_THREAD_SANITIZER != 0;

/// Such a program is slow, keeps several times the memory and reserves terabytes of address space.
inline constexpr bool sanitized = address_sanitizer || thread_sanitizer;

}  // namespace troupe
