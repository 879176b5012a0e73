// actors/internal/words.hpp - builds the sentences of compile-time refusals.
// Threads: compile time only.
#pragma once
#include <troupe/base/refuse.hpp>

#include <string_view>

namespace troupe::actors {

template <class... Texts>
constexpr compile_time_text words(Texts... texts) {
  compile_time_text all;
  ((all += std::string_view(texts)), ...);
  return all;
}

}  // namespace troupe::actors
