// config/internal/read_named.hpp - the tables [stage.NAME], [actor.NAME], [supervisor.NAME] and
// [process.NAME], one like the other.
// Threads: one.
#pragma once
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/section.hpp>
#include <troupe/config/schema.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// A stage, actor, supervisor or process as it was read.
template <class T>
struct named {
  T value;
  bool readable = true;  // false: it is not even a table
};
using read_stage = named<stage>;
using read_actor = named<actor>;
using read_supervisor = named<supervisor>;
using read_process = named<process>;

struct section_kind {
  std::string_view word;     // "stage"
  std::string_view many;     // "stages"
  std::string_view example;  // "[stage.parse]"
  std::size_t most;          // tables of this kind
};

/// The tables of a kind; nullptr when there are none, or after a report.
[[nodiscard]] const table* tables_of(section& top, const section_kind& kind, findings& to);
/// 1 to 64 letters, digits, '-' and '_'.
[[nodiscard]] bool is_name(std::string_view text) noexcept;
/// Reports a name that is none.
void check_name(const section_kind& kind, const entry& of, findings& to);

/// All of one kind, in the order of the file. `read_keys` fills in what follows the name.
template <class T>
[[nodiscard]] std::vector<named<T>> read_named(section& top, const section_kind& kind,
                                               void (*read_keys)(section& in, T& out), findings& to) {
  const table* tables = tables_of(top, kind, to);
  if (tables == nullptr) return {};
  std::vector<named<T>> all;
  all.reserve(tables->size());
  for (const entry& each : *tables) {
    named<T>& out = all.emplace_back();
    out.value.name = each.key;
    out.value.at.emplace("", each.value.where);
    check_name(kind, each, to);
    const std::string title = "[" + std::string(kind.word) + "." + printable(each.key) + "]";
    if (const auto* keys = each.value.as<table>()) {
      section in(*keys, title, "", out.value.at, to);
      read_keys(in, out.value);
    } else {
      to.add(each.value.where, title + ": expected a table, found " + describe(each.value));
      out.readable = false;
    }
  }
  return all;
}

}  // namespace troupe::config
