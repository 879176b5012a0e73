// base/log.hpp - lines for people: levels, names, colours on a terminal. The seam to spdlog.
// Threads: any thread may log through any copy of a logger; the lines of one call stay together.
#pragma once
#include <troupe/base/error.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace troupe {

enum class log_level : std::uint8_t { trace, debug, info, warn, error };
enum class log_colour : std::uint8_t {
  automatic,  // when stderr is a terminal and NO_COLOR is unset or empty (no-color.org)
  always,
  never
};

struct log_options {
  log_level level = log_level::info;  // what is below is discarded before it is formatted
  log_colour colour = log_colour::automatic;
  /// Takes the finished lines of one call, '\n' included, instead of stderr; for whoever draws on the same
  /// terminal. Called under the log's lock: it must not log itself.
  std::function<void(std::string_view)> write = {};
  /// Takes each call as it is, instead of lines: for a process whose log another one writes. Called by any thread, several
  /// at once; it must not log itself.
  std::function<void(log_level, std::string_view name, std::string_view text)> pass_on = {};
};

/// "trace", "debug", "info", "warn", "error".
[[nodiscard]] std::string_view log_level_name(log_level level) noexcept;
/// The level of that name. Errors: invalid_argument, with the names that exist.
[[nodiscard]] result<log_level> parse_log_level(std::string_view name);

/// Where lines go, under a name. Cheap to copy. A default-constructed logger discards. main() makes one and
/// passes it on; nothing global stands behind it.
///
/// A line reads `14:03:07.218 warn  count.0: text`. Text of several lines has that in front of each. Control
/// characters and bytes that are not UTF-8 are written as \x1b, so that captured output cannot drive the
/// terminal. What stderr does not take (a full disk, a closed pipe) is lost without a word.
class logger {
 public:
  logger() noexcept = default;
  [[nodiscard]] static logger make(log_options options);

  /// The same destination under another name: "count.0". An empty name is left out of the line.
  [[nodiscard]] logger named(std::string name) const;
  [[nodiscard]] const std::string& name() const noexcept;
  /// Whether a line of this level is written; to save the cost of making its text.
  [[nodiscard]] bool takes(log_level level) const noexcept;

  /// The pieces are joined without spaces: log.warn("worker ", id, " ended"). Text only: numbers by
  /// std::to_string.
  template <std::convertible_to<std::string_view>... Pieces>
  void log(log_level level, const Pieces&... pieces) const {
    if (!takes(level)) return;
    const std::array<std::string_view, sizeof...(Pieces)> views{std::string_view(pieces)...};
    write(level, views);
  }
  template <std::convertible_to<std::string_view>... Pieces>
  void trace(const Pieces&... pieces) const {
    log(log_level::trace, pieces...);
  }
  template <std::convertible_to<std::string_view>... Pieces>
  void debug(const Pieces&... pieces) const {
    log(log_level::debug, pieces...);
  }
  template <std::convertible_to<std::string_view>... Pieces>
  void info(const Pieces&... pieces) const {
    log(log_level::info, pieces...);
  }
  template <std::convertible_to<std::string_view>... Pieces>
  void warn(const Pieces&... pieces) const {
    log(log_level::warn, pieces...);
  }
  template <std::convertible_to<std::string_view>... Pieces>
  void error(const Pieces&... pieces) const {
    log(log_level::error, pieces...);
  }

 private:
  class destination;
  struct shared;
  void write(log_level level, std::span<const std::string_view> pieces) const;

  std::shared_ptr<const shared> shared_;
};

/// The text as a terminal may see it: control characters (but '\n' and '\t') and bytes that are not UTF-8 as
/// \x1b.
[[nodiscard]] std::string escape_for_terminal(std::string_view text);

}  // namespace troupe
