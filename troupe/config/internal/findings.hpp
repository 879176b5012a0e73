// config/internal/findings.hpp - collects what is wrong, bounded, and sorts it by position.
// Threads: one.
#pragma once
#include <troupe/config/internal/document.hpp>
#include <troupe/config/load.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// The errors of one load. Holds references: `overrides` must outlive it.
class findings {
 public:
  findings(std::string path, const std::vector<std::string>& overrides)
      : path_(std::move(path)), overrides_(overrides) {}

  void add(const mark& where, std::string message, std::string hint = {});

  /// "did you mean 'count'?", or "" when nothing is near.
  [[nodiscard]] std::string near(std::string_view name, std::span<const std::string> known) const;

  /// More than can be listed: hints are not worth their time any more.
  [[nodiscard]] bool crowded() const noexcept { return dropped_ > 0; }
  [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
  /// Sorted: the file's by position, then those of overrides; at most max_diagnostics, then how many more.
  [[nodiscard]] diagnostics take();

 private:
  struct found {
    mark where;
    std::string message;
    std::string hint;
  };
  void keep_first();

  std::string path_;
  const std::vector<std::string>& overrides_;
  std::vector<found> kept_;
  std::size_t dropped_ = 0;
};

}  // namespace troupe::config
