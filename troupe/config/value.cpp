#include <troupe/config/value.hpp>

#include <algorithm>

namespace troupe::config {

const entry* find(const table& in, std::string_view key) noexcept {
  const auto found = std::ranges::find(in, key, &entry::key);
  return found == in.end() ? nullptr : &*found;
}

entry* find(table& in, std::string_view key) noexcept {
  const auto found = std::ranges::find(in, key, &entry::key);
  return found == in.end() ? nullptr : &*found;
}

}  // namespace troupe::config
