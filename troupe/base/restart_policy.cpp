#include <troupe/base/restart_policy.hpp>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

nanoseconds backoff(const restart_options& options, unsigned consecutive, double random) {
  constexpr auto representable = std::chrono::duration_cast<milliseconds>(nanoseconds::max());
  const milliseconds largest = std::min(options.max_delay, representable);
  milliseconds delay = std::min(options.delay, largest);
  for (unsigned i = 1; i < consecutive && delay < largest; ++i)
    delay = delay > largest / 2 ? largest : delay * 2;
  const double share = 0.5 + 0.5 * std::clamp(random, 0.0, 1.0);
  return nanoseconds(static_cast<std::int64_t>(static_cast<double>(nanoseconds(delay).count()) * share));
}

}  // namespace

restart_decision decide_restart(const restart_options& options, restart_history history,
                                const restart_event& event) {
  const bool stays_down =
      options.policy == restart_when::never || (options.policy == restart_when::on_failure && !event.failed);
  if (stays_down) return {restart_verdict::stay_down, nanoseconds(0), std::move(history)};

  if (!event.failed || event.did_work || event.charged) {
    history.consecutive = 0;
    return {restart_verdict::restart, nanoseconds(0), std::move(history)};
  }

  auto& counted = history.counted;
  counted.erase(counted.begin(), std::find_if(counted.begin(), counted.end(), [&](steady::time_point when) {
                  return event.now - when < options.window;
                }));
  counted.push_back(event.now);
  if (history.consecutive > 0 && event.now - history.restarted >= options.window) history.consecutive = 0;
  ++history.consecutive;
  if (counted.size() > options.burst || history.consecutive > options.burst)
    return {restart_verdict::give_up, nanoseconds(0), std::move(history)};
  const nanoseconds after = backoff(options, history.consecutive, event.random);
  history.restarted =
      after > steady::time_point::max() - event.now ? steady::time_point::max() : event.now + after;
  return {restart_verdict::restart, after, std::move(history)};
}

}  // namespace troupe
