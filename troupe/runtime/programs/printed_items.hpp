// runtime/programs/printed_items.hpp - gathers what a program prints until it has succeeded, and makes items of it.
// Threads: owned by one call.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/item_framing.hpp>
#include <troupe/runtime/programs/item_texts.hpp>

#include <optional>
#include <vector>

namespace troupe::runtime {

/// Nothing leaves before give(): a program that fails in the end has given nothing.
class printed_items {
 public:
  /// No framing: nothing is expected, and what comes is dropped.
  printed_items(std::optional<framing> how, bool as_blocks) : how_(how), as_blocks_(as_blocks) {}

  /// Never has enough. Errors: too_large when one call prints more than can be kept.
  [[nodiscard]] result<bool> take(byte_view come);
  /// Everything, in order. Errors: malformed for what is not as the framing has it, with the bytes shown.
  [[nodiscard]] result<> give(std::vector<bytes>& outputs);

 private:
  std::optional<framing> how_;
  bool as_blocks_;
  byte_buffer text_;
};

}  // namespace troupe::runtime
