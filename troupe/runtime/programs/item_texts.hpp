// runtime/programs/item_texts.hpp - what a program is given for an item, and what items its answers become.
// Threads: values; functions are called by one stage body.
// Source: docs/programs.md, "Items".
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/item_framing.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/stage.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::runtime {

/// How the items of one input lie in it.
enum class input_form : std::uint8_t {
  single,   // one item
  block,    // troupe::lines
  files,    // a vector of troupe::file
  numbers,  // a vector of integers
  bundle    // a vector of encoded items: see batch_member.hpp
};

/// Items as they are written to a program.
struct written_items {
  bytes text;
  std::size_t count = 0;
};

/// From encoded items to text: the one text of an item where it has one (a line, a path, a number, the only string
/// of a struct), else JSON; for jsonl always JSON.
class item_texts {
 public:
  /// `item` is the type of a single item, also when inputs hold many.
  item_texts(message_type item, input_form form) : type_(std::move(item)), form_(form) {}

  [[nodiscard]] input_form form() const noexcept { return form_; }
  /// Whether items are troupe::file.
  [[nodiscard]] bool gives_paths() const;
  /// Of a single item: what {input} stands for. Errors: malformed.
  [[nodiscard]] result<std::string> text(const bytes& input) const;
  /// All items of an input as `how` has them. Lines in lines are not copied. Errors: malformed when an item cannot
  /// be written so (a line break within a line), too_large.
  [[nodiscard]] result<written_items> write(const bytes& input, framing how) const;

 private:
  [[nodiscard]] result<std::string> text_for(const bytes& item, framing how) const;
  [[nodiscard]] result<written_items> write_block(const bytes& input, framing how) const;
  template <class Items, class Text>
  [[nodiscard]] result<written_items> write_each(const Items& items, framing how, const Text& text) const;

  message_type type_;
  input_form form_;
};

/// Whether a type has a text that is not JSON.
[[nodiscard]] bool has_text(const message_type& type);

/// From what a program has printed to items. Lines, what is between zero bytes and frames become troupe::line, JSON
/// becomes troupe::json_text.
class item_maker {
 public:
  explicit item_maker(framing how) : how_(how) {}
  [[nodiscard]] bytes make(byte_view item);

 private:
  framing how_;
  std::uint64_t number_ = 0;
};

/// Lines in one block of memory as troupe::lines, cut at line ends into blocks of a few MiB.
void append_blocks(byte_view text, const lines& like, std::vector<bytes>& outputs);

}  // namespace troupe::runtime
