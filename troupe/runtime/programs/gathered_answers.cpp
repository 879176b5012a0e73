#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/gathered_answers.hpp>
#include <troupe/runtime/programs/json_answer.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

/// To one block of lines, which has 64 MiB at most.
constexpr std::size_t most_answered = std::size_t{256} << 20;

}  // namespace

result<bool> gathered_answers::take(byte_view come) {
  if (as_blocks_) return take_block(come);
  while (true) {
    const auto next = decoder_.next(come);
    if (!next) return fail(errc::handler_failed, "its answer: " + next.error().message());
    if (!*next) return come_ == expected_ ? nothing_is_left() : result<bool>(false);
    if (come_ == expected_) return too_many(**next);
    ++come_;
    keep(**next);
  }
}

/// An answer that has begun and not ended is one too many.
result<bool> gathered_answers::nothing_is_left() {
  const auto begun = decoder_.last();
  if (!begun) return fail(errc::handler_failed, "behind its answers: " + begun.error().message());
  if (*begun) return too_many(**begun);
  return true;
}

result<bool> gathered_answers::take_block(byte_view come) {
  const std::string_view text(reinterpret_cast<const char*>(come.data()), come.size());
  come_ += static_cast<std::size_t>(std::ranges::count(text, '\n'));
  block_.append(come);
  if (block_.size() > most_answered)
    return fail(errc::handler_failed, "printed more than " + format_bytes(most_answered) + " for " +
                                          std::to_string(expected_) + " lines");
  if (come_ < expected_) return false;
  if (come_ == expected_ && text.back() == '\n') return true;
  std::string_view rest(reinterpret_cast<const char*>(block_.data()), block_.size());
  for (std::size_t i = 0; i < expected_; ++i) rest.remove_prefix(rest.find('\n') + 1);
  return too_many(as_bytes_view(rest));
}

tl::unexpected<error> gathered_answers::too_many(byte_view rest) const {
  return fail(errc::handler_failed, "gave more answers than items: " + std::to_string(expected_) +
                                        (expected_ == 1 ? " item was asked" : " items were asked") +
                                        ", and behind the answers came " +
                                        excerpt({reinterpret_cast<const char*>(rest.data()), rest.size()}));
}

void gathered_answers::keep(byte_view answer) {
  if (how_ != framing::jsonl) {
    items_.push_back(make_.make(answer));
    return;
  }
  const auto all = items_of_answer({reinterpret_cast<const char*>(answer.data()), answer.size()});
  if (!all) {
    if (failures_++ == 0) failure_ = all.error().context;
    return;
  }
  for (const auto each : *all) items_.push_back(make_.make(as_bytes_view(each)));
}

result<> gathered_answers::give(const bytes& input, input_form form, std::vector<bytes>& outputs) {
  if (failures_ > 0)
    return fail(errc::handler_failed, failure_ + (failures_ == 1 ? ""
                                                                 : " (and " + std::to_string(failures_ - 1) +
                                                                       " more items of the batch)"));
  if (!as_blocks_) {
    outputs = std::move(items_);
    return {};
  }
  lines like;
  if (form == input_form::block) {
    auto asked = decode<lines>(input);
    if (!asked) return tl::unexpected(asked.error());
    like = {{}, asked->path, asked->first_number};
  }
  append_blocks(block_.view(), like, outputs);
  return {};
}

}  // namespace troupe::runtime
