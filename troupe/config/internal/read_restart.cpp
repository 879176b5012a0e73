#include <troupe/base/allowed.hpp>
#include <troupe/config/internal/read_restart.hpp>

#include <utility>

namespace troupe::config {
namespace {

constexpr std::pair<std::string_view, restart_when> policies[] = {{"always", restart_when::always},
                                                                  {"on-failure", restart_when::on_failure},
                                                                  {"never", restart_when::never}};

}  // namespace

void read_restart(section& in, restart_options& out) {
  auto below = in.inside("restart", "write restart = { policy = \"on-failure\" }");
  if (!below) return;
  assign(out.policy, below->choice("policy", policies));
  assign(out.burst, below->whole("burst", allowed::restart_burst));
  assign(out.window, below->duration("window", allowed::restart_window));
  assign(out.delay, below->duration("delay", allowed::restart_delay));
  assign(out.max_delay, below->duration("max_delay", allowed::restart_delay));
  below->close();
  if (out.delay > out.max_delay) in.complain("restart", "delay is longer than max_delay");
}

}  // namespace troupe::config
