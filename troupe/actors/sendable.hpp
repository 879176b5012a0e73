// actors/sendable.hpp - which types may be messages, and which many may read at once: those that own their data.
// Threads: compile time only.
// Source: Rust's Send and Sync, as far as C++ can see them; docs/messages.md is the page for users.
#pragma once
#include <troupe/actors/internal/fault.hpp>
#include <troupe/actors/internal/parts.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/base/refuse.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

class bytes;
template <class... Ms>
class address;

/// `template <> inline constexpr bool troupe::sendable_v<mine> = true;` is the signed exception: you promise
/// that one thread may hand a `mine` to another, for a reason that the compiler cannot see.
template <class T>
inline constexpr bool sendable_v = false;
/// The same for `shareable`: you promise that many threads may read one `mine` at once.
template <class T>
inline constexpr bool shareable_v = false;

// Signed by us: bytes never change once they are there; an address may be used by anybody, whatever it takes.
template <>
inline constexpr bool sendable_v<bytes> = true;
template <>
inline constexpr bool shareable_v<bytes> = true;
template <class... Ms>
inline constexpr bool sendable_v<address<Ms...>> = true;
template <class... Ms>
inline constexpr bool shareable_v<address<Ms...>> = true;

namespace actors::ownership {

/// What is left to be asked of T after what is signed.
template <class T>
constexpr demand unsigned_part(demand asked) {
  const unsigned is_signed = (sendable_v<T> ? 1U : 0U) | (shareable_v<T> ? 2U : 0U);
  return static_cast<demand>(static_cast<unsigned>(asked) & ~is_signed);
}

/// Which types a walk has met. Each is looked at once: then a tree of trees ends, and a walk takes as many
/// steps as there are types.
class quick_walk {
 public:
  static constexpr bool names_the_part = false;

  /// False: it has been met before.
  constexpr bool meet(const void* type) {
    for (std::size_t i = 0; i < count_; ++i)
      if (met_[i] == type) return false;
    if (count_ < most) met_[count_++] = type;
    return true;
  }
  [[nodiscard]] constexpr bool full() const { return count_ == most; }

 private:
  static constexpr std::size_t most = 128;
  const void* met_[most];  // NOLINT: the first count_ are written
  std::size_t count_ = 0;
};

/// The same, and it remembers where the fault is. The path is put together from its end: the innermost part
/// first. A template only so that nobody pays for it who has no fault; Text is compile_time_text.
template <class Text>
class naming_walk : public quick_walk {
 public:
  static constexpr bool names_the_part = true;

  template <class Part>
  constexpr void prepend([[maybe_unused]] std::string_view field) {
    const std::string_view inner = path_.view();
    constexpr step way = Part::way;
    if constexpr (way == step::pointee || way == step::shared_pointee) {
      if (inner.empty()) ends_at_pointee_ = true;
      if (starts_with_name()) path_ = words("->", inner);
    } else {
      const std::string_view dot = starts_with_name() ? "." : "";
      if constexpr (way == step::element) path_ = words("[]", dot, inner);
      if constexpr (way == step::type) path_ = words("<", type_name<typename Part::type>(), ">", dot, inner);
      if constexpr (way == step::index) path_ = words("<", digits(Part::at).view(), ">", dot, inner);
      if constexpr (way == step::half) path_ = words(Part::at == 0 ? "first" : "second", dot, inner);
      if constexpr (way == step::field) path_ = words(field, dot, inner);
    }
  }

  /// "it", or "its field 'order.lines[].text'".
  [[nodiscard]] constexpr Text subject() const {
    if (path_.empty()) return words(ends_at_pointee_ ? "what it points to" : "it");
    return words(starts_with_name() ? "its field '" : "its part '", ends_at_pointee_ ? "*" : "", path_.view(),
                 "'");
  }

 private:
  [[nodiscard]] constexpr bool starts_with_name() const {
    return !path_.empty() && path_.data[0] != '[' && path_.data[0] != '<' && path_.data[0] != '-';
  }
  static constexpr Text digits(std::size_t number) {
    const char last[] = {static_cast<char>('0' + number % 10)};
    return words(number < 10 ? "" : digits(number / 10).view(), std::string_view(last, 1));
  }

  Text path_;
  bool ends_at_pointee_ = false;
};

/// Its address stands for "T, of which this was asked".
template <class T, demand Asked>
inline constexpr char mark_of = 0;

template <class T, demand Asked, class Walk>
constexpr fault look_at(Walk& walk);

/// Adds the step from Whole to its part, in which a fault has been found, to the path.
template <class Whole, class Part, class Walk>
constexpr void name_part(Walk& walk) {
  if constexpr (Part::way == step::field) {
    walk.template prepend<Part>(field_names<Whole>[Part::at]);
  } else {
    walk.template prepend<Part>({});
  }
}

template <class Part>
constexpr demand asked_of(demand asked) {
  return Part::way == step::shared_pointee ? demand::both : asked;
}

template <class Whole, demand Asked, class Walk, class... Parts>
constexpr fault look_at_parts([[maybe_unused]] Walk& walk, type_list<Parts...>) {
  fault found = nullptr;
  if constexpr (Walk::names_the_part) {
    static_cast<void>(((found = look_at<typename Parts::type, asked_of<Parts>(Asked)>(walk),
                        found != nullptr && (name_part<Whole, Parts>(walk), true)) ||
                       ...));
  } else {
    static_cast<void>(
        ((found = look_at<typename Parts::type, asked_of<Parts>(Asked)>(walk), found != nullptr) || ...));
  }
  if constexpr (asks(Asked, demand::share) && ((Parts::way == step::field) && ...)) {
    if (found == nullptr && has_mutable_field<Whole>())
      return "has a mutable field, which may change while many read it: synchronise it and sign shareable_v";
  }
  return found;
}

/// The first fault of T or of its parts, at any depth.
template <class T, demand Asked, class Walk>
constexpr fault look_at(Walk& walk) {
  using plain = std::remove_cv_t<T>;
  if constexpr (std::is_arithmetic_v<plain> || std::is_same_v<plain, std::string>) {
    return nullptr;
  } else if constexpr (nothing_in<plain>) {
    return nullptr;
  } else if constexpr (constexpr demand asked = unsigned_part<plain>(Asked); asked == demand::nothing) {
    return nullptr;
  } else if constexpr (constexpr fault own = own_fault<plain, asked>(); own != nullptr) {
    return own;
  } else {
    using parts = decltype(parts_of<plain>());
    if constexpr (parts::size == 0) {
      return nullptr;
    } else {
      if (!walk.meet(&mark_of<plain, asked>)) return nullptr;
      if (walk.full()) return "is made of more classes than can be followed (127)";
      return look_at_parts<plain, asked>(walk, parts());
    }
  }
}

template <class T, demand Asked>
constexpr fault fault_of() {
  quick_walk walk;
  return look_at<T, Asked>(walk);
}

template <class T>
inline constexpr bool owns_its_data = fault_of<T, demand::send>() == nullptr;
template <class T>
inline constexpr bool many_may_read = fault_of<T, demand::share>() == nullptr;

/// "its field 'who' is a raw pointer …"
template <class T, demand Asked>
constexpr compile_time_text sentence_of() {
  naming_walk<compile_time_text> walk;
  const fault found = look_at<T, Asked>(walk);
  return words(walk.subject().view(), " ", found);
}

}  // namespace actors::ownership

/// A message type: it can be moved, and owns its data as far as can be seen: no raw pointer, reference, view,
/// iterator, lambda with captures, or shared_ptr to something mutable in it, in its fields, in what they point
/// to, or in the containers among them; no base class, C array or union, into which nobody can look. Of a class
/// with private members only what its template was given can be seen, of std::function and std::any nothing:
/// they pass.
template <class M>
concept sendable =
    std::is_object_v<M> && std::is_move_constructible_v<M> && actors::ownership::owns_its_data<M>;

/// What many threads may read at once: it owns its data as a message does, and a const one is const to the
/// last: no std::unique_ptr to something mutable, no std::function, no std::any, no mutable field. It need not
/// be movable: std::atomic and std::mutex pass. Of a class with private members, a mutable one cannot be seen.
template <class T>
concept shareable = std::is_object_v<T> && actors::ownership::many_may_read<T>;

namespace actors::ownership {

/// "its field 'hits' cannot be moved"
template <class M>
constexpr compile_time_text why_immovable() {
  if constexpr (reflectable<M>) {
    return []<class... Fields>(type_list<Fields...>) {
      std::size_t at = 0;
      static_cast<void>(((!std::is_move_constructible_v<Fields> || (++at, false)) || ...));
      return words("its field '", field_names<M>[at], "' cannot be moved");
    }(field_types<M>());
  } else {
    return words("it cannot be moved");
  }
}

template <class M>
constexpr compile_time_text why_not_moved_or_owned() {
  if constexpr (!owns_its_data<M>) {
    return sentence_of<M, demand::send>();
  } else {
    return why_immovable<M>();
  }
}

template <class M>
constexpr compile_time_text why_not_sendable() {
  return words("troupe: message '", type_name<M>(), "' cannot be sent: ", why_not_moved_or_owned<M>().view());
}

template <class M>
constexpr compile_time_text why_reply_not_sendable() {
  return words("troupe: the reply of message '", type_name<M>(),
               "' cannot be sent: ", why_not_moved_or_owned<typename M::reply>().view());
}

template <class M>
concept reply_is_refused = requires {
  typename M::reply;
}
&&!std::is_void_v<typename M::reply> && !sendable<typename M::reply>;

template <class T>
constexpr compile_time_text why_not_shareable() {
  return words("troupe: '", type_name<T>(), "' cannot be shared: ", sentence_of<T, demand::both>().view());
}

}  // namespace actors::ownership

namespace actors {

/// Stops the compilation with one sentence when M, or what answers it, cannot be a message.
template <class M>
constexpr void require_sendable() {
  if constexpr (!sendable<M>)
    refuse<as_sentence<ownership::why_not_sendable<M>>()>();
  else if constexpr (ownership::reply_is_refused<M>)
    refuse<as_sentence<ownership::why_reply_not_sendable<M>>()>();
}

/// Stops the compilation with one sentence when many cannot hold one T.
template <class T>
constexpr void require_shareable() {
  if constexpr (ownership::fault_of<T, ownership::demand::both>() != nullptr)
    refuse<as_sentence<ownership::why_not_shareable<T>>()>();
}

}  // namespace actors

}  // namespace troupe
