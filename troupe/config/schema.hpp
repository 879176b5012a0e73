// config/schema.hpp - what a configuration file says, as plain values with their defaults.
// Threads: plain values.
// Source: docs/config.md; config/default.toml states the same defaults.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/failure_rules.hpp>
#include <troupe/base/item_framing.hpp>
#include <troupe/base/mailbox_options.hpp>
#include <troupe/base/resource_limits.hpp>
#include <troupe/base/restart_policy.hpp>
#include <troupe/base/worker_settings.hpp>
#include <troupe/config/diagnostic.hpp>
#include <troupe/config/value.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::config {

/// from = { files = "logs/*.log", split = "lines" }
struct files_source {
  enum class split_by { lines, none };  // one item per line, or one per file
  std::vector<std::string> files;       // paths and globs as written; resolve() makes them openable
  split_by split = split_by::lines;
  friend bool operator==(const files_source&, const files_source&) = default;
};

/// from = { stdin = true }: one item per line of the director's standard input.
struct stdin_source {
  friend bool operator==(const stdin_source&, const stdin_source&) = default;
};

/// from = { range = [0, 1000] }: the whole numbers from first up to, not including, last; first < last.
struct range_source {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const range_source&, const range_source&) = default;
};

/// from = { command = ["journalctl", "-f"] }: one item per line of what the program prints.
struct command_source {
  std::vector<std::string> command;  // at least one, the first not empty; braces are text
  std::vector<int> success{0};       // exit codes, 0 to 255, at least one
  friend bool operator==(const command_source&, const command_source&) = default;
};

/// from = { fifo = "in.fifo" }: one item per line of a named pipe.
struct fifo_source {
  std::string path;        // as written
  bool keep_open = false;  // goes on when all who wrote have gone
  friend bool operator==(const fifo_source&, const fifo_source&) = default;
};

/// from = { unix = "in.sock" }: listens there; one item per line of each connection, one after the other.
struct unix_source {
  std::string path;  // as written
  bool keep_open = false;
  friend bool operator==(const unix_source&, const unix_source&) = default;
};

using source =
    std::variant<files_source, stdin_source, range_source, command_source, fifo_source, unix_source>;

/// to = { file = "out.jsonl", format = "jsonl" }; instead of a file a program's input, a FIFO or a Unix socket.
struct sink {
  enum class format_of { jsonl, lines, msgpack };
  enum class kind_of { file, command, fifo, unix_socket };
  std::string file;  // path of the file, FIFO or socket, as written; "-", of a file: standard output
  format_of format = format_of::jsonl;
  kind_of kind = kind_of::file;
  std::vector<std::string> command = {};  // as of command_source
  std::vector<int> success{0};
  friend bool operator==(const sink&, const sink&) = default;
};

/// How many items enter the stage as one; a batch ends at whichever bound comes first.
struct batch {
  std::size_t size = 100'000;       // items, 1 to 1,000,000; large, so that bytes alone decides unless said
  std::size_t bytes = 1024 * 1024;  // 1 to 64 MiB; an item larger than that is a batch of its own
  milliseconds wait{1000};          // 1 ms to 1 h since the first item of the batch
  friend bool operator==(const batch&, const batch&) = default;
};

/// ordered = true: how far what a stage's source reads may be ahead of what has come out in its order.
struct reorder {
  std::size_t size = 100'000;             // items, 1 to 1,000,000
  std::size_t bytes = 64U * 1024 * 1024;  // encoded, 1 to 4 GiB; one item may always be under way
  friend bool operator==(const reorder&, const reorder&) = default;
};

/// command = ["gzip", "-c", "{input}"]: an external program instead of what is registered.
struct program {
  /// A process for each item; for each batch; one that stays up and answers item by item.
  enum class mode_of { per_item, per_batch, persistent };

  std::vector<std::string> command;  // at least one, the first not empty; patterns: see placeholders.hpp
  mode_of mode = mode_of::per_item;
  std::optional<framing> in;    // "stdin": how items are written to it; unset: by mode and what the items are
  std::optional<framing> out;   // "stdout": how its results are read; unset: by mode
  std::string output;           // a pattern as written; "": its results are not a file
  std::vector<int> success{0};  // exit codes, 0 to 255, at least one
  friend bool operator==(const program&, const program&) = default;
};

/// Where each written key's value stands; "" is the table header.
using positions = std::map<std::string, position>;

/// One [stage.<name>].
struct stage {
  enum class placement { process, thread };

  std::string name;                      // letters, digits, '-', '_'; 1 to 64
  std::vector<std::string> from_stages;  // existing stages, no cycle; empty when from_source is set
  std::optional<source> from_source;
  std::vector<sink> to;         // each gets every item
  std::string call;             // what the program registered; the stage's own name unless said
  std::size_t workers = 1;      // 1 to 1024; the most of them where min_workers is less
  std::size_t min_workers = 1;  // 0 to workers; less than that: as many as there is work for
  milliseconds idle{30'000};    // so long one too many is kept; 1 s to 24 h
  placement place = placement::process;
  std::optional<milliseconds> timeout;    // of one item; 1 ms to 30 days; never with placement::thread
  unsigned max_attempts = 3;              // 1 to 1000
  std::string quarantine = "quarantine";  // a folder, as written
  std::optional<config::batch> batch;     // only with from_source
  table when;                        // fields of what it takes, each with a plain value; empty: it takes all
  std::string key;                   // of a stage with state: a field of what it takes; "": none
  std::optional<reorder> ordered;    // unset: what it gives leaves as it comes
  std::size_t max_in_flight = 1024;  // items with one worker, 1 to 1,000,000
  retry_rules retry;
  after_quarantine on_quarantine = after_quarantine::go_on;
  restart_options restart;  // of the stage's workers
  worker_settings worker;   // cwd as written
  positions at = {};        // "workers", "batch.size", "from[1]" for a list; see where()
  /// Instead of `call`; never with placement::thread.
  std::optional<config::program> program = {};
  friend bool operator==(const stage&, const stage&) = default;
};

/// One [actor.<name>].
struct actor {
  /// On the threads that all actors share; on one of its own; in another process, on the threads there.
  enum class placement { thread, detached, process };

  std::string name;  // as of stages
  std::string call;  // what the program registered; the actor's own name unless said
  placement place = placement::thread;
  std::string process;  // in which it lives: its own name, or a [process.NAME]; "" unless placement::process
  mailbox_options mailbox;  // capacity 0 (unbounded) to 1,000,000,000 messages
  table options;            // as written; what they mean, the program knows
  restart_options restart;  // never written for an actor that a supervisor lists: that one's holds
  positions at = {};        // "place", "mailbox.capacity", "options"; those below options are in the values
  friend bool operator==(const actor&, const actor&) = default;
};

/// One [supervisor.<name>].
struct supervisor {
  /// Who is restarted with a child that ended: nobody; all children; those listed behind it.
  enum class strategy_of { one_for_one, one_for_all, rest_for_one };

  std::string name;  // as of stages
  std::vector<std::string>
      children;  // actors and supervisors, at least one; each has one supervisor, no cycle
  strategy_of strategy = strategy_of::one_for_one;
  restart_options restart;  // of its children
  positions at = {};        // "strategy", "children[1]" for a list
  friend bool operator==(const supervisor&, const supervisor&) = default;
};

/// One [process.<name>]: a process for all actors whose place it is, at least one.
struct process {
  std::string name;  // as of stages; not "director", and none of the words of actor::placement
  resource_limits
      limits;  // memory_max, address_space, open_files ("nofile"), cpu_time and tasks_max may be written
  positions at = {};  // "limits.nofile"
  friend bool operator==(const process&, const process&) = default;
};

/// A whole configuration, checked: names are unique, references exist, there is no cycle.
struct file {
  std::string path;                    // as given
  std::string directory;               // of path; "" when path has no folder in it
  std::vector<std::string> overrides;  // each --set, as given
  std::vector<stage> stages;           // in the order of the file, as the others; at least one stage or actor
  std::vector<actor> actors;
  std::vector<supervisor> supervisors;
  std::vector<process> processes;  // those of actors with place = "process" are not among them
  std::string text;  // as it was read: whoever parses it again, with path and overrides, gets the same
  friend bool operator==(const file&, const file&) = default;
};

/// Where `key` of the stage stands; when it is not written, what it is in: "from[1]", "from", the table
/// header.
[[nodiscard]] position where(const stage& of, std::string_view key);
/// The key of a sink among the stage's: "to", or in a list "to[1]".
[[nodiscard]] std::string key_of_sink(const stage& of, std::size_t index);
[[nodiscard]] position where(const actor& of, std::string_view key);
[[nodiscard]] position where(const supervisor& of, std::string_view key);
[[nodiscard]] position where(const process& of, std::string_view key);

/// An error of what stands at `at`: it names the file, or the --set that said it.
[[nodiscard]] diagnostic error_at(const file& of, position at, std::string message, std::string hint = {});

}  // namespace troupe::config
