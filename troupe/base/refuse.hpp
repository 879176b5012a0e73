// base/refuse.hpp - compile-time refusals that read as a sentence.
// Threads: compile time only.
// Source: g++ 12 prints template arguments of the deleted function it refuses.
#pragma once
#include <cstddef>
#include <string_view>

namespace troupe {

/// A string literal or computed text that can be a template argument.
template <std::size_t N>
struct sentence_text {
  char text[N] = {};

  constexpr sentence_text() = default;
  constexpr sentence_text(const char (&from)[N]) {  // NOLINT: implicit, so that refuse<"..."> works
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
  constexpr explicit sentence_text(std::string_view from) {
    for (std::size_t i = 0; i + 1 < N && i < from.size(); ++i) text[i] = from[i];
  }
};

/// Text put together at compile time; what is over 511 characters is cut. (std::string is not usable for that
/// with clang and libstdc++ 12.)
struct compile_time_text {
  char data[511] = {};
  std::size_t size = 0;

  constexpr compile_time_text() = default;
  constexpr compile_time_text(std::string_view from) {
    *this += from;
  }  // NOLINT: implicit, as in std::string
  constexpr compile_time_text& operator+=(std::string_view more) {
    for (const char c : more)
      if (size < sizeof(data)) data[size++] = c;
    return *this;
  }
  constexpr compile_time_text& operator+=(char more) {
    if (size < sizeof(data)) data[size++] = more;
    return *this;
  }
  [[nodiscard]] constexpr std::string_view view() const { return {data, size}; }
  [[nodiscard]] constexpr bool empty() const { return size == 0; }
};

/// Calling it is the compile error: one `error:` line that carries Sentence. Put the call into the branch of
/// an `if constexpr` whose other branch holds the real code, so that nothing else fails beside it.
template <sentence_text Sentence>
void refuse() = delete;

/// Turns a function without parameters that returns compile_time_text into a template argument for refuse:
/// `refuse<as_sentence<[] { return why_not_portable<T>(); }>()>();`
template <auto Make>
consteval auto as_sentence() {
  constexpr std::size_t size = Make().size;
  return sentence_text<size + 1>(Make().view());
}

}  // namespace troupe
