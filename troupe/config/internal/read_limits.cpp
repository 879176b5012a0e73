#include <troupe/base/text.hpp>
#include <troupe/config/internal/read_limits.hpp>

#include <chrono>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t least_memory = std::size_t{1} << 20;
constexpr std::size_t most_memory = std::size_t{1} << 50;

/// The kernel counts the time of a processor in whole seconds: a part of one must not be lost unseen.
std::optional<std::chrono::seconds> read_cpu_time(section& in) {
  if (!in.duration("cpu_time", 1s, 30 * 24h)) return std::nullopt;
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
  assign(out.memory_max, below->size("memory_max", least_memory, most_memory));
  assign(out.address_space, below->size("address_space", least_memory, most_memory));
  assign(out.open_files, below->whole("nofile", 64, 1'048'576));
  assign(out.cpu_time, read_cpu_time(*below));
  assign(out.tasks_max, below->whole("tasks_max", 16, 1'048'576));
  below->close();
}

}  // namespace troupe::config
