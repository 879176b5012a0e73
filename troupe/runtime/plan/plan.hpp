// runtime/plan/plan.hpp - what a run consists of, as pure values: members, edges, windows.
// Threads: plain values; portable, so that a worker gets it over its lifeline.
// Source: docs/delivery.md.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/failure_rules.hpp>
#include <troupe/base/restart_policy.hpp>
#include <troupe/base/worker_settings.hpp>
#include <troupe/config/schema.hpp>
#include <troupe/runtime/delivery/lineage.hpp>
#include <troupe/runtime/delivery/outbox.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// The name of the director's node.
inline constexpr const char* director_node = "director";

/// jobs: a source and a sink in one: jobs of a library pool enter there, and their results come back.
enum class member_kind : std::uint8_t { source, stage, sink, jobs };

/// What a source puts into one item.
enum class packing : std::uint8_t {
  single,  // line, file or a number
  vector,  // vector of them: the stage takes batches
  block    // troupe::lines: batches of lines in one block of memory
};

/// Where a source reads. Paths are ready to open; globs stand until resolve_inputs() has expanded them.
struct source_plan {
  config::source from;
  packing pack = packing::single;
  config::batch batch;             // bounds of one item unless single
  std::vector<std::string> paths;  // of files, in reading order
  std::uint64_t total_bytes = 0;   // of regular files among them; 0: unknown
};

struct sink_plan {
  std::string path;  // ready to open; "-" is standard output; "" of a program
  config::sink::format_of format = config::sink::format_of::jsonl;
  config::sink::kind_of kind = config::sink::kind_of::file;
  std::vector<std::string> command = {};  // ready to start
  std::vector<int> success{0};
};

/// An external program as a stage: docs/programs.md.
struct program_plan {
  config::program what;       // its path and that of its output ready to use; framings as they are used
  bool gives_blocks = false;  // its lines leave as troupe::lines, not one by one
};

struct member_plan {
  member_id id = 0;
  member_kind kind = member_kind::stage;
  std::string name;  // "count", "count.from", "totals.to"
  std::vector<edge_id> in;
  std::vector<edge_id> out;
  std::vector<member_id> origins;  // the anchors whose items can reach it through stateless stages
  config::position at;             // in the file
  // Of stages:
  std::string call;                      // "" of a program
  std::optional<program_plan> program;   // instead of what is registered
  std::optional<config::batch> gathers;  // the plan has added it: it forms batches for the program behind it
  bool in_process = false;               // worker processes; else actors in the director
  bool keeps_state = false;
  std::string stage =
      {};  // of a slot: the stage of the file whose state it keeps a part of; "" of all others
  bool takes_batches = false;
  std::uint32_t workers = 1;      // at most; instances in the director are always so many
  std::uint32_t min_workers = 1;  // of processes: where that is less, as many as there is work for
  milliseconds idle{30'000};      // so long one too many is kept
  std::optional<milliseconds> timeout;
  std::uint32_t max_attempts = 3;
  retry_rules retry;
  after_quarantine on_quarantine = after_quarantine::go_on;
  std::string quarantine;  // a folder, ready to use
  restart_options restart;
  worker_settings worker;  // of processes; cwd ready to use
  // Of the others:
  std::optional<source_plan> source;
  std::optional<sink_plan> sink;
  std::optional<window> spread;  // of an origin whose order somebody restores: what may be open at most

  /// Origins number what they send; terminals remember what they took.
  [[nodiscard]] bool is_origin() const noexcept {
    return kind == member_kind::source || kind == member_kind::jobs || keeps_state;
  }
  [[nodiscard]] bool is_terminal() const noexcept { return kind == member_kind::sink || keeps_state; }
  /// How many may be alive at the same time. Of processes a quarter more than work: one that is replaced finishes what it
  /// holds in its own slot while its successor works in another, so each slot has one life at a time. A slot with state has one
  /// process at a time.
  [[nodiscard]] std::uint32_t most_workers() const noexcept {
    return in_process && !keeps_state ? workers + (workers + 3) / 4 : workers;
  }
};

/// A field has that value, both as they travel.
struct field_is {
  std::uint32_t field = 0;
  bytes value;
};

struct edge_plan {
  edge_id id = 0;
  member_id from = 0;
  member_id to = 0;
  std::string type;   // of the items
  std::string shape;  // canonical, compared at the handshake
  window limit;
  /// Edges of one producer with the same way lead to the slots of one stage, and each item goes to one of these: by the
  /// bytes of its field with that number, else by its lineage. Ways count from 0 in the order of `out`.
  std::uint32_t way = 0;
  std::optional<std::uint32_t> key_field = {};
  std::vector<field_is> when = {};  // only items of which all of this holds take that way
  bool ordered = false;             // the consumer, a terminal, takes items in the order of their origin
  bool returns =
      false;  // what the consumer makes of an item goes back to its sender, and is its acknowledgement
};

struct plan {
  std::string path;                  // of the file
  std::vector<member_plan> members;  // member id n is members[n - 1]
  std::vector<edge_plan> edges;      // edge id n is edges[n - 1]

  [[nodiscard]] const member_plan& member(member_id id) const { return members.at(id - 1); }
  [[nodiscard]] const edge_plan& edge(edge_id id) const { return edges.at(id - 1); }
  /// nullptr when the id is not of this plan: ids that came from outside are checked with these.
  [[nodiscard]] const edge_plan* find_edge(edge_id id) const noexcept;
  [[nodiscard]] const member_plan* find_member(member_id id) const noexcept;
};

}  // namespace troupe::runtime
