#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/printed_items.hpp>

namespace troupe::runtime {
namespace {

/// Of one call: it lies in memory until the program has succeeded, and its items at least as long.
constexpr std::size_t most_printed = std::size_t{256} << 20;

}  // namespace

result<bool> printed_items::take(byte_view come) {
  if (!how_) return false;
  if (text_.size() + come.size() > most_printed)
    return fail(errc::too_large, "printed more than " + format_bytes(most_printed) +
                                     " for one item or batch, which is kept until it succeeds");
  text_.append(come);
  return false;
}

result<> printed_items::give(std::vector<bytes>& outputs) {
  if (!how_) return {};
  if (as_blocks_) {
    append_blocks(text_.view(), {}, outputs);
    return {};
  }
  item_maker make(*how_);
  item_decoder decoder(*how_);
  const auto keep = [&](byte_view item) { outputs.push_back(make.make(item)); };
  auto read = decoder.feed(text_.view(), keep);
  if (read) read = decoder.finish(keep);
  if (!read) return tl::unexpected(within("its output", read.error()));
  return {};
}

}  // namespace troupe::runtime
