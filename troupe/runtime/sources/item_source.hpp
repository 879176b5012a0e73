// runtime/sources/item_source.hpp - where items come from: portions of encoded input, read one after the
// other.
// Threads: one reader thread calls next(); stop() may be called from any thread.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/spawn/spawner.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace troupe::runtime {

/// One item ready to be sent: single, or a batch of `span` consecutive ones.
struct portion {
  std::uint32_t span = 1;
  bytes payload;
  std::uint64_t read_bytes = 0;  // of the input, line ends included
  std::uint64_t not_utf8 = 0;    // lines that are not valid UTF-8
};

class item_source {
 public:
  virtual ~item_source() = default;
  /// Blocks until there is a portion; nullopt at the end of all input, or after stop().
  [[nodiscard]] virtual result<std::optional<portion>> next() = 0;
  /// True when next() would have to wait for input that somebody may never write.
  [[nodiscard]] virtual bool would_wait() const { return false; }
  /// Ends a next() that waits for input, and all later ones. Thread safe.
  virtual void stop() = 0;
};

/// A line longer than this, its end not counted, ends the run with an error that names it.
inline constexpr std::size_t max_line_bytes = 32U << 20U;

/// What a source may need of its process: who starts its program, and where what that says is written.
struct source_setting {
  spawn::spawner* programs = nullptr;  // must outlive the source; none: a source that is a program is refused
  logger log;
};

/// The reader that fits the plan. A socket listens from now on; a program is started with the first next().
[[nodiscard]] result<std::unique_ptr<item_source>> open_source(const source_plan& from,
                                                               const source_setting& with);

}  // namespace troupe::runtime
