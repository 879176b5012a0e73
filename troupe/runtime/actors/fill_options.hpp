// runtime/actors/fill_options.hpp - what the file says under `options` becomes the options struct of an actor's
// class.
// Threads: one.
// Source: docs/config.md, "options".
#pragma once
#include <troupe/base/reflect.hpp>
#include <troupe/base/value_kind.hpp>
#include <troupe/runtime/actors/option_reader.hpp>
#include <troupe/runtime/actors/option_types.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace troupe::runtime {

/// `to` holds a default; what is wrong is reported, and leaves it in any state.
template <class T>
void fill_value(option_reader& in, const config::value& from, T& to);

/// Reports addresses that are empty and were not written. `around`: the table that should have them.
template <class T>
void require_addresses(option_reader& in, const T& value, config::position around) {
  if constexpr (is_address<T>) {
    if (!value) in.not_named(around);
  } else if constexpr (kind_of<T>() == value_kind::structure) {
    for_each_field(value, [&](std::string_view name, const auto& field) {
      const option_reader::step into(in, name);
      require_addresses(in, field, around);
    });
  }
}

template <class T>
void fill_struct(option_reader& in, const config::table& from, config::position at, T& to) {
  for_each_field(to, [&](std::string_view name, auto& field) {
    const option_reader::step into(in, name);
    if (const config::entry* written = config::find(from, name))
      fill_value(in, written->value, field);
    else
      require_addresses(in, field, at);
  });
  in.close(from, field_names<T>);
}

template <class Int>
void fill_integer(option_reader& in, const config::value& from, Int& to) {
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<Int>::max());
  constexpr auto high = std::min(largest, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  const auto read = in.whole(from, static_cast<std::int64_t>(std::numeric_limits<Int>::min()),
                             static_cast<std::int64_t>(high));
  if (read) to = static_cast<Int>(*read);
}

template <class Duration>
void fill_duration(option_reader& in, const config::value& from, Duration& to) {
  using rep = typename Duration::rep;
  if constexpr (std::is_floating_point_v<rep>) {
    const auto read = in.duration(from, nanoseconds(1), std::numeric_limits<std::uint64_t>::max());
    if (read) to = std::chrono::duration_cast<Duration>(*read);
  } else {
    constexpr nanoseconds unit(std::ratio_divide<typename Duration::period, std::nano>::num);
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<rep>::max());
    const auto read = in.duration(from, unit, most);
    if (read) to = Duration(static_cast<rep>(*read / unit));
  }
}

template <class Enum>
void fill_enum(option_reader& in, const config::value& from, Enum& to) {
  constexpr auto& all = enumerators<Enum>;
  std::array<std::string_view, all.size()> words;
  for (std::size_t i = 0; i < all.size(); ++i) words[i] = all[i].name;
  if (const auto read = in.word(from, words)) to = all[*read].value;
}

template <class... Ms>
void fill_address(option_reader& in, const config::value& from, address<Ms...>& to) {
  const std::array<const actors::message_type*, sizeof...(Ms)> wanted{&actors::message_type_of<Ms>...};
  auto found = in.actor(from, wanted);
  if (found) to = actors::address_access::make<address<Ms...>>(std::move(*found));
}

template <class Sequence>
void fill_sequence(option_reader& in, const config::value& from, Sequence& to) {
  const config::array* list = in.list(from);
  if (list == nullptr) return;
  to.clear();
  for (std::size_t i = 0; i < list->size(); ++i) {
    const option_reader::step into(in, i);
    typename Sequence::value_type each{};
    fill_value(in, (*list)[i], each);
    to.push_back(std::move(each));
  }
}

template <class Map>
void fill_map(option_reader& in, const config::value& from, Map& to) {
  const config::table* entries = in.table(from);
  if (entries == nullptr) return;
  to.clear();
  for (const config::entry& each : *entries) {
    const option_reader::step into(in, each.key);
    typename Map::mapped_type mapped{};
    fill_value(in, each.value, mapped);
    to.emplace(each.key, std::move(mapped));
  }
}

template <class T>
void fill_value(option_reader& in, const config::value& from, T& to) {
  constexpr value_kind kind = kind_of<T>();
  if constexpr (is_address<T>) {
    fill_address(in, from, to);
  } else if constexpr (kind == value_kind::boolean) {
    if (const auto read = in.truth(from)) to = *read;
  } else if constexpr (kind == value_kind::integer) {
    fill_integer(in, from, to);
  } else if constexpr (kind == value_kind::floating) {
    const auto read = in.number(from, static_cast<double>(std::numeric_limits<T>::max()));
    if (read) to = static_cast<T>(*read);
  } else if constexpr (kind == value_kind::text) {
    if (const auto* read = in.text(from)) to = *read;
  } else if constexpr (kind == value_kind::duration) {
    fill_duration(in, from, to);
  } else if constexpr (kind == value_kind::enumeration) {
    fill_enum(in, from, to);
  } else if constexpr (kind == value_kind::optional) {
    if (!to) to.emplace();
    fill_value(in, from, *to);
  } else if constexpr (kind == value_kind::sequence) {
    fill_sequence(in, from, to);
  } else if constexpr (kind == value_kind::map) {
    fill_map(in, from, to);
  } else {
    if (const config::table* fields = in.table(from)) fill_struct(in, *fields, from.where, to);
  }
}

/// The options of `of`, an actor of `whole`: each field that the file writes under `options`, the others as
/// Options has them by default. Errors, all of them together, each at its place in the file: unknown keys,
/// values of a wrong type or out of range, names that `names` does not resolve, and addresses that are empty
/// by default and not written (in an optional, a list or a map there may be none). For a class that has no
/// options, an empty struct.
template <class Options>
[[nodiscard]] tl::expected<Options, config::diagnostics> fill_options(const config::file& whole,
                                                                      const config::actor& of,
                                                                      name_resolver& names) {
  if constexpr (!fillable<Options>) {
    refuse<as_sentence<[] { return why_not_fillable<Options>(); }>()>();
  } else {
    option_reader in(whole, of, names);
    Options out{};
    fill_struct(in, of.options, config::where(of, "options"), out);
    auto wrong = in.take();
    if (!wrong.empty()) return tl::unexpected(std::move(wrong));
    return out;
  }
}

}  // namespace troupe::runtime
