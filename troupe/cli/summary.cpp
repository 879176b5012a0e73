#include <troupe/base/text.hpp>
#include <troupe/cli/summary.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace troupe::cli {
namespace {

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string row(const std::string& name, const std::string& value) {
  return "  " + name + std::string(14 - name.size(), ' ') + value + '\n';
}

std::string seconds_row(double seconds) {
  return row("seconds", fixed(seconds, seconds < 10 ? 3 : 1));
}

std::string rows_of_stages(const progress_reading& total, double seconds) {
  std::string text =
      row("items",
          with_commas(total.items_done) +
              (total.items_done == total.items_read ? "" : " of " + with_commas(total.items_read) + " read"));
  text += row("bytes", with_commas(total.bytes_read) + " (" + format_bytes(total.bytes_read) + ")");
  text += row("written", with_commas(total.items_written) + " items");
  text += seconds_row(seconds);
  text += row("items/s", with_commas(static_cast<std::uint64_t>(static_cast<double>(total.items_done) /
                                                                std::max(seconds, 1e-9))));
  text += row("workers", std::to_string(total.workers_wanted));
  text += row("restarts", with_commas(total.restarts));
  text += row("redelivered", with_commas(total.redelivered));
  text += row("quarantined", with_commas(total.quarantined));
  if (total.not_utf8 != 0) text += row("not UTF-8", with_commas(total.not_utf8) + " lines");
  return text;
}

/// Where the items were that a stop, or a failure, has left; of those between stages only the number is known.
std::string unfinished(const progress_reading& total, const runtime::outcome& how) {
  if (how.drained || total.items_read <= total.items_done) return {};
  std::string text =
      with_commas(total.items_read - total.items_done) + " of " + with_commas(total.items_read) + " read";
  for (const auto& each : how.unfinished)
    text += (&each == &how.unfinished.front() ? ": " : ", ") + with_commas(each.items) +
            " with workers of '" + each.stage + "'";
  return row("unfinished", text);
}

std::string causes(const dead_letter_counts& lost) {
  std::string text;
  const auto add = [&](std::uint64_t count, const char* cause) {
    if (count != 0) text += (text.empty() ? " (" : ", ") + with_commas(count) + ' ' + cause;
  };
  add(lost.closed, "sent to one who had ended");
  add(lost.full, "refused by a full mailbox");
  add(lost.timed_out, "not in time");
  add(lost.dropped, "pushed out by newer ones");
  add(lost.abandoned, "left in a mailbox");
  add(lost.expired, "questions that nobody waited for");
  return text.empty() ? text : text + ')';
}

std::string ended_by(const runtime::outcome& how, bool stages) {
  if (how.kind != runtime::outcome_kind::interrupted) return {};
  const char* const drained = stages ? "what was under way is complete" : "every actor finished its mailbox";
  const char* const dropped =
      stages ? "what was in flight was dropped" : "what was left in mailboxes was dropped";
  return std::string("  interrupted by ") + (how.signal == SIGINT ? "Ctrl-C" : ::strsignal(how.signal)) +
         ": " + (how.drained ? drained : dropped) + '\n';
}

}  // namespace

std::string summary(const run_totals& total, const runtime::outcome& how) {
  std::string text = "\n";
  text += total.stages ? rows_of_stages(*total.stages, total.seconds) : seconds_row(total.seconds);
  if (total.actors != 0) {
    text += row("actors", with_commas(total.actors));
    text += row("dead letters", with_commas(total.lost.total()) + causes(total.lost));
  }
  if (total.stages) text += unfinished(*total.stages, how);
  for (const auto& folder : how.quarantine_folders) text += "  the quarantined items are in " + folder + '\n';
  return text + ended_by(how, total.stages.has_value());
}

}  // namespace troupe::cli
