#include <troupe/base/shape.hpp>

#include <algorithm>
#include <optional>

namespace troupe {

namespace {

constexpr unsigned max_shape_depth = 64;
constexpr std::size_t max_shown = 60;

/// A part of a shape: ours are well-formed, a peer's may be anything.
struct node {
  std::string_view text;                 // all of it
  std::string_view head;                 // the type's name, or the opening character
  std::vector<std::string_view> labels;  // of the parts, for a struct's fields
  std::vector<node> parts;
};

class parser {
 public:
  explicit parser(std::string_view text) : text_(text) {}

  std::optional<node> all() {
    node out;
    if (!parse(out, 0) || at_ != text_.size()) return std::nullopt;
    return out;
  }

 private:
  bool eat(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  /// An identifier, with what stands in <> behind it.
  bool name(std::string_view& out) {
    const std::size_t from = at_;
    constexpr std::string_view ends = "{}()[]<>|?:;,";
    while (at_ < text_.size() && ends.find(text_[at_]) == ends.npos) ++at_;
    if (at_ != from && next_is('<')) {
      unsigned depth = 0;
      do {
        if (text_[at_] == '<') ++depth;
        if (text_[at_] == '>') --depth;
        ++at_;
      } while (depth > 0 && at_ < text_.size());
    }
    out = text_.substr(from, at_ - from);
    return !out.empty();
  }

  bool list(node& out, char end, unsigned depth) {
    if (eat(end)) return true;
    do {
      if (!parse(out.parts.emplace_back(), depth + 1)) return false;
    } while (eat(','));
    return eat(end);
  }

  bool fields(node& out, unsigned depth) {
    if (eat('}')) return true;
    do {
      if (!name(out.labels.emplace_back()) || !eat(':')) return false;
      if (!parse(out.parts.emplace_back(), depth + 1)) return false;
    } while (eat(','));
    return eat('}');
  }

  bool bracketed(node& out, unsigned depth) {
    const char open = text_[at_];
    out.head = text_.substr(at_++, 1);
    if (open == '?') return parse(out.parts.emplace_back(), depth + 1);
    if (open == '(') return list(out, ')', depth);
    if (open == '|') return list(out, '|', depth);
    if (!parse(out.parts.emplace_back(), depth + 1)) return false;
    if (open == '<') return eat('>');
    if (open == '{') return eat(':') && parse(out.parts.emplace_back(), depth + 1) && eat('}');
    std::string_view size;
    return (!eat(';') || name(size)) && eat(']');
  }

  bool named(node& out, unsigned depth) {
    const std::size_t from = at_;
    std::string_view ignored;
    if (!name(ignored)) return false;
    if (eat('(') && (!name(ignored) || !eat(')'))) return false;  // an enum and its integer
    out.head = text_.substr(from, at_ - from);
    return !eat('{') || fields(out, depth);
  }

  bool parse(node& out, unsigned depth) {
    if (depth > max_shape_depth || at_ == text_.size()) return false;
    const std::size_t from = at_;
    const bool bracket = std::string_view("?[<{(|").find(text_[at_]) != std::string_view::npos;
    if (!(bracket ? bracketed(out, depth) : named(out, depth))) return false;
    out.text = text_.substr(from, at_ - from);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string shown(std::string_view text) {
  return text.size() <= max_shown ? std::string(text) : std::string(text.substr(0, max_shown)) + "…";
}

std::string two_sides(const std::string& path, std::string_view ours, std::string_view theirs) {
  return (path.empty() ? "the message" : path) + " is " + shown(ours) + " here and " + shown(theirs) +
         " there";
}

std::string compare_structs(const node& ours, const node& theirs, const std::string& path);

std::string compare(const node& ours, const node& theirs, const std::string& path) {
  if (ours.text == theirs.text) return {};
  const bool both_structs = !ours.labels.empty() && !theirs.labels.empty();
  if (ours.head == theirs.head && both_structs) return compare_structs(ours, theirs, path);
  const bool comparable = ours.head == theirs.head && ours.parts.size() == theirs.parts.size() &&
                          ours.labels.empty() == theirs.labels.empty();
  if (comparable) {
    for (std::size_t i = 0; i < ours.parts.size(); ++i) {
      const std::string part = ours.parts.size() == 1 ? "[]" : "[" + std::to_string(i) + "]";
      std::string found = compare(ours.parts[i], theirs.parts[i], path + (ours.head == "?" ? "" : part));
      if (!found.empty()) return found;
    }
  }
  return two_sides(path, ours.text, theirs.text);
}

std::string compare_structs(const node& ours, const node& theirs, const std::string& path) {
  const std::string where = path.empty() ? std::string(ours.head) : path;
  const std::size_t both = std::min(ours.parts.size(), theirs.parts.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (ours.labels[i] != theirs.labels[i])
      return "field " + std::to_string(i + 1) + " of " + where + " is '" + shown(ours.labels[i]) +
             "' here and '" + shown(theirs.labels[i]) + "' there";
    std::string found = compare(ours.parts[i], theirs.parts[i], where + "." + std::string(ours.labels[i]));
    if (!found.empty()) return found;
  }
  const bool we_have_more = ours.parts.size() > both;
  const node& longer = we_have_more ? ours : theirs;
  return where + " has the field '" + shown(longer.labels[both]) + "' (" + shown(longer.parts[both].text) +
         ") " + (we_have_more ? "here and not there" : "there and not here");
}

}  // namespace

std::string shape_difference(std::string_view ours, std::string_view theirs) {
  if (ours == theirs) return {};
  const std::optional<node> here = parser(ours).all();
  const std::optional<node> there = parser(theirs).all();
  if (!here || !there) return two_sides({}, ours, theirs);
  return compare(*here, *there, {});
}

}  // namespace troupe
