#include <troupe/base/text.hpp>
#include <troupe/runtime/members/source_member.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

/// Deliveries that the reader may be ahead: one is being sent while the next is read.
constexpr int read_ahead = 2;

/// A machine that is out of something is not the input's fault; a program that failed has said all of it.
trouble trouble_of(const error& why) {
  return {why.code == errc::exhausted ? trouble_kind::internal : trouble_kind::input,
          why.code == errc::handler_failed ? why.context : why.message()};
}

std::string too_large(const portion& item) {
  return "an item of " + std::to_string(item.span) + " lines or files has " +
         format_bytes(item.payload.size()) + " when encoded; at most " + format_bytes(max_item_bytes) +
         " can travel: make batch.size or batch.bytes smaller";
}

}  // namespace

source_member::source_member(const member_setting& setting, const instance& own, run_counters& counters,
                             open_reader open)
    : producer_member(setting, own,
                      [this](std::uint64_t seq, const lineage& item) {
                        ledger_.complete(seq, item.span);
                        if (!plan_.spread) count_done(item.span);
                      }),
      counters_(counters),
      ledger_(std::max<std::uint64_t>(
                  usual_spread, plan_.source->pack == packing::single ? 0 : 64 * plan_.source->batch.size),
              plan_.spread),
      open_(std::move(open)) {}

void source_member::on(const order& what) {
  if (what.what == order_kind::begin) {
    auto opened = open_();
    if (!opened) {
      report_to_director(trouble_of(opened.error()));
      return;
    }
    reader_ = std::move(*opened);
    for (int i = 0; i < read_ahead; ++i) reader_->grant();
  } else if (what.what == order_kind::no_more && !std::exchange(stopping_, true)) {
    if (reader_) {
      reader_->stop();
      for (const auto& unsent : std::exchange(read_, {})) skip(unsent);
    } else {
      exhausted_ = true;  // it never began
    }
  }
  settle();
}

void source_member::on(portions read) {
  if (failed_) return settle();
  if (stopping_ && (skipped_ || !read.at_end))
    skip(read);  // it was on its way when the stop came, or comes behind something that is not sent any more
  else
    read_.push_back(std::move(read));
  resume();
}

/// Of a stop: what has only been read is not begun any more.
void source_member::skip(const portions& unsent) {
  skipped_ = skipped_ || unsent.items.size() > std::exchange(next_, 0);
  if (unsent.at_end || !unsent.failed.empty())
    exhausted_ = true;
  else
    reader_->grant();
}

void source_member::resume() {
  while (!read_.empty()) {
    auto& front = read_.front();
    for (; next_ < front.items.size(); ++next_) {
      if (!outlets_.has_room() || !ledger_.may_open()) return settle();
      auto& item = front.items[next_];
      if (item.payload.size() > max_item_bytes) {
        report_to_director(trouble{trouble_kind::input, too_large(item)});
        failed_ = true;
        read_.clear();
        return settle();
      }
      const auto seq = ledger_.open(item.span, 1, item.payload.size());
      counters_.items_read.fetch_add(item.span, std::memory_order_relaxed);
      counters_.bytes_read.fetch_add(item.read_bytes, std::memory_order_relaxed);
      if (item.not_utf8 != 0) counters_.not_utf8.fetch_add(item.not_utf8, std::memory_order_relaxed);
      outlets_.push_own({plan_.id, seq, item.span, {}}, std::exchange(item.payload, {}), seq);
    }
    next_ = 0;
    if (!front.failed.empty()) report_to_director(trouble_of(front.failed.front()));
    if (front.at_end || !front.failed.empty())
      exhausted_ = true;
    else
      reader_->grant();
    read_.pop_front();
  }
  settle();
}

void source_member::settle() {
  if (const auto again = outlets_.take_redelivered(); again != 0)
    counters_.redelivered.fetch_add(again, std::memory_order_relaxed);
  outlets_.note_waiting(!read_.empty());
  courier_.flush();
  if (ledger_.watermark() != told_watermark_) {
    // What is above it has been worked on, but somebody holds it for its turn.
    if (plan_.spread) count_done(ledger_.watermark() - told_watermark_);
    told_watermark_ = ledger_.watermark();
    tell_watermark(told_watermark_, ledger_.all_complete());
  }
  if (exhausted_ && !failed_ && read_.empty() && ledger_.all_complete() && !std::exchange(ended_, true))
    report_to_director(origin_ended{plan_.id});
}

}  // namespace troupe::runtime
