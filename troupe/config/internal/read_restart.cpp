#include <troupe/config/internal/read_restart.hpp>

#include <utility>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

constexpr std::pair<std::string_view, restart_when> policies[] = {{"always", restart_when::always},
                                                                  {"on-failure", restart_when::on_failure},
                                                                  {"never", restart_when::never}};

}  // namespace

void read_restart(section& in, restart_options& out) {
  auto below = in.inside("restart", "write restart = { policy = \"on-failure\" }");
  if (!below) return;
  assign(out.policy, below->choice("policy", policies));
  assign(out.burst, below->whole("burst", 0, 1000));
  assign(out.window, below->duration("window", 1ms, 24h));
  assign(out.delay, below->duration("delay", 0ms, 1h));
  assign(out.max_delay, below->duration("max_delay", 0ms, 1h));
  below->close();
  if (out.delay > out.max_delay) in.complain("restart", "delay is longer than max_delay");
}

}  // namespace troupe::config
