#include <troupe/spawn/internal/cgroup.hpp>
#include <troupe/spawn/internal/small_file.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace troupe::spawn::internal {
namespace {

constexpr std::string_view name_prefix = "troupe-";
std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool lists(std::string_view names, std::string_view wanted) {
  for (const auto name : split(names, ','))
    if (name == wanted) return true;
  return false;
}

/// mountinfo writes space, tab, newline and backslash as three octal digits.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr == text.data() + i + 4) {
      plain += static_cast<char>(code);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct cgroup_mount {
  std::string root;   // which part of the hierarchy is mounted
  std::string point;  // where
};

/// "36 35 98:0 <part mounted> <mount point> options fields… - type source superoptions"
std::optional<cgroup_mount> find_mount(std::string_view mountinfo, std::string_view type,
                                       std::string_view controller) {
  for (const auto line : split(mountinfo, '\n')) {
    const auto dash = line.find(" - ");
    if (dash == line.npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3 || after[0] != type) continue;
    if (!controller.empty() && !lists(after[2], controller)) continue;
    return cgroup_mount{unescaped(before[3]), unescaped(before[4])};
  }
  return std::nullopt;
}

/// The directory of `group` below the mount; nullopt when that part of the hierarchy is not mounted.
std::optional<std::string> directory_of(const cgroup_mount& mount, std::string_view group) {
  if (mount.root != "/") {
    if (!group.starts_with(mount.root)) return std::nullopt;
    group.remove_prefix(mount.root.size());
    if (!group.empty() && group.front() != '/') return std::nullopt;  // "/a/bc" is not below "/a/b"
  }
  std::string directory = mount.point;
  if (group != "/") directory += group;
  return directory;
}

/// The directory's own name for the owner's process id: "troupe-123-9f…" gives 123.
std::optional<pid_t> owner_of(std::string_view name) {
  if (!name.starts_with(name_prefix)) return std::nullopt;
  name.remove_prefix(name_prefix.size());
  pid_t id = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), id);
  const bool is_ours = read.ec == std::errc() && read.ptr != name.data() + name.size() && *read.ptr == '-';
  return is_ours ? std::optional(id) : std::nullopt;
}

/// Groups whose maker was killed before it could remove them. One that still holds processes refuses to go.
void remove_forsaken(const std::string& home) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(home.c_str()), ::closedir);
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    const auto owner = owner_of(entry->d_name);
    if (owner && *owner != ::getpid() && ::kill(*owner, 0) != 0 && errno == ESRCH)
      ::rmdir((home + "/" + entry->d_name).c_str());
  }
}

std::string new_name() {
  std::uint64_t number = 0;
  while (::getrandom(&number, sizeof number, 0) < 0 && errno == EINTR) continue;
  std::array<char, 17> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return std::string(name_prefix) + std::to_string(::getpid()) + "-" + std::string(digits.data(), end);
}

/// Groups that could not be removed yet: who has just been killed there may still be on the way out.
class busy_groups {
 public:
  void add(std::string directory) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      all_.push_back({std::move(directory), deadline::after(std::chrono::seconds(1))});
      any_ = true;
    } catch (const std::bad_alloc&) {  // then it stays, as one that somebody lives in
    }
  }
  /// True when there are none (any more). One in which somebody lives on is given up after a second.
  bool sweep() noexcept {
    if (!any_.load(std::memory_order_relaxed)) return true;
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [](const busy_group& each) {
      return ::rmdir(each.directory.c_str()) == 0 || errno != EBUSY || each.given_up.passed();
    });
    any_ = !all_.empty();
    return all_.empty();
  }

 private:
  struct busy_group {
    std::string directory;
    deadline given_up;
  };
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::vector<busy_group> all_;
};

busy_groups& busy() {
  static busy_groups all;
  return all;
}

bool set_limit(memory_guard version, controller what, const std::string& directory, std::uint64_t limit) {
  const std::string bytes = std::to_string(limit);
  if (what == controller::pids) return write_text(directory + "/pids.max", bytes);
  if (version == memory_guard::cgroup_v2) {
    if (!write_text(directory + "/memory.max", bytes)) return false;
    // Not there when the kernel has no swap accounting. All of it ends together: half a program helps nobody.
    static_cast<void>(write_text(directory + "/memory.swap.max", "0"));
    static_cast<void>(write_text(directory + "/memory.oom.group", "1"));
    return true;
  }
  if (!write_text(directory + "/memory.limit_in_bytes", bytes)) return false;
  static_cast<void>(write_text(directory + "/memory.memsw.limit_in_bytes", bytes));
  return true;
}

/// Whether a group that is made beside ours would escape a limit that we have ourselves.
bool is_limited(const std::string& directory) {
  for (const char* file : {"/memory.max", "/memory.high"}) {
    const auto limit = read_text(directory + file);  // not there: its memory is not counted apart
    if (limit && !limit->starts_with("max")) return true;
  }
  return false;
}

}  // namespace

std::vector<cgroup_home> memory_homes(std::string_view self_cgroup, std::string_view mountinfo) {
  return homes_of(controller::memory, self_cgroup, mountinfo);
}

std::vector<cgroup_home> homes_of(controller what, std::string_view self_cgroup, std::string_view mountinfo) {
  const std::string_view wanted = what == controller::memory ? "memory" : "pids";
  std::vector<cgroup_home> homes;
  std::vector<cgroup_home> first_version;
  for (const auto line : split(self_cgroup, '\n')) {  // "4:memory:/path", "0::/path"
    const auto first = line.find(':');
    const auto second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto group = line.substr(second + 1);
    const bool is_unified = line.starts_with("0:") && controllers.empty();
    if (!is_unified && !lists(controllers, wanted)) continue;
    const auto mount = find_mount(mountinfo, is_unified ? "cgroup2" : "cgroup", is_unified ? "" : wanted);
    const auto directory = mount ? directory_of(*mount, group) : std::nullopt;
    if (!directory) continue;
    if (!is_unified) {
      first_version.push_back({memory_guard::cgroup_v1, *directory});
      continue;
    }
    homes.push_back({memory_guard::cgroup_v2, *directory});
    if (directory->size() > mount->point.size())
      homes.push_back({memory_guard::cgroup_v2, directory->substr(0, directory->rfind('/'))});
  }
  homes.insert(homes.end(), first_version.begin(), first_version.end());
  return homes;
}

memory_cgroup::memory_cgroup(memory_guard version, std::string directory, unique_fd procs) noexcept
    : version_(version), directory_(std::move(directory)), procs_(std::move(procs)) {}

memory_cgroup& memory_cgroup::operator=(memory_cgroup&& other) noexcept {
  if (this == &other) return *this;
  remove();
  version_ = other.version_;
  directory_ = std::exchange(other.directory_, {});
  procs_ = std::move(other.procs_);
  return *this;
}

memory_cgroup::~memory_cgroup() {
  remove();
}

std::optional<memory_cgroup> memory_cgroup::make(std::size_t limit) {
  const auto self = read_text("/proc/self/cgroup");
  const auto mounts = read_text("/proc/self/mountinfo");
  if (!self || !mounts) return std::nullopt;
  return make(limit, memory_homes(*self, *mounts));
}

std::optional<memory_cgroup> memory_cgroup::make(std::size_t limit, const std::vector<cgroup_home>& homes) {
  std::string own;  // our own group of version 2: the first of that version, the other one is beside it
  for (const auto& home : homes) {
    if (home.version == memory_guard::cgroup_v2) {
      if (!own.empty() && is_limited(own)) continue;
      if (own.empty()) own = home.directory;
    }
    if (auto made = make_in(home, controller::memory, limit)) return made;
  }
  return std::nullopt;
}

std::optional<memory_cgroup> memory_cgroup::make_for_tasks(std::uint64_t limit) {
  const auto self = read_text("/proc/self/cgroup");
  const auto mounts = read_text("/proc/self/mountinfo");
  if (!self || !mounts) return std::nullopt;
  for (const auto& home : homes_of(controller::pids, *self, *mounts))
    if (auto made = make_in(home, controller::pids, limit)) return made;
  return std::nullopt;
}

bool memory_cgroup::limit_tasks(std::uint64_t limit) {
  return version_ == memory_guard::cgroup_v2 && set_limit(version_, controller::pids, directory_, limit);
}

std::optional<memory_cgroup> memory_cgroup::make_in(const cgroup_home& home, controller what,
                                                    std::uint64_t limit) {
  remove_forsaken(home.directory);
  // Who may make a group may still not move a process into it: version 2 asks for the group above both.
  if (home.version == memory_guard::cgroup_v2 &&
      ::faccessat(AT_FDCWD, (home.directory + "/cgroup.procs").c_str(), W_OK, AT_EACCESS) != 0)
    return std::nullopt;
  std::string directory = home.directory + "/" + new_name();
  if (::mkdir(directory.c_str(), 0755) != 0) return std::nullopt;
  unique_fd procs;
  if (set_limit(home.version, what, directory, limit))
    procs.reset(::open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  memory_cgroup made(home.version, std::move(directory), std::move(procs));
  return made.procs_ ? std::optional(std::move(made)) : std::nullopt;
}

out_of_memory memory_cgroup::verdict() const {
  const auto number = [this](const char* file, std::string_view key) -> std::uint64_t {
    const auto text = read_text(directory_ + file);
    return text ? number_after(*text, key).value_or(0) : 0;
  };
  const bool second = version_ == memory_guard::cgroup_v2;
  if (number(second ? "/memory.events" : "/memory.oom_control", "oom_kill") == 0) return out_of_memory::no;
  // Somebody above or the whole machine may have run short, and the kernel has picked from this group. Version 1 does
  // not tell.
  const bool own_limit = !second || number("/memory.events.local", "oom") > 0;
  return own_limit ? out_of_memory::over_limit : out_of_memory::suspected;
}

std::string own_oom_file(const std::vector<cgroup_home>& homes) {
  for (const auto& [version, directory] : homes) {
    const std::string file =
        directory + (version == memory_guard::cgroup_v2 ? "/memory.events.local" : "/memory.oom_control");
    const auto text = read_text(file);
    if (text && number_after(*text, "oom_kill")) return file;
  }
  return "/proc/vmstat";
}

void memory_cgroup::remove() noexcept {
  if (!directory_.empty() && ::rmdir(directory_.c_str()) != 0 && errno == EBUSY)
    busy().add(std::move(directory_));
  directory_.clear();
}

bool remove_busy_groups(nanoseconds patience) noexcept {
  for (const auto until = deadline::after(patience); !busy().sweep();) {
    if (until.passed()) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace troupe::spawn::internal
