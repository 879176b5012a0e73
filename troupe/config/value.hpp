// config/value.hpp - a TOML value as a plain tree that remembers where it stands.
// Threads: plain values.
// Levels: about 1,100 at most, as load.hpp bounds brackets and dots: it may be walked by recursion.
#pragma once
#include <troupe/config/diagnostic.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::config {

struct value;
struct entry;
using array = std::vector<value>;
using table = std::vector<entry>;  // in the order of the file; keys are unique

/// A value that nothing has a use for, shown as it was written: a date or a time.
struct date {
  std::string text;
  friend bool operator==(const date&, const date&) = default;
};

struct value {
  std::variant<std::string, std::int64_t, double, bool, date, array, table> is;
  position where;

  /// nullptr when it is something else.
  template <class T>
  [[nodiscard]] const T* as() const noexcept {
    return std::get_if<T>(&is);
  }
  template <class T>
  [[nodiscard]] T* as() noexcept {
    return std::get_if<T>(&is);
  }
  friend bool operator==(const value&, const value&) = default;
};

struct entry {
  std::string key;  // of any characters
  position where;   // of the key
  config::value value;
  friend bool operator==(const entry&, const entry&) = default;
};

/// nullptr when there is none.
[[nodiscard]] const entry* find(const table& in, std::string_view key) noexcept;
[[nodiscard]] entry* find(table& in, std::string_view key) noexcept;

}  // namespace troupe::config
