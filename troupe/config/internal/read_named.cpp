#include <troupe/config/internal/read_named.hpp>

#include <algorithm>
#include <cctype>

namespace troupe::config {
namespace {

constexpr std::size_t longest_name = 64;

}  // namespace

bool is_name(std::string_view text) noexcept {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, allowed);
}

const table* tables_of(section& top, const section_kind& kind, findings& to) {
  const value* found = top.take(kind.word);
  if (found == nullptr) return nullptr;
  const auto* tables = found->as<table>();
  if (tables == nullptr) {
    top.expected(kind.word, "tables such as " + std::string(kind.example), *found);
    return nullptr;
  }
  if (tables->size() > kind.most) {
    to.add(found->where, "there are " + std::to_string(tables->size()) + ' ' + std::string(kind.many) +
                             "; at most " + std::to_string(kind.most) + " are supported");
    return nullptr;
  }
  return tables;
}

void check_name(const section_kind& kind, const entry& of, findings& to) {
  if (is_name(of.key)) return;
  to.add(of.where, std::string(kind.word) + " name " + in_quotes(of.key) + " is not 1 to " +
                       std::to_string(longest_name) + " letters, digits, '-' and '_'");
}

}  // namespace troupe::config
