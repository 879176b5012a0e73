// runtime/director/judge.hpp - from a dead worker's last page to what is announced: pure functions.
// Threads: any.
// Source: docs/delivery.md, "Death".
#pragma once
#include <troupe/runtime/node/messages.hpp>
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/spawn/exit_status.hpp>

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::runtime {

/// A death as the director saw it.
struct death {
  instance who;
  spawn::exit_report how;
  std::uint64_t overdue_since = 0;  // not 0: we killed it for the call that began then
  page_reading page;
  std::string unfit = {};  // not empty: why we killed it, whatever it ran

  /// Our kill may have found it dying by itself already.
  [[nodiscard]] bool by_our_kill() const noexcept {
    return overdue_since != 0 && !how.status.code() && how.status.signal().value_or(SIGKILL) == SIGKILL;
  }
  /// The call that we killed it for still ran. If it had just returned, what ran instead is not to blame.
  [[nodiscard]] bool timed_out() const noexcept {
    return by_our_kill() && page.running_since == overdue_since;
  }
};

/// Whose fault it is.
[[nodiscard]] failure classify(const death& what) noexcept;

/// "killed by SIGSEGV (over its memory_max)".
[[nodiscard]] std::string how_it_ended(const spawn::exit_report& how);
/// What is likely to be wrong when a process ends before it was ready; may be empty.
[[nodiscard]] std::string before_it_was_ready(const spawn::exit_report& how);
/// Each below the other, behind a message.
[[nodiscard]] std::string last_lines(const std::vector<std::string>& lines);

/// "killed by SIGSEGV", "ran longer than 2s and was killed": for evidence and logs.
[[nodiscard]] std::string cause_of(const death& what, const member_plan& stage);

/// The charge for the item that was running, if any. The table is updated.
[[nodiscard]] death_notice judge(const death& what, const plan& of, charge_table& charges);

/// The verdict on an item that a living worker reports as failed. The table is updated.
[[nodiscard]] verdict judge(const item_failed& what, const instance& from, const plan& of,
                            charge_table& charges);

}  // namespace troupe::runtime
