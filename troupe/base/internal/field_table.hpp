// base/internal/field_table.hpp - takes an aggregate of 0 to 32 fields apart with structured bindings.
// Threads: plain functions. Only reflect.hpp includes this file.
#pragma once
#include <cstddef>
#include <type_traits>
#include <utility>

namespace troupe::internal {

template <class... T>
struct type_list {
  static constexpr std::size_t size = sizeof...(T);
};

// TROUPE_F3 is `f0, f1, f2`; TROUPE_D3 is `decltype(f0), decltype(f1), decltype(f2)`.
#define TROUPE_F1 f0
#define TROUPE_F2 TROUPE_F1, f1
#define TROUPE_F3 TROUPE_F2, f2
#define TROUPE_F4 TROUPE_F3, f3
#define TROUPE_F5 TROUPE_F4, f4
#define TROUPE_F6 TROUPE_F5, f5
#define TROUPE_F7 TROUPE_F6, f6
#define TROUPE_F8 TROUPE_F7, f7
#define TROUPE_F9 TROUPE_F8, f8
#define TROUPE_F10 TROUPE_F9, f9
#define TROUPE_F11 TROUPE_F10, f10
#define TROUPE_F12 TROUPE_F11, f11
#define TROUPE_F13 TROUPE_F12, f12
#define TROUPE_F14 TROUPE_F13, f13
#define TROUPE_F15 TROUPE_F14, f14
#define TROUPE_F16 TROUPE_F15, f15
#define TROUPE_F17 TROUPE_F16, f16
#define TROUPE_F18 TROUPE_F17, f17
#define TROUPE_F19 TROUPE_F18, f18
#define TROUPE_F20 TROUPE_F19, f19
#define TROUPE_F21 TROUPE_F20, f20
#define TROUPE_F22 TROUPE_F21, f21
#define TROUPE_F23 TROUPE_F22, f22
#define TROUPE_F24 TROUPE_F23, f23
#define TROUPE_F25 TROUPE_F24, f24
#define TROUPE_F26 TROUPE_F25, f25
#define TROUPE_F27 TROUPE_F26, f26
#define TROUPE_F28 TROUPE_F27, f27
#define TROUPE_F29 TROUPE_F28, f28
#define TROUPE_F30 TROUPE_F29, f29
#define TROUPE_F31 TROUPE_F30, f30
#define TROUPE_F32 TROUPE_F31, f31
#define TROUPE_D1 decltype(f0)
#define TROUPE_D2 TROUPE_D1, decltype(f1)
#define TROUPE_D3 TROUPE_D2, decltype(f2)
#define TROUPE_D4 TROUPE_D3, decltype(f3)
#define TROUPE_D5 TROUPE_D4, decltype(f4)
#define TROUPE_D6 TROUPE_D5, decltype(f5)
#define TROUPE_D7 TROUPE_D6, decltype(f6)
#define TROUPE_D8 TROUPE_D7, decltype(f7)
#define TROUPE_D9 TROUPE_D8, decltype(f8)
#define TROUPE_D10 TROUPE_D9, decltype(f9)
#define TROUPE_D11 TROUPE_D10, decltype(f10)
#define TROUPE_D12 TROUPE_D11, decltype(f11)
#define TROUPE_D13 TROUPE_D12, decltype(f12)
#define TROUPE_D14 TROUPE_D13, decltype(f13)
#define TROUPE_D15 TROUPE_D14, decltype(f14)
#define TROUPE_D16 TROUPE_D15, decltype(f15)
#define TROUPE_D17 TROUPE_D16, decltype(f16)
#define TROUPE_D18 TROUPE_D17, decltype(f17)
#define TROUPE_D19 TROUPE_D18, decltype(f18)
#define TROUPE_D20 TROUPE_D19, decltype(f19)
#define TROUPE_D21 TROUPE_D20, decltype(f20)
#define TROUPE_D22 TROUPE_D21, decltype(f21)
#define TROUPE_D23 TROUPE_D22, decltype(f22)
#define TROUPE_D24 TROUPE_D23, decltype(f23)
#define TROUPE_D25 TROUPE_D24, decltype(f24)
#define TROUPE_D26 TROUPE_D25, decltype(f25)
#define TROUPE_D27 TROUPE_D26, decltype(f26)
#define TROUPE_D28 TROUPE_D27, decltype(f27)
#define TROUPE_D29 TROUPE_D28, decltype(f28)
#define TROUPE_D30 TROUPE_D29, decltype(f29)
#define TROUPE_D31 TROUPE_D30, decltype(f30)
#define TROUPE_D32 TROUPE_D31, decltype(f31)
#define TROUPE_ROWS(row)                                                                                 \
  row(1) row(2) row(3) row(4) row(5) row(6) row(7) row(8) row(9) row(10) row(11) row(12) row(13) row(14) \
      row(15) row(16) row(17) row(18) row(19) row(20) row(21) row(22) row(23) row(24) row(25) row(26)    \
          row(27) row(28) row(29) row(30) row(31) row(32)

/// f(field...) with references to the N fields of `value`, in order of declaration.
template <std::size_t N, class T, class F>
constexpr decltype(auto) apply_to_fields([[maybe_unused]] T& value, F&& f) {
#define TROUPE_ROW(n)            \
  else if constexpr (N == n) {   \
    auto& [TROUPE_F##n] = value; \
    return f(TROUPE_F##n);       \
  }
  if constexpr (N == 0) {
    return f();
  }
  TROUPE_ROWS(TROUPE_ROW)
#undef TROUPE_ROW
}

/// The declared types of the fields, references included; for decltype only.
template <std::size_t N, class T>
constexpr auto declared_types([[maybe_unused]] T& value) {
#define TROUPE_ROW(n)                \
  else if constexpr (N == n) {       \
    auto& [TROUPE_F##n] = value;     \
    return type_list<TROUPE_D##n>(); \
  }
  if constexpr (N == 0) {
    return type_list<>();
  }
  TROUPE_ROWS(TROUPE_ROW)
#undef TROUPE_ROW
}

#undef TROUPE_ROWS
#undef TROUPE_F1
#undef TROUPE_D1
#undef TROUPE_F2
#undef TROUPE_D2
#undef TROUPE_F3
#undef TROUPE_D3
#undef TROUPE_F4
#undef TROUPE_D4
#undef TROUPE_F5
#undef TROUPE_D5
#undef TROUPE_F6
#undef TROUPE_D6
#undef TROUPE_F7
#undef TROUPE_D7
#undef TROUPE_F8
#undef TROUPE_D8
#undef TROUPE_F9
#undef TROUPE_D9
#undef TROUPE_F10
#undef TROUPE_D10
#undef TROUPE_F11
#undef TROUPE_D11
#undef TROUPE_F12
#undef TROUPE_D12
#undef TROUPE_F13
#undef TROUPE_D13
#undef TROUPE_F14
#undef TROUPE_D14
#undef TROUPE_F15
#undef TROUPE_D15
#undef TROUPE_F16
#undef TROUPE_D16
#undef TROUPE_F17
#undef TROUPE_D17
#undef TROUPE_F18
#undef TROUPE_D18
#undef TROUPE_F19
#undef TROUPE_D19
#undef TROUPE_F20
#undef TROUPE_D20
#undef TROUPE_F21
#undef TROUPE_D21
#undef TROUPE_F22
#undef TROUPE_D22
#undef TROUPE_F23
#undef TROUPE_D23
#undef TROUPE_F24
#undef TROUPE_D24
#undef TROUPE_F25
#undef TROUPE_D25
#undef TROUPE_F26
#undef TROUPE_D26
#undef TROUPE_F27
#undef TROUPE_D27
#undef TROUPE_F28
#undef TROUPE_D28
#undef TROUPE_F29
#undef TROUPE_D29
#undef TROUPE_F30
#undef TROUPE_D30
#undef TROUPE_F31
#undef TROUPE_D31
#undef TROUPE_F32
#undef TROUPE_D32

/// Whether a field is a C array of one element; longer ones spoil the count N and must be excluded before.
template <class T, std::size_t N>
consteval bool has_array_of_one() {
  return []<class... Fields>(type_list<Fields...>) {
    return (std::is_array_v<Fields> || ...);
  }(decltype(declared_types<N>(std::declval<T&>()))());
}

}  // namespace troupe::internal
