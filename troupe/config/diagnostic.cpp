#include <troupe/config/diagnostic.hpp>
#include <troupe/config/schema.hpp>

namespace troupe::config {

std::string to_string(const diagnostic& found) {
  std::string out = found.file;
  if (found.at.line > 0) out += ':' + std::to_string(found.at.line) + ':' + std::to_string(found.at.column);
  out += ": error: " + found.message;
  if (!found.hint.empty()) out += "; " + found.hint;
  return out;
}

position where(const stage& of, std::string_view key) {
  auto found = of.at.find(std::string(key));
  if (found == of.at.end()) found = of.at.find("");
  return found == of.at.end() ? position{} : found->second;
}

}  // namespace troupe::config
