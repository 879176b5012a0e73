#include <troupe/base/text.hpp>
#include <troupe/runtime/jobs/job_failure.hpp>

#include <algorithm>
#include <utility>

namespace troupe {

std::string_view name_of(job_error kind) noexcept {
  switch (kind) {
    case job_error::crashed:
      return "crashed";
    case job_error::timed_out:
      return "timed out";
    case job_error::threw:
      return "threw";
    case job_error::deadline_passed:
      return "deadline passed";
    case job_error::cancelled:
      return "cancelled";
    case job_error::closed:
      return "closed";
    case job_error::full:
      return "full";
    case job_error::refused:
      return "refused";
    case job_error::unreadable:
      return "unreadable";
  }
  return "";
}

std::string job_failure::message() const {
  constexpr std::size_t shown = 3;  // of the lines on stderr
  auto text = cause;
  if (max_attempts != 0 && (kind != job_error::deadline_passed || running))
    text += ", attempt " + std::to_string(attempts) + " of " + std::to_string(max_attempts);
  const auto first = stderr_tail.size() - std::min(shown, stderr_tail.size());
  for (auto line = first; line < stderr_tail.size(); ++line)
    text += (line == first ? "; stderr: " : " | ") + stderr_tail[line];
  return text;
}

std::ostream& operator<<(std::ostream& out, const job_failure& failure) {
  return out << failure.message();
}

namespace runtime {

job_failure passed_deadline(milliseconds within, bool running, std::uint32_t attempts,
                            std::uint32_t max_attempts) {
  job_failure passed;
  passed.kind = job_error::deadline_passed;
  passed.attempts = attempts;
  passed.max_attempts = max_attempts;
  passed.running = running;
  passed.cause = "its deadline of " + format_duration(within) + " passed while it " +
                 (running         ? "ran"
                  : attempts == 0 ? "waited"
                                  : "waited for attempt " + std::to_string(attempts + 1) + " of " +
                                        std::to_string(max_attempts));
  return passed;
}

job_failure failure_of(const failure_facts& facts, std::string cause, std::uint32_t attempts,
                       std::uint32_t max_attempts) {
  job_failure failed;
  failed.kind = facts.what == failure::timeout  ? job_error::timed_out
                : facts.what == failure::thrown ? job_error::threw
                                                : job_error::crashed;
  failed.cause = std::move(cause);
  failed.attempts = attempts;
  failed.max_attempts = max_attempts;
  failed.exit_code = facts.exit_code;
  failed.signal = facts.signal;
  failed.core_dumped = facts.core_dumped;
  failed.oom = facts.over_memory_max         ? spawn::out_of_memory::over_limit
               : facts.machine_out_of_memory ? spawn::out_of_memory::suspected
                                             : spawn::out_of_memory::no;
  failed.usage = {facts.user, facts.system, facts.peak_rss};
  failed.stderr_tail = facts.stderr_tail;
  failed.thrown = facts.thrown;
  return failed;
}

}  // namespace runtime
}  // namespace troupe
