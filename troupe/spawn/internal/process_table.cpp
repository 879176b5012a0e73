#include <troupe/spawn/internal/process_table.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace troupe::spawn::internal {
namespace {

constexpr std::size_t first_buffer = 4096;  // every stat and nearly every command line
constexpr std::size_t stat_limit = 16 * 1024;

struct close_folder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using open_folder = std::unique_ptr<DIR, close_folder>;

std::string looking_at(pid_t id) {
  return "look at process " + std::to_string(id);
}

/// A process that has gone is "no such file" or "no such process", depending on when; we say the latter.
tl::unexpected<error> fail_looking_at(pid_t id, int os_errno) {
  return fail_errno(looking_at(id), os_errno == ENOENT ? ESRCH : os_errno);
}

std::chrono::nanoseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);  // that of start times: it goes on while the machine is suspended
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::chrono::nanoseconds ticks(std::uint64_t count) {
  static const long per_second = ::sysconf(_SC_CLK_TCK);
  const auto rate = static_cast<std::uint64_t>(per_second);
  return std::chrono::seconds(count / rate) + std::chrono::nanoseconds(count % rate * 1'000'000'000 / rate);
}

std::optional<pid_t> as_id(std::string_view text) {
  pid_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failed != std::errc() || end != text.data() + text.size() || id < 1) return std::nullopt;
  return id;
}

}  // namespace

result<unique_fd> open_pidfd(pid_t id) {
  if (id < 1) return fail(errc::invalid_argument, "open process " + std::to_string(id));
  unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));  // close-on-exec by itself
  if (pidfd) return pidfd;
  // The number of a thread: EINVAL, and ENOENT since Linux 6.15.
  const bool none = errno == ESRCH || errno == EINVAL || errno == ENOENT;
  return fail_errno("open process " + std::to_string(id), none ? ESRCH : errno);
}

process_table::process_table(unique_fd folder, std::chrono::system_clock::time_point boot)
    : folder_(std::move(folder)), boot_(boot), buffer_(first_buffer) {}

result<process_table> process_table::open(const std::string& folder) {
  unique_fd opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened && errno != ENOENT) return fail_errno("look at processes: open '" + folder + "'");
  std::array<char, 16> self;
  const auto length = opened ? ::readlinkat(opened.get(), "self", self.data(), self.size()) : -1;
  if (length < 0 || as_id({self.data(), static_cast<std::size_t>(length)}) != ::getpid())
    return fail(errc::unsupported,
                "look at processes: '" + folder + "' is not mounted, or belongs to another pid namespace");
  const auto boot = std::chrono::system_clock::now() -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(since_boot());
  return process_table(std::move(opened), boot);
}

result<std::string_view> process_table::read_file(int folder, const char* name, std::size_t limit) {
  const unique_fd file(::openat(folder, name, O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno(name);
  std::size_t size = 0;
  for (;;) {
    const auto got =
        read_some(file.get(), std::span(buffer_).first(std::min(buffer_.size(), limit)).subspan(size));
    if (!got) return tl::unexpected(got.error());
    if (got->value_or(0) == 0) break;
    size += **got;
    if (size < std::min(buffer_.size(), limit)) continue;
    if (size == limit) break;
    buffer_.resize(std::min(buffer_.size() * 2, limit));
  }
  return std::string_view(reinterpret_cast<const char*>(buffer_.data()), size);
}

result<proc_stat> process_table::read_stat(int folder, pid_t id) {
  const auto text = read_file(folder, "stat", stat_limit);
  if (!text) return fail_looking_at(id, text.error().os_errno);
  if (text->empty()) return fail_looking_at(id, ESRCH);
  auto stat = parse_stat(*text);
  if (!stat) return tl::unexpected(within(looking_at(id), stat.error()));
  return stat;
}

result<process_info> process_table::read(pid_t id) {
  // All is read through the process's own folder: opened once, it never shows a later process of that number.
  const unique_fd folder(
      ::openat(folder_.get(), std::to_string(id).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_looking_at(id, errno);
  // The owner before the stat: of one who has gone it would be root, but then there is no stat to be read.
  struct stat owner {};
  if (::fstat(folder.get(), &owner) != 0) return fail_looking_at(id, errno);
  auto stat = read_stat(folder.get(), id);
  if (!stat) return tl::unexpected(stat.error());
  const auto command_line = read_file(folder.get(), "cmdline", command_line_limit);
  if (!command_line && command_line.error().code == errc::exhausted)
    return fail_looking_at(id, command_line.error().os_errno);

  static const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto start = ticks(stat->key.started);
  process_info info;
  info.key = stat->key;
  info.parent = stat->parent;
  info.group = stat->group;
  info.session = stat->session;
  info.state = stat->state;
  info.name = std::move(stat->name);
  if (command_line) info.command_line = split_command_line(*command_line);
  info.uid = owner.st_uid;
  info.threads = stat->threads;
  info.resident_bytes = stat->resident_pages * page_size;
  info.virtual_bytes = stat->virtual_bytes;
  info.user_time = std::chrono::duration_cast<std::chrono::microseconds>(ticks(stat->user_ticks));
  info.system_time = std::chrono::duration_cast<std::chrono::microseconds>(ticks(stat->system_ticks));
  info.started_at = boot_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(start);
  info.age = std::max(since_boot() - start, std::chrono::nanoseconds(0));
  return info;
}

result<process_key> process_table::key_of(pid_t id) {
  const unique_fd folder(
      ::openat(folder_.get(), std::to_string(id).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_looking_at(id, errno);
  return read_stat(folder.get(), id).map([](const proc_stat& stat) { return stat.key; });
}

process_info process_table::hidden(pid_t id) const {
  process_info info;
  info.key.id = id;
  struct stat owner {};
  if (::fstatat(folder_.get(), std::to_string(id).c_str(), &owner, 0) == 0) info.uid = owner.st_uid;
  return info;
}

result<std::vector<process_info>> process_table::list() {
  unique_fd folder(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const open_folder entries(folder ? ::fdopendir(folder.get()) : nullptr);
  if (!entries) return fail_errno("list processes");
  static_cast<void>(folder.release());  // closed with the entries
  std::vector<process_info> all;
  while (const dirent* entry = ::readdir(entries.get())) {
    const auto id = as_id(entry->d_name);
    if (!id) continue;
    auto info = read(*id);
    if (info) {
      all.push_back(std::move(*info));
    } else if (info.error().code == errc::permission_denied) {
      all.push_back(hidden(*id));
    } else if (info.error().code != errc::not_found) {
      return tl::unexpected(within("list processes", info.error()));
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return all;
}

}  // namespace troupe::spawn::internal
