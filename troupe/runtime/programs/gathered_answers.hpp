// runtime/programs/gathered_answers.hpp - the answers of a persistent program to the items of one call: exactly one for each.
// Threads: owned by one call.
// Source: docs/programs.md, "Answers".
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/item_framing.hpp>
#include <troupe/runtime/programs/item_texts.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace troupe::runtime {

/// Counts answers as they come. Lines that leave as a block are never looked at one by one.
class gathered_answers {
 public:
  gathered_answers(framing how, std::size_t expected, bool as_blocks)
      : how_(how), expected_(expected), as_blocks_(as_blocks), decoder_(how), make_(how) {}

  /// True when all have come. Errors: handler_failed, with the bytes shown, when more come than were asked for, or
  /// what is none.
  [[nodiscard]] result<bool> take(byte_view come);
  /// Once take() has said true. `input` is what was asked, for the file and the numbers of lines. Errors:
  /// handler_failed when an answer says that its item has failed; malformed.
  [[nodiscard]] result<> give(const bytes& input, input_form form, std::vector<bytes>& outputs);

 private:
  [[nodiscard]] result<bool> take_block(byte_view come);
  [[nodiscard]] result<bool> nothing_is_left();
  [[nodiscard]] tl::unexpected<error> too_many(byte_view rest) const;
  void keep(byte_view answer);

  framing how_;
  std::size_t expected_;
  bool as_blocks_;
  std::size_t come_ = 0;
  byte_buffer block_;
  item_decoder decoder_;
  item_maker make_;
  std::vector<bytes> items_;
  std::string failure_;  // of the first item that failed
  std::size_t failures_ = 0;
};

}  // namespace troupe::runtime
