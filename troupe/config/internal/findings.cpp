#include <troupe/config/internal/findings.hpp>

#include <algorithm>
#include <tuple>

namespace troupe::config {
void findings::add(const position& where, std::string message, std::string hint) {
  kept_.push_back({where, std::move(message), std::move(hint)});
  // a hostile file has millions of errors: hold a bounded number, and the first ones by position
  if (kept_.size() >= 2 * max_diagnostics) keep_first();
}

std::string findings::near(std::string_view name, std::span<const std::string> known) const {
  return crowded() ? "" : did_you_mean(name, known);
}

void findings::keep_first() {
  std::ranges::stable_sort(kept_, {}, [](const found& f) {
    return std::tuple(f.where.override_number, f.where.line, f.where.column);
  });
  if (kept_.size() <= max_diagnostics) return;
  dropped_ += kept_.size() - max_diagnostics;
  kept_.resize(max_diagnostics);
}

diagnostics findings::take() {
  keep_first();
  diagnostics out;
  out.reserve(kept_.size() + 1);
  for (found& f : kept_) out.push_back(error_at(of_, f.where, std::move(f.message), std::move(f.hint)));
  if (dropped_ > 0) out.push_back({of_.path, {}, std::to_string(dropped_) + " more errors", ""});
  kept_.clear();
  return out;
}

}  // namespace troupe::config
