// config/internal/findings.hpp - collects what is wrong, bounded, and sorts it by position.
// Threads: one.
#pragma once
#include <troupe/config/load.hpp>
#include <troupe/config/wording.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// The errors of one load.
class findings {
 public:
  /// Path and overrides of `of` must stand already; it must outlive this.
  explicit findings(const file& of) : of_(of) {}

  void add(const position& where, std::string message, std::string hint = {});

  /// did_you_mean(), or "" when nothing is near or nobody would read it.
  [[nodiscard]] std::string near(std::string_view name, std::span<const std::string> known) const;

  /// More than can be listed: hints are not worth their time any more.
  [[nodiscard]] bool crowded() const noexcept { return dropped_ > 0; }
  [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
  /// Sorted: the file's by position, then those of overrides; at most max_diagnostics, then how many more.
  [[nodiscard]] diagnostics take();

 private:
  struct found {
    position where;
    std::string message;
    std::string hint;
  };
  void keep_first();

  const file& of_;
  std::vector<found> kept_;
  std::size_t dropped_ = 0;
};

}  // namespace troupe::config
