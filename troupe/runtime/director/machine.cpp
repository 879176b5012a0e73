#include <troupe/base/text.hpp>
#include <troupe/runtime/director/machine.hpp>
#include <troupe/runtime/director/needs.hpp>
#include <troupe/spawn/machine.hpp>

#include <link.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace troupe::runtime {
namespace {

/// Of a worker that holds no item; each has a stack.
constexpr std::size_t threads_of_a_worker = 8;
constexpr std::size_t heap_of_a_worker = std::size_t{16} << 20;

/// What a worker maps before its first item: the program with its libraries, which are the same as ours, and a stack for
/// each thread.
std::size_t address_space_needed() {
  std::size_t images = 0;
  const auto add_image = [](dl_phdr_info* image, std::size_t /*size*/, void* sum) {
    for (int i = 0; i < image->dlpi_phnum; ++i)
      if (image->dlpi_phdr[i].p_type == PT_LOAD)
        *static_cast<std::size_t*>(sum) += image->dlpi_phdr[i].p_memsz;
    return 0;
  };
  ::dl_iterate_phdr(add_image, &images);
  rlimit stack{};
  constexpr rlim_t usual = rlim_t{8} << 20;
  const bool known = ::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
  return images + threads_of_a_worker * (known ? stack.rlim_cur : usual) + heap_of_a_worker;
}

class inspection {
 public:
  explicit inspection(const plan& of) : of_(of) {}

  std::vector<unmet_need> make() {
    for (const auto& member : of_.members) {
      if (!member.in_process) continue;
      stage_ = member.id;
      inspect(member.worker);
      inspect_limits(member);
    }
    return std::move(found_);
  }

 private:
  void add(const char* key, std::string what, std::string hint = {}) {
    found_.push_back({stage_, key, std::string(key) + ": " + std::move(what), std::move(hint)});
  }
  void expect(const char* key, const result<>& possible) {
    if (!possible) add(key, possible.error().message());
  }

  void inspect(const worker_settings& worker) {
    if (worker.nice) expect("nice", spawn::may_set_nice(*worker.nice));
    for (const unsigned cpu : worker.cpus) expect("cpu_affinity", spawn::may_run_on(cpu));
    std::error_code why;
    if (!worker.cwd.empty() && !std::filesystem::is_directory(worker.cwd, why))
      add("cwd", "'" + worker.cwd + "' is no folder that can be entered" + (why ? ": " + why.message() : ""));
    else if (!worker.cwd.empty() && ::access(worker.cwd.c_str(), X_OK) != 0)
      add("cwd", "'" + worker.cwd + "' may not be entered by us");
  }

  void inspect_limits(const member_plan& member) {
    const auto& limits = member.worker.limits;
    if (limits.open_files) {
      const auto need = descriptors_needed(of_, member.id);
      expect("limits.nofile", spawn::may_open_files(*limits.open_files));
      if (*limits.open_files < need)
        add("limits.nofile",
            "each worker of stage '" + member.name + "' needs about " + std::to_string(need) +
                " descriptors for itself and its links, and may open " + std::to_string(*limits.open_files));
    }
    if (limits.address_space) {
      expect("limits.address_space", spawn::may_have_address_space(*limits.address_space));
      if (const auto space = address_space_needed(); *limits.address_space < space)
        add("limits.address_space",
            "a worker of this program needs about " + format_bytes(space) +
                " of addresses before its first item, and may have " + format_bytes(*limits.address_space),
            "memory_max limits the memory that is in use");
    }
    if (limits.processes) expect("limits.processes", spawn::may_limit_processes(*limits.processes));
    if (limits.tasks_max)
      expect("limits.tasks_max", spawn::may_limit_tasks(*limits.tasks_max, limits.memory_max));
  }

  const plan& of_;
  member_id stage_ = 0;
  std::vector<unmet_need> found_;
};

}  // namespace

std::vector<unmet_need> unmet_needs(const plan& of) {
  return inspection(of).make();
}

}  // namespace troupe::runtime
