#include <troupe/base/text.hpp>
#include <troupe/config/wording.hpp>
#include <troupe/runtime/actors/option_reader.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe::runtime {

option_reader::step::step(option_reader& in, std::string_view field) : in_(in), length_(in.path_.size()) {
  in.path_ += '.' + config::printable(field);
}

option_reader::step::step(option_reader& in, std::size_t element) : in_(in), length_(in.path_.size()) {
  in.path_ += '[' + std::to_string(element) + ']';
}

std::optional<bool> option_reader::truth(const config::value& from) {
  if (const auto* found = from.as<bool>()) return *found;
  expected("true or false", from);
  return std::nullopt;
}

std::optional<std::int64_t> option_reader::whole(const config::value& from, std::int64_t low,
                                                 std::int64_t high) {
  using limits = std::numeric_limits<std::int64_t>;
  const auto* found = from.as<std::int64_t>();
  if (found != nullptr && *found >= low && *found <= high) return *found;
  const bool any = low == limits::min() && high == limits::max();
  expected(
      any ? "a whole number" : "a whole number from " + std::to_string(low) + " to " + std::to_string(high),
      from);
  return std::nullopt;
}

std::optional<double> option_reader::number(const config::value& from, double largest) {
  std::optional<double> read;
  if (const auto* found = from.as<double>()) read = *found;
  if (const auto* found = from.as<std::int64_t>()) read = static_cast<double>(*found);
  if (read && (!std::isfinite(*read) || std::fabs(*read) <= largest)) return read;
  std::array<char, 32> bound{};
  std::snprintf(bound.data(), bound.size(), "%g", largest);
  expected(read ? "a number from -" + std::string(bound.data()) + " to " + bound.data() : "a number", from);
  return std::nullopt;
}

const std::string* option_reader::text(const config::value& from) {
  const auto* found = from.as<std::string>();
  if (found == nullptr) expected("a string", from);
  return found;
}

std::optional<nanoseconds> option_reader::duration(const config::value& from, nanoseconds unit,
                                                   std::uint64_t most) {
  if (const auto* written = from.as<std::string>()) {
    const auto length = parse_duration(*written);
    const bool in_units = length && *length % unit == nanoseconds(0);
    if (in_units && static_cast<std::uint64_t>(*length / unit) <= most) return *length;
  }
  std::string what = "a duration";
  if (unit > nanoseconds(1)) what += " that is a multiple of " + format_duration(unit);
  const auto longest = static_cast<std::uint64_t>(nanoseconds::max() / unit);
  if (most < longest) what += ", at most " + format_duration(unit * static_cast<std::int64_t>(most));
  expected(what, from, "write a number with its unit: \"250ms\", \"20s\", \"5m\"");
  return std::nullopt;
}

std::optional<std::size_t> option_reader::word(const config::value& from,
                                               std::span<const std::string_view> words) {
  const auto* found = from.as<std::string>();
  if (found != nullptr) {
    const auto at = std::ranges::find(words, *found);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
  }
  const std::vector<std::string> names(words.begin(), words.end());
  expected(config::listed(names, " or ", '"'), from,
           found == nullptr || crowded() ? "" : config::did_you_mean(*found, names));
  return std::nullopt;
}

const config::array* option_reader::list(const config::value& from) {
  const auto* found = from.as<config::array>();
  if (found == nullptr) expected("a list", from);
  return found;
}

const config::table* option_reader::table(const config::value& from) {
  const auto* found = from.as<config::table>();
  if (found == nullptr) expected("a table", from);
  return found;
}

std::optional<actors::cell_ref> option_reader::actor(const config::value& from,
                                                     std::span<const actors::message_type* const> wanted) {
  const auto* name = from.as<std::string>();
  if (name == nullptr || name->empty()) {
    expected("the name of an actor", from);
    return std::nullopt;
  }
  auto found = names_.resolve(*name, wanted);
  if (found) return std::move(*found);
  add(from.where, path_ + ": " + found.error().message, std::move(found.error().hint));
  return std::nullopt;
}

void option_reader::close(const config::table& of, std::span<const std::string_view> fields) {
  for (const config::entry& each : of) {
    if (std::ranges::find(fields, each.key) != fields.end()) continue;
    std::string hint;
    if (!crowded()) {
      const std::vector<std::string> names(fields.begin(), fields.end());
      hint = config::did_you_mean(each.key, names);
      if (hint.empty()) hint = config::keys_are(names);
    }
    add(each.where, "unknown key " + config::in_quotes(each.key) + " in '" + path_ + "'", std::move(hint));
  }
}

void option_reader::not_named(config::position around) {
  const std::string below = path_.substr(path_.find('.') + 1);
  const std::string key = below.substr(below.rfind('.') + 1);
  add(around, "option '" + below + "' of actor " + config::in_quotes(actor_.name) + " names no actor",
      "write " + key + " = \"NAME\"");
}

config::diagnostics option_reader::take() {
  std::ranges::stable_sort(errors_, {}, [](const config::diagnostic& each) {
    return std::tuple(each.at.override_number, each.at.line, each.at.column);
  });
  if (dropped_ > 0)
    errors_.push_back(
        {whole_.path,
         {},
         std::to_string(dropped_) + " more errors in the options of actor " + config::in_quotes(actor_.name),
         ""});
  return std::move(errors_);
}

void option_reader::add(config::position at, std::string message, std::string hint) {
  if (crowded()) {
    ++dropped_;
    return;
  }
  errors_.push_back(config::error_at(whole_, at, std::move(message), std::move(hint)));
}

void option_reader::expected(const std::string& what, const config::value& found, std::string hint) {
  add(found.where, path_ + ": expected " + what + ", found " + config::describe(found), std::move(hint));
}

}  // namespace troupe::runtime
