// config/internal/section.hpp - one table of the file, read key by key; what nobody asked for is an unknown
// key.
// Threads: one.
#pragma once
#include <troupe/base/allowed.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/config/internal/findings.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::config {

/// A reader of one table. Every reader function returns nullopt when the key is absent or wrong; the latter
/// is reported ("workers: expected a whole number from 1 to 1024, found the string "four""). Holds references
/// to all that it is given.
class section {
 public:
  /// `title` is for messages: "[stage.count]". `prefix` is put before keys: "batch.". `where` learns where
  /// each key's value stands.
  section(const table& of, std::string title, std::string prefix, positions& where, findings& to)
      : of_(of), title_(std::move(title)), prefix_(std::move(prefix)), where_(where), to_(to) {}

  /// The value as it stands.
  [[nodiscard]] const value* take(std::string_view key);
  /// Remembers where a part of a value stands, "command[1]", so that it can be complained of.
  void note(std::string_view key, const value& found) { where_.insert_or_assign(place(key), found.where); }

  [[nodiscard]] std::optional<std::int64_t> whole(std::string_view key, std::int64_t low, std::int64_t high);
  [[nodiscard]] std::optional<std::int64_t> whole(std::string_view key, const range_of<std::int64_t>& range) {
    return whole(key, range.low, range.high);
  }
  /// Not empty, no NUL.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  /// A string, or a list of at least one, none of them empty or twice; their places are "key" or "key[0]" ...
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key);
  [[nodiscard]] std::optional<milliseconds> duration(std::string_view key, milliseconds low,
                                                     milliseconds high);
  [[nodiscard]] std::optional<milliseconds> duration(std::string_view key,
                                                     const range_of<milliseconds>& range) {
    return duration(key, range.low, range.high);
  }
  [[nodiscard]] std::optional<std::size_t> size(std::string_view key, const range_of<std::size_t>& range) {
    return size(key, range.low, range.high);
  }
  [[nodiscard]] std::optional<std::size_t> size(std::string_view key, std::size_t low, std::size_t high);
  /// One of the names; `hint` is for a word that is near none of them.
  template <class E, std::size_t N>
  [[nodiscard]] std::optional<E> choice(std::string_view key,
                                        const std::pair<std::string_view, E> (&names)[N],
                                        std::string hint = {}) {
    std::string_view words[N];
    for (std::size_t i = 0; i < N; ++i) words[i] = names[i].first;
    const auto index = word(key, words, std::move(hint));
    return index ? std::optional<E>(names[*index].second) : std::nullopt;
  }
  /// A table below this one; `hint` is for those who wrote something else.
  [[nodiscard]] std::optional<section> inside(std::string_view key, std::string hint = {});

  /// A table below this one, or each of a list of them, at "key[0]" ...; what is none is reported and left out.
  [[nodiscard]] std::vector<section> each_inside(std::string_view key, std::string hint = {});

  /// Whether the table has the key, without taking it.
  [[nodiscard]] bool has(std::string_view key) const noexcept { return find(of_, key) != nullptr; }
  /// Whether a key was written that was not taken so far: close() will report it.
  [[nodiscard]] bool has_unknown() const noexcept;

  /// "a whole number from 0 to 8191"
  [[nodiscard]] static std::string words_for(const range_of<std::int64_t>& range) {
    return "a whole number from " + std::to_string(range.low) + " to " + std::to_string(range.high);
  }
  /// `key` is not as it must be: "workers: expected ..., found ...".
  void expected(std::string_view key, const std::string& what, const value& found, std::string hint = {});
  /// Any other complaint about a key, at its value: "timeout: ...".
  void complain(std::string_view key, const std::string& message, std::string hint = {});

  /// Reports every key that was not taken; `later` are names that a later version will know.
  void close(std::span<const std::string_view> later = {});

  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  [[nodiscard]] std::string place(std::string_view key) const { return prefix_ + std::string(key); }

 private:
  [[nodiscard]] bool is_known(std::string_view key) const noexcept;
  [[nodiscard]] std::optional<std::size_t> word(std::string_view key, std::span<const std::string_view> words,
                                                std::string hint);
  [[nodiscard]] std::string hint_for(const std::string& key, std::span<const std::string_view> later) const;
  [[nodiscard]] const std::string* string_in(std::string_view key, const value& found);

  const table& of_;
  std::string title_;
  std::string prefix_;
  positions& where_;
  findings& to_;
  std::vector<std::string> known_;
};

/// out = found, if it was found.
template <class T, class U>
void assign(T& out, std::optional<U>&& found) {
  if (found) out = static_cast<T>(std::move(*found));
}
template <class T>
void assign(std::optional<T>& out, std::optional<T>&& found) {
  if (found) out = std::move(found);
}

}  // namespace troupe::config
