#include <troupe/spawn/internal/check_spec.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace troupe::spawn::internal {
namespace {

/// With less the kernel cannot even say why a program does not start: its page for the answer is over the limit, too.
constexpr std::size_t least_memory = 64U << 10U;

bool has_nul(std::string_view text) {
  return text.find('\0') != text.npos;
}

tl::unexpected<error> refuse(const command_spec& spec, const std::string& why) {
  return fail(errc::invalid_argument, starting(spec) + ": " + why);
}

result<> check_texts(const command_spec& spec) {
  if (has_nul(spec.program)) return refuse(spec, "its name holds a NUL character");
  if (spec.cwd && has_nul(*spec.cwd))
    return refuse(spec, "the working directory's name holds a NUL character");
  if (spec.arg0 && has_nul(*spec.arg0)) return refuse(spec, "argument 0 holds a NUL character");
  for (std::size_t i = 0; i < spec.args.size(); ++i)
    if (has_nul(spec.args[i]))
      return refuse(spec, "argument " + std::to_string(i + 1) + " holds a NUL character");
  for (const auto& [name, value] : spec.env)
    if (name.empty() || name.find('=') != name.npos || has_nul(name) || (value && has_nul(*value)))
      return refuse(spec, "environment variable '" + name + "' has no name, or holds a '=' or NUL character");
  for (const auto* stream : {&spec.in, &spec.out, &spec.err})
    if (*stream && has_nul((*stream)->path()))
      return refuse(spec, "a stream's file name holds a NUL character");
  return {};
}

result<> check_descriptors(const command_spec& spec) {
  rlimit open_files{};
  ::getrlimit(RLIMIT_NOFILE, &open_files);
  std::vector<int> numbers;
  for (const auto& fd : spec.fds) {
    // One above the highest is needed on the way.
    if (fd.number >= 0 && static_cast<rlim_t>(fd.number) + 1 >= open_files.rlim_cur)
      return refuse(spec, "descriptor number " + std::to_string(fd.number) +
                              " is too high: this process may open " + std::to_string(open_files.rlim_cur));
    if (fd.number < 3)
      return refuse(spec, "numbers below 3 are the standard streams'; pass descriptors from 3 on");
    if (!is_open(fd.source)) return refuse(spec, "descriptor " + std::to_string(fd.source) + " is not open");
    numbers.push_back(fd.number);
  }
  std::sort(numbers.begin(), numbers.end());
  const auto twice = std::adjacent_find(numbers.begin(), numbers.end());
  if (twice != numbers.end())
    return refuse(spec, "descriptor number " + std::to_string(*twice) + " is given twice");
  return {};
}

result<> check_numbers(const command_spec& spec) {
  if (spec.nice && (*spec.nice < -20 || *spec.nice > 19))
    return refuse(spec, "niceness " + std::to_string(*spec.nice) + " is not from -20 to 19");
  if (spec.umask && *spec.umask > 0777) return refuse(spec, "a umask has the bits 0777 only");
  for (const unsigned cpu : spec.cpus)
    if (cpu >= CPU_SETSIZE * 64U)
      return refuse(spec, "processor " + std::to_string(cpu) + " is beyond what any kernel numbers");
  if (spec.limits.memory_max && *spec.limits.memory_max < least_memory)
    return refuse(spec, "a memory_max of " + std::to_string(*spec.limits.memory_max) +
                            " leaves it no memory to start with; 65536 bytes are the least");
  if (spec.limits.cpu_time && spec.limits.cpu_time->count() < 1)
    return refuse(spec, "a cpu_time below 1 second cannot be set");
  if (spec.who.user == static_cast<uid_t>(-1) || spec.who.group == static_cast<gid_t>(-1))
    return refuse(spec, "4294967295 is no id: the system calls read it as 'no change'");
  return {};
}

}  // namespace

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

std::string starting(const command_spec& spec) {
  std::string name = spec.program;  // for a message, which a NUL would cut where it is printed
  for (std::size_t at = 0; (at = name.find('\0', at)) != name.npos;) name.replace(at, 1, "\\0");
  return "start '" + name + "'";
}

result<> check_spec(const command_spec& spec) {
  if (auto sound = check_texts(spec); !sound) return sound;
  if (auto sound = check_descriptors(spec); !sound) return sound;
  return check_numbers(spec);
}

}  // namespace troupe::spawn::internal
