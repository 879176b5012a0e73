#include <troupe/base/item_framing.hpp>
#include <troupe/base/json_check.hpp>
#include <troupe/base/reflect.hpp>
#include <troupe/base/text.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace troupe {

namespace {

std::string_view text_of(byte_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

char end_of(framing how) noexcept {
  return how == framing::nul ? '\0' : '\n';
}

/// "line 3"
std::string numbered(framing how, std::uint64_t number) {
  const std::string_view noun = how == framing::u32be ? "frame " : how == framing::nul ? "item " : "line ";
  return std::string(noun) + std::to_string(number);
}

/// What a length says that is text: the likeliest reason for a length out of reach.
std::string text_hint(std::string_view prefix) {
  const bool text = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
  if (!text) return {};
  return "; the length reads as the text " + excerpt(prefix) +
         " (does the program print text where frames are expected?)";
}

std::string half_frame(byte_view come, std::uint64_t number) {
  const bool within_length = come.size() < frame_prefix_size;
  const std::size_t expected = within_length ? frame_prefix_size : frame_length(come.data());
  const std::size_t have = within_length ? come.size() : come.size() - frame_prefix_size;
  return "the input ended in the middle of a frame: " + std::to_string(have) + " of the " +
         std::to_string(expected) + " bytes of " + (within_length ? "the length of " : "") +
         numbered(framing::u32be, number) + " had come" +
         text_hint(text_of(come.first(std::min(come.size(), frame_prefix_size))));
}

}  // namespace

std::string_view name_of(framing how) noexcept {
  return enum_name(how);
}

std::optional<framing> framing_named(std::string_view name) noexcept {
  for (const auto& each : enumerators<framing>)
    if (each.name == name) return each.value;
  return std::nullopt;
}

result<> append_item(byte_buffer& out, framing how, byte_view item, std::size_t limit) {
  if (how == framing::u32be) limit = std::min<std::size_t>(limit, std::numeric_limits<std::uint32_t>::max());
  const std::string_view text = text_of(item);
  if (text.size() > limit) {
    return fail(errc::too_large, "an item of " + std::to_string(text.size()) + " bytes for " +
                                     std::string(name_of(how)) + ", the limit is " + std::to_string(limit) +
                                     ", it begins with " + excerpt(text.substr(0, limit)));
  }
  if (how == framing::u32be) {
    append_frame(out, item);
    return {};
  }
  const auto refuse_it = [&](std::string_view what, std::size_t offset, std::string_view why) {
    return fail(errc::malformed, "an item for " + std::string(name_of(how)) + std::string(what) +
                                     std::to_string(offset) + std::string(why) + ": " +
                                     excerpt(text, offset));
  };
  if (const std::size_t found = text.find(end_of(how)); found != text.npos)
    return refuse_it(how == framing::nul ? " holds a zero byte at offset " : " holds a line break at offset ",
                     found, "");
  if (how == framing::jsonl) {
    if (const auto fault = find_json_fault(text))
      return refuse_it(" is no JSON at offset ", fault->offset, " (" + std::string(fault->why) + ")");
  }
  std::byte* const at = out.extend(item.size() + 1);
  if (!item.empty()) std::memcpy(at, item.data(), item.size());
  at[item.size()] = static_cast<std::byte>(end_of(how));
  return {};
}

item_decoder::item_decoder(framing how, std::size_t limit) : how_(how), limit_(limit) {
  if (how == framing::u32be) {
    splitter_.emplace<frame_splitter>(limit);
  } else {
    splitter_.emplace<line_splitter>(limit, end_of(how));
  }
}

result<std::optional<byte_view>> item_decoder::next(byte_view& chunk) {
  const auto item = cut(chunk);
  if (item) return item;
  return outcome().map([] { return std::optional<byte_view>(); });
}

result<std::optional<byte_view>> item_decoder::last() {
  const auto item = cut_last();
  if (item) return item;
  return outcome().map([] { return std::optional<byte_view>(); });
}

std::optional<byte_view> item_decoder::cut(byte_view& chunk) {
  if (lost_ || hole_) return std::nullopt;
  return how_ == framing::u32be ? cut_frame(chunk) : cut_line(chunk);
}

std::optional<byte_view> item_decoder::cut_line(byte_view& chunk) {
  auto& lines = std::get<line_splitter>(splitter_);
  std::string_view rest = text_of(chunk);
  while (const auto line = lines.next(rest)) {
    chunk = as_bytes_view(rest);
    const auto item = pass(*line);
    if (lost_) return std::nullopt;
    ++ended_;
    if (item) return item;
  }
  chunk = as_bytes_view(rest);
  if (const text_line begun = lines.unfinished(); begun.dropped != 0) return pass(begun);
  return std::nullopt;
}

/// The item that a line is; nullopt for a blank line of jsonl, and when the line does not pass.
std::optional<byte_view> item_decoder::pass(const text_line& line) {
  if (line.dropped != 0) {
    return lose(errc::too_large, numbered(how_, ended_ + 1) + " is over the limit of " +
                                     std::to_string(limit_) + " bytes, it begins with " + excerpt(line.text));
  }
  if (how_ == framing::jsonl) {
    if (line.text.find_first_not_of(" \t\r") == line.text.npos) return std::nullopt;
    if (const auto fault = find_json_fault(line.text)) {
      return lose(errc::malformed, numbered(how_, ended_ + 1) + " is no JSON at column " +
                                       std::to_string(fault->offset + 1) + " (" + std::string(fault->why) +
                                       "): " + excerpt(line.text, fault->offset));
    }
  }
  return as_bytes_view(line.text);
}

std::optional<byte_view> item_decoder::cut_frame(byte_view& chunk) {
  auto& frames = std::get<frame_splitter>(splitter_);
  const auto frame = frames.next(chunk);
  if (frame) {
    ++ended_;
  } else if (const auto length = frames.over_limit()) {
    std::string prefix;
    for (unsigned shift = 32; shift != 0;) prefix += static_cast<char>(*length >> (shift -= 8) & 0xFF);
    lose(errc::too_large, numbered(how_, ended_ + 1) + " announces " + std::to_string(*length) +
                              " bytes, the limit is " + std::to_string(limit_) + text_hint(prefix));
  }
  return frame;
}

std::optional<byte_view> item_decoder::cut_last() {
  if (lost_ || hole_) return std::nullopt;
  std::optional<byte_view> item;
  if (auto* const lines = std::get_if<line_splitter>(&splitter_)) {
    if (const auto line = lines->last()) item = pass(*line);
  } else if (const byte_view begun = std::get<frame_splitter>(splitter_).unfinished(); !begun.empty()) {
    lose(errc::malformed, half_frame(begun, ended_ + 1));
  }
  ended_ = 0;
  return item;
}

std::nullopt_t item_decoder::lose(errc code, std::string context) {
  lost_ = error{code, std::move(context)};
  return std::nullopt;
}

result<> item_decoder::outcome() const {
  if (lost_) return tl::unexpected(*lost_);
  if (!hole_) return {};
  return fail(errc::handler_failed,
              "what came behind " + numbered(how_, ended_) + " was not read: its handler threw");
}

}  // namespace troupe
