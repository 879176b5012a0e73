// actors/sendable.hpp - which types may be messages, and which many may read at once: those that own their data.
// Threads: compile time only.
// Source: Rust's Send and Sync, as far as C++ can see them; docs/messages.md is the page for users.
#pragma once
#include <troupe/actors/internal/fault.hpp>
#include <troupe/actors/internal/parts.hpp>
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

/// The same, and it remembers where the fault is: the pieces of the path, the last one first.
class naming_walk : public quick_walk {
 public:
  static constexpr bool names_the_part = true;

  template <class Part>
  constexpr void prepend(std::string_view name) {
    if constexpr (Part::way == step::pointee || Part::way == step::shared_pointee) {
      if (count_ == 0) ends_at_pointee_ = true;
      if (starts_with_name_) add("->");
      starts_with_name_ = false;
    } else {
      if (starts_with_name_) add(".");
      starts_with_name_ = Part::way == step::field || Part::way == step::half;
      if constexpr (Part::way == step::index) {
        add(">");
        for (std::size_t left = Part::at; left >= 10; left /= 10) add(digit(left % 10));
        add(digit(first_digit(Part::at)));
        add("<");
      } else if constexpr (Part::way == step::type) {
        add(">");
        add(name);
        add("<");
      } else {
        add(name);
      }
    }
  }

  /// "it", or "its field 'order.lines[].text'".
  constexpr void write_subject(compile_time_text& to) const {
    if (count_ == 0) {
      to += ends_at_pointee_ ? "what it points to" : "it";
      return;
    }
    to += starts_with_name_ ? "its field '" : "its part '";
    if (ends_at_pointee_) to += "*";
    for (std::size_t i = count_; i > 0; --i) to += pieces_[i - 1];
    to += "'";
  }

 private:
  constexpr void add(std::string_view piece) {
    if (count_ < most)
      pieces_[count_++] = piece;
    else
      pieces_[most - 1] = "...";  // of a very long way, its end
  }
  static constexpr std::string_view digit(std::size_t number) {
    return std::string_view("0123456789").substr(number, 1);
  }
  static constexpr std::size_t first_digit(std::size_t number) {
    while (number >= 10) number /= 10;
    return number;
  }

  static constexpr std::size_t most = 64;
  std::string_view pieces_[most];
  std::size_t count_ = 0;
  bool starts_with_name_ = false;
  bool ends_at_pointee_ = false;
};

/// Its address stands for "T, of which this was asked".
template <class T, demand Asked>
inline constexpr char mark_of = 0;

template <class T, demand Asked, class Walk>
constexpr fault look_at(Walk& walk);

/// Adds the step from Whole to its part, in which a fault has been found, to the path.
template <class Whole, class Part>
constexpr void name_part(naming_walk& walk) {
  if constexpr (Part::way == step::field)
    walk.prepend<Part>(field_names<Whole>[Part::at]);
  else if constexpr (Part::way == step::type)
    walk.prepend<Part>(type_name<typename Part::type>());
  else if constexpr (Part::way == step::half)
    walk.prepend<Part>(Part::at == 0 ? "first" : "second");
  else
    walk.prepend<Part>("[]");
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
constexpr void write_fault(compile_time_text& to) {
  naming_walk walk;
  const fault found = look_at<T, Asked>(walk);
  walk.write_subject(to);
  to += " ";
  to += found;
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
constexpr void write_immovable(compile_time_text& to) {
  if constexpr (reflectable<M>) {
    []<class... Fields>(compile_time_text& text, type_list<Fields...>) {
      std::size_t at = 0;
      static_cast<void>(((!std::is_move_constructible_v<Fields> || (++at, false)) || ...));
      text += "its field '";
      text += field_names<M>[at];
      text += "' cannot be moved";
    }(to, field_types<M>());
  } else {
    to += "it cannot be moved";
  }
}

// One text for a sentence, to which all parts are added: g++ takes long for each that is made and copied.
template <class M, class Refused>
constexpr compile_time_text why_refused(std::string_view what) {
  compile_time_text text(what);
  text += type_name<M>();
  text += "' cannot be sent: ";
  if constexpr (owns_its_data<Refused>)
    write_immovable<Refused>(text);
  else
    write_fault<Refused, demand::send>(text);
  return text;
}

template <class M>
constexpr compile_time_text why_not_sendable() {
  return why_refused<M, M>("troupe: message '");
}

template <class M>
constexpr compile_time_text why_reply_not_sendable() {
  return why_refused<M, typename M::reply>("troupe: the reply of message '");
}

template <class T>
constexpr compile_time_text why_not_shareable() {
  compile_time_text text("troupe: '");
  text += type_name<T>();
  text += "' cannot be shared: ";
  write_fault<T, demand::both>(text);
  return text;
}

template <class M>
concept reply_is_refused = requires {
  typename M::reply;
}
&&!std::is_void_v<typename M::reply> && !sendable<typename M::reply>;

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
