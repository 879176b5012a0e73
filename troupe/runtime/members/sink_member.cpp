#include <troupe/runtime/members/sink_member.hpp>
#include <troupe/runtime/programs/program_stage.hpp>

#include <algorithm>
#include <deque>
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

std::string name_of(const sink_plan& to) {
  return to.path == "-" ? "standard output" : "'" + to.path + "'";
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
  const auto kind = why.code == errc::broken_pipe ? trouble_kind::output_reader_gone : trouble_kind::output;
  tell_director_({courier_.own(), trouble{kind, doing + name_of(*plan_.sink) + ": " + why.message()}});
}

void sink_member::on(const order& what) {
  if (what.what != order_kind::finish || failed_) return;
  if (const auto closed = file_.close(); !closed) return fail_run("finish ", closed.error());
  tell_director_({courier_.own(), terminal_closed{plan_.id}});
}

}  // namespace troupe::runtime
