#include <troupe/config/diagnostic.hpp>
#include <troupe/config/schema.hpp>

#include <utility>

namespace troupe::config {

std::string to_string(const diagnostic& found) {
  std::string out = found.file;
  if (found.at.line > 0) out += ':' + std::to_string(found.at.line) + ':' + std::to_string(found.at.column);
  out += (out.empty() ? "error: " : ": error: ") + found.message;
  if (!found.hint.empty()) out += "; " + found.hint;
  return out;
}

namespace {

position innermost(const positions& at, std::string_view key) {
  for (;;) {
    const auto found = at.find(std::string(key));
    if (found != at.end()) return found->second;
    if (key.empty()) return {};
    const auto above = key.find_last_of(".[");
    key = key.substr(0, above == std::string_view::npos ? 0 : above);
  }
}

}  // namespace

position where(const stage& of, std::string_view key) {
  return innermost(of.at, key);
}

std::string key_of_sink(const stage& of, std::size_t index) {
  auto in_list = "to[" + std::to_string(index) + ']';
  return of.at.contains(in_list) ? in_list : "to";
}

position where(const actor& of, std::string_view key) {
  return innermost(of.at, key);
}

position where(const supervisor& of, std::string_view key) {
  return innermost(of.at, key);
}

position where(const process& of, std::string_view key) {
  return innermost(of.at, key);
}

diagnostic error_at(const file& of, position at, std::string message, std::string hint) {
  const auto n = at.override_number;
  return {n == 0 ? of.path : "--set " + of.overrides.at(n - 1), at, std::move(message), std::move(hint)};
}

}  // namespace troupe::config
