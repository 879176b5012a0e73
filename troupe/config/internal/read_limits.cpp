#include <troupe/base/allowed.hpp>
#include <troupe/base/text.hpp>
#include <troupe/config/internal/read_limits.hpp>

#include <chrono>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

/// The kernel counts the time of a processor in whole seconds: a part of one must not be lost unseen.
std::optional<std::chrono::seconds> read_cpu_time(section& in) {
  if (!in.duration("cpu_time", allowed::cpu_time)) return std::nullopt;
  const value* found = in.take("cpu_time");
  const auto exact = parse_duration(*found->as<std::string>());
  if (exact && *exact % 1s == 0ns) return std::chrono::duration_cast<std::chrono::seconds>(*exact);
  in.expected("cpu_time", "a duration of whole seconds", *found);
  return std::nullopt;
}

}  // namespace

void read_limits(section& in, resource_limits& out) {
  auto below = in.inside("limits", "write limits = { memory_max = \"1G\" }");
  if (!below) return;
  assign(out.memory_max, below->size("memory_max", allowed::memory));
  assign(out.address_space, below->size("address_space", allowed::memory));
  assign(out.open_files, below->whole("nofile", allowed::open_files));
  assign(out.cpu_time, read_cpu_time(*below));
  assign(out.tasks_max, below->whole("tasks_max", allowed::tasks_max));
  below->close();
}

}  // namespace troupe::config
