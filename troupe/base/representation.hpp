// base/representation.hpp - classes whose values are written as values of another type.
// Threads: compile time only.
#pragma once

namespace troupe {

/// Specialised for a class whose values mean something only while the processes run that pass them on, such as an
/// address: a message to another process may hold it (portable_message), what is kept may not (portable).
///   using type = …;                                what is written instead; portable
///   static type of(const T& value);
///   static bool restore(type written, T& value);   false: there is no such value
///   static constexpr std::string_view fault;       what is wrong then
///   static void append_shape(std::string& out);    its shape (shape.hpp)
template <class T>
struct representation {};

template <class T>
concept represented = requires {
  typename representation<T>::type;
};

}  // namespace troupe
