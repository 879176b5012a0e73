#include <troupe/base/codec.hpp>
#include <troupe/runtime/programs/item_texts.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::size_t block_bytes = std::size_t{4} << 20;

bool is_number(const message_type& type) {
  return type.shape == shape_of<std::int64_t>() || type.shape == shape_of<std::uint64_t>();
}

}  // namespace

bool has_text(const message_type& type) {
  return type.to_line != nullptr || is_number(type);
}

bool item_texts::gives_paths() const {
  return type_.shape == shape_of<file>();
}

result<std::string> item_texts::text_for(const bytes& item, framing how) const {
  std::string text;
  const auto& write = how != framing::jsonl && type_.to_line ? type_.to_line : type_.to_json;
  if (auto written = write(item, text); !written)
    return tl::unexpected(within("decoding the input", written.error()));
  return text;
}

result<std::string> item_texts::text(const bytes& input) const {
  return text_for(input, framing::lines);
}

template <class Items, class Text>
result<written_items> item_texts::write_each(const Items& items, framing how, const Text& text) const {
  byte_buffer out;
  std::size_t count = 0;
  for (const auto& item : items) {
    const result<std::string> shown = text(item);
    if (!shown) return tl::unexpected(shown.error());
    if (auto added = append_item(out, how, as_bytes_view(*shown)); !added)
      return tl::unexpected(added.error());
    ++count;
  }
  return written_items{out.take(), count};
}

result<written_items> item_texts::write(const bytes& input, framing how) const {
  const auto as_item = [&](const auto& value) -> result<std::string> {
    std::string text;
    if (how == framing::jsonl || !detail::append_text(value, text)) detail::append_json(value, text);
    return text;
  };
  switch (form_) {
    case input_form::block:
      return write_block(input, how);
    case input_form::files: {
      const auto all = decode<std::vector<file>>(input);
      if (!all) return tl::unexpected(all.error());
      return write_each(*all, how, as_item);
    }
    case input_form::numbers: {
      const auto all = decode<std::vector<std::int64_t>>(input);
      if (!all) return tl::unexpected(all.error());
      return write_each(*all, how, as_item);
    }
    case input_form::bundle: {
      const auto all = decode<std::vector<bytes>>(input);
      if (!all) return tl::unexpected(all.error());
      return write_each(*all, how, [&](const bytes& item) { return text_for(item, how); });
    }
    case input_form::single:
      break;
  }
  return write_each(std::vector{input}, how, [&](const bytes& item) { return text_for(item, how); });
}

result<written_items> item_texts::write_block(const bytes& input, framing how) const {
  const auto block = decode<lines>(input);
  if (!block) return tl::unexpected(block.error());
  if (how != framing::lines) {
    auto number = block->first_number;
    return write_each(*block, how, [&](std::string_view text) -> result<std::string> {
      if (how != framing::jsonl) return std::string(text);
      std::string json;
      to_json(json, line{std::string(text), block->path, number++});
      return json;
    });
  }
  const auto text = block->text();
  const auto ends = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (text.empty() || text.back() == '\n') return written_items{block->block, ends};
  byte_buffer out(text.size() + 1);  // the last line of a file may lack its end
  out.append(as_bytes_view(text));
  out.push(std::byte{'\n'});
  return written_items{out.take(), ends + 1};
}

bytes item_maker::make(byte_view item) {
  std::string text(reinterpret_cast<const char*>(item.data()), item.size());
  byte_buffer out;
  if (how_ == framing::jsonl) {
    encode(out, json_text{std::move(text)});
  } else {
    if (how_ == framing::lines && text.ends_with('\r')) text.pop_back();
    encode(out, line{std::move(text), {}, ++number_});
  }
  return out.take();
}

void append_blocks(byte_view text, const lines& like, std::vector<bytes>& outputs) {
  auto number = like.first_number;
  while (!text.empty()) {
    std::string_view piece(reinterpret_cast<const char*>(text.data()), std::min(text.size(), block_bytes));
    if (piece.size() < text.size())
      if (const auto end = piece.rfind('\n'); end != piece.npos) piece = piece.substr(0, end + 1);
    const bool is_last = piece.size() == text.size();
    byte_buffer out(piece.size() + like.path.size() + 64);
    encode(out, lines{bytes(nullptr, as_bytes_view(piece)), like.path, number});
    outputs.push_back(out.take());
    text = text.subspan(piece.size());
    if (!is_last) number += static_cast<std::uint64_t>(std::ranges::count(piece, '\n'));
  }
}

}  // namespace troupe::runtime
