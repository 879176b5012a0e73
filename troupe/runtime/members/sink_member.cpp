#include <troupe/base/codec.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/members/sink_member.hpp>
#include <troupe/runtime/programs/program_stage.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

namespace troupe::runtime {
namespace {

/// Written at once when so much is formatted.
constexpr std::size_t write_size = 256U << 10U;

message_type type_into(const member_setting& setting, const member_plan& sink) {
  const auto& before = setting.of.member(setting.of.edge(sink.in.front()).from);
  const auto definition = find_stage(setting.of, before, setting.stages);
  return definition && definition->out ? *definition->out : message_type{};
}

/// An item as it travels; of a block of lines one after the other.
result<void> append_msgpack(const bytes& item, bool is_block, std::string& out) {
  if (!is_block) {
    out += item.text();
    return {};
  }
  const auto block = decode<lines>(item);
  if (!block) return tl::unexpected(block.error());
  byte_buffer encoded;
  auto number = block->first_number;
  for (const std::string_view text : *block) encode(encoded, line{std::string(text), block->path, number++});
  out += encoded.take().text();
  return {};
}

/// How many items a block that was formatted holds.
std::uint64_t count_lines(const bytes& item) {
  const auto block = decode<lines>(item);
  return block ? static_cast<std::uint64_t>(std::distance(block->begin(), block->end())) : 0;
}

}  // namespace

sink_member::sink_member(const member_setting& setting, const instance& own, sink_file file,
                         run_counters& counters)
    : plan_(setting.of.member(own.member)),
      type_(type_into(setting, plan_)),
      holds_lines_(type_.shape == shape_of<lines>()),
      tell_director_(setting.tell_director),
      counters_(counters),
      courier_(setting.by, own),
      intake_(setting.of, own, setting.tell_director),
      file_(std::move(file)) {}

void sink_member::on(arrivals batch) {
  if (failed_) return;
  std::vector<std::pair<sender, std::uint64_t>> taken;  // answered for when their text has left
  const auto answer = [&] {
    if (!write()) return false;
    for (const auto& [from, number] : taken) courier_.answer(from, number);
    taken.clear();
    courier_.flush();
    return true;
  };
  for (auto& item : batch.items) {
    courier_.dequeued(item);
    taken.emplace_back(item.from, item.header.number);
    if (const auto fresh = intake_.take(std::move(item)); fresh && !append(*fresh)) return;
    if (text_.size() >= write_size && !answer()) return;
  }
  static_cast<void>(answer());
}

void sink_member::on(const watermark_notice& news) {
  std::deque<arrival> next;
  intake_.heard(news, next);
  if (failed_ || next.empty()) return;
  for (const auto& item : next)
    if (!append(item) || (text_.size() >= write_size && !write())) return;
  static_cast<void>(write());
}

bool sink_member::append(const arrival& item) {
  if (plan_.sink->format == config::sink::format_of::msgpack) {
    if (const auto done = append_msgpack(item.payload, holds_lines_, text_); !done) {
      fail_run("format an item for ", done.error());
      return false;
    }
    formatted_ += holds_lines_ ? count_lines(item.payload) : 1;
    return true;
  }
  const auto& format = plan_.sink->format == config::sink::format_of::lines ? type_.to_line : type_.to_json;
  const auto before = text_.size();
  if (const auto formatted = format(item.payload, text_); !formatted) {
    fail_run("format an item for ", formatted.error());
    return false;
  }
  text_ += '\n';
  formatted_ += holds_lines_ ? static_cast<std::uint64_t>(std::ranges::count(
                                   text_.begin() + static_cast<std::ptrdiff_t>(before), text_.end(), '\n'))
                             : 1;
  return true;
}

bool sink_member::write() {
  if (text_.empty()) return true;
  const auto done = file_.write(as_bytes_view(text_));
  text_.clear();
  if (done) counters_.items_written.fetch_add(formatted_, std::memory_order_relaxed);
  formatted_ = 0;
  if (!done) fail_run("write to ", done.error());
  return done.has_value();
}

void sink_member::fail_run(const std::string& doing, const error& why) {
  failed_ = true;
  // Of `troupe run … | head` everybody knows who has gone; of the others it has to be said.
  const bool is_plain = plan_.sink->kind == config::sink::kind_of::file;
  const auto kind =
      why.code == errc::broken_pipe && is_plain ? trouble_kind::output_reader_gone : trouble_kind::output;
  // A program that failed has said why itself.
  const auto what = why.code == errc::handler_failed ? why.context : why.message();
  tell_director_({courier_.own(), trouble{kind, doing + shown(*plan_.sink) + ": " + what}});
}

void sink_member::on(const order& what) {
  if (what.what != order_kind::finish || failed_) return;
  if (const auto closed = file_.close(); !closed) return fail_run("finish ", closed.error());
  tell_director_({courier_.own(), terminal_closed{plan_.id}});
}

}  // namespace troupe::runtime
