// actors/shared.hpp - a value that many actors hold at once, and nobody changes.
// Threads: a value; any thread may copy, read and drop its own. The count of holders is atomic.
#pragma once
#include <troupe/actors/sendable.hpp>

#include <cassert>
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace troupe {

/// One constant T with many holders, for what is too large to copy into each message (a price list, a model,
/// a configuration): `shared<const prices>`. A copy costs one reference count. Whoever lets go last destroys
/// the T, on its own thread.
/// It is made by share(), and only of a T that is shareable and owns its data. A std::shared_ptr<const T> may
/// be sent, too, but nobody sees whether a std::shared_ptr<T> to the same T is left somewhere, through which
/// it can change; to a shared<const T> there is no such back door.
/// Empty (false) when default-constructed or moved from: then get() is null, and * and -> must not be used.
template <class T>
class shared {
 public:
  static_assert(std::is_const_v<T>,
                "troupe: what many actors hold at once never changes: write shared<const T>");
  using element_type = T;

  shared() noexcept = default;
  /// Makes the T in place. Throws what its constructor throws, and std::bad_alloc.
  template <class... Args>
  requires std::constructible_from<std::remove_const_t<T>, Args...>
  explicit shared(std::in_place_t, Args&&... args)
      : value_(std::make_shared<T>(std::forward<Args>(args)...)) {
    actors::require_shareable<std::remove_const_t<T>>();
  }

  explicit operator bool() const noexcept { return value_ != nullptr; }
  [[nodiscard]] const T* get() const noexcept { return value_.get(); }
  [[nodiscard]] const T& operator*() const noexcept {
    assert(value_ != nullptr);
    return *value_;
  }
  [[nodiscard]] const T* operator->() const noexcept {
    assert(value_ != nullptr);
    return value_.get();
  }

  /// Both empty, the same T (which is not looked at), or two that are equal. get() tells whether it is the
  /// same.
  friend bool operator==(const shared& a, const shared& b) requires std::equality_comparable<T> {
    return a.value_ == b.value_ || (a.value_ != nullptr && b.value_ != nullptr && *a.value_ == *b.value_);
  }

 private:
  std::shared_ptr<T> value_;
};

/// `auto list = troupe::share<prices>(arguments...)`: a T made in place.
template <class T, class... Args>
requires std::constructible_from<T, Args...>
[[nodiscard]] shared<const T> share(Args&&... args) {
  return shared<const T>(std::in_place, std::forward<Args>(args)...);
}

/// `auto list = troupe::share(std::move(prices))`: a value moved in; a named one that is not moved is copied,
/// once.
template <class T>
[[nodiscard]] shared<const T> share(T value) {
  return shared<const T>(std::in_place, std::move(value));
}

}  // namespace troupe
