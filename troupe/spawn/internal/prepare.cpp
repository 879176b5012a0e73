#include <troupe/spawn/internal/check_spec.hpp>
#include <troupe/spawn/internal/prepare.hpp>
#include <troupe/spawn/machine.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace troupe::spawn::internal {
namespace {

constexpr const char* default_search_path = "/bin:/usr/bin";

/// execve's types are older than const; it changes nothing.
char* as_argument(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

std::string name_of_limit(int resource) {
  switch (resource) {
    case RLIMIT_AS:
      return "address space";
    case RLIMIT_NOFILE:
      return "open files";
    case RLIMIT_CORE:
      return "core size";
    case RLIMIT_CPU:
      return "CPU seconds";
    case RLIMIT_NPROC:
      return "processes";
    case RLIMIT_FSIZE:
      return "file size";
    default:
      return "stack";
  }
}

std::string names_of_ids(const identity& who) {
  std::string names;
  if (who.user) names += " user to " + std::to_string(*who.user);
  if (who.group) names += " group to " + std::to_string(*who.group);
  if (who.groups) names += " supplementary groups";
  return names.substr(1);
}

}  // namespace

result<> prepared::prepare(const command_spec& spec, const default_streams& defaults) {
  if (auto sound = check_spec(spec); !sound) return sound;
  if (auto streams = prepare_streams(spec, defaults); !streams)
    return tl::unexpected(within(starting(spec), std::move(streams.error())));
  for (const auto& fd : spec.fds) moves_.push_back({fd.source, fd.number});
  std::sort(moves_.begin(), moves_.end(), [](auto& a, auto& b) { return a.target < b.target; });

  argv_.push_back(as_argument(spec.arg0 ? *spec.arg0 : spec.program));
  for (const auto& argument : spec.args) argv_.push_back(as_argument(argument));
  argv_.push_back(nullptr);
  if (auto limited = prepare_limits(spec); !limited) return limited;
  prepare_environment(spec);
  prepare_candidates(spec);
  return {};
}

result<> prepared::prepare_streams(const command_spec& spec, const default_streams& defaults) {
  // Looked at before we open anything: with a standard number closed, our own pipe could land on it.
  const bool standing[] = {is_open(0), is_open(1), is_open(2)};
  const stdio* streams[] = {spec.in ? &*spec.in : &defaults.in, spec.out ? &*spec.out : &defaults.out,
                            spec.err ? &*spec.err : &defaults.err};
  unique_fd* ends[] = {&parents_in, &parents_out, &parents_err};
  for (int number = 0; number < 3; ++number) {
    const bool is_inherited = streams[number]->what() == stdio::kind::inherited;
    if (is_inherited && standing[number]) {
      moves_.push_back({number, number});
      continue;
    }
    const auto source = source_of(*streams[number], number, *ends[number]);
    if (!source) return tl::unexpected(source.error());
    moves_.push_back({*source, number});
  }
  return {};
}

result<int> prepared::source_of(const stdio& stream, int number, unique_fd& parents_end) {
  switch (stream.what()) {
    case stdio::kind::descriptor:
      if (!is_open(stream.fd()))
        return fail(errc::invalid_argument, "descriptor " + std::to_string(stream.fd()) + " is not open");
      return stream.fd();
    case stdio::kind::into_stdout:
      if (number != 2) return fail(errc::invalid_argument, "only stderr can go into stdout");
      return moves_[1].source;
    case stdio::kind::piped: {
      auto made = make_pipe();
      if (!made) return tl::unexpected(std::move(made.error()));
      unique_fd& childs_end = number == 0 ? made->read_end : made->write_end;
      parents_end = std::move(number == 0 ? made->write_end : made->read_end);
      childs_.push_back(std::move(childs_end));
      return childs_.back().get();
    }
    case stdio::kind::read_file:
      return keep(::open(stream.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY),
                  "open '" + stream.path() + "' for reading");
    case stdio::kind::write_file: {
      const int how = stream.how() == writing::append ? O_APPEND : O_TRUNC;
      return keep(::open(stream.path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | how, 0666),
                  "open '" + stream.path() + "' for writing");
    }
    default:
      if (!null_) null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!null_) return fail_errno("open '/dev/null'");
      return null_.get();
  }
}

/// Owns `fd` until the child has started; `what` was attempted to get it.
result<int> prepared::keep(int fd, const std::string& what) {
  if (fd < 0) return fail_errno(what);
  childs_.emplace_back(fd);
  return fd;
}

result<> prepared::prepare_limits(const command_spec& spec) {
  const auto set = [this](int resource, const auto& value) {
    if (value)
      limits_.push_back({resource, static_cast<std::uint64_t>(*value), static_cast<std::uint64_t>(*value)});
  };
  const resource_limits& limits = spec.limits;
  set(RLIMIT_AS, limits.address_space);
  set(RLIMIT_NOFILE, limits.open_files);
  set(RLIMIT_CORE, limits.core_size);
  if (limits.cpu_time) {
    // SIGXCPU tells why; with both at once the kernel sends SIGKILL alone, which tells nothing.
    rlimit own{};
    ::getrlimit(RLIMIT_CPU, &own);
    const auto soft = static_cast<std::uint64_t>(limits.cpu_time->count());
    limits_.push_back({RLIMIT_CPU, soft, std::max(soft, std::min<std::uint64_t>(soft + 1, own.rlim_max))});
  }
  set(RLIMIT_NPROC, limits.processes);
  set(RLIMIT_FSIZE, limits.file_size);
  set(RLIMIT_STACK, limits.stack);
  if (limits.memory_max) memory = memory_fence(*limits.memory_max);
  if (limits.tasks_max && !memory.limit_tasks(*limits.tasks_max)) {
    if (auto can = may_limit_tasks(*limits.tasks_max, limits.memory_max); !can)
      return tl::unexpected(within(starting(spec), can.error()));
    set(RLIMIT_NPROC, limits.tasks_max);
  }

  constexpr unsigned bits = 8 * sizeof(unsigned long);
  for (const unsigned cpu : spec.cpus) {
    if (cpu_mask_.size() <= cpu / bits) cpu_mask_.resize(cpu / bits + 1);
    cpu_mask_[cpu / bits] |= 1UL << cpu % bits;
  }
  return {};
}

void prepared::prepare_environment(const command_spec& spec) {
  const auto inherits = [&spec](const char* entry) {
    if (!spec.env_cleared) return true;
    const std::string_view text(entry);
    const auto name = text.substr(0, text.find('='));
    return std::find(spec.env_inherited.begin(), spec.env_inherited.end(), name) != spec.env_inherited.end();
  };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (inherits(*entry)) environment_.emplace_back(*entry);
  for (const auto& [name, value] : spec.env) {
    const std::string prefix = name + "=";
    std::erase_if(environment_, [&](const std::string& entry) { return entry.starts_with(prefix); });
    if (value) environment_.push_back(prefix + *value);
  }
  for (const auto& entry : environment_) envp_.push_back(as_argument(entry));
  envp_.push_back(nullptr);
}

void prepared::prepare_candidates(const command_spec& spec) {
  if (spec.program.empty() || spec.program.find('/') != spec.program.npos) {
    paths_.push_back(spec.program);
  } else {
    const char* own = std::getenv("PATH");
    search_path_ = own != nullptr ? own : default_search_path;
    for (const auto& [name, value] : spec.env)
      if (name == "PATH") search_path_ = value.value_or(default_search_path);
    for (std::size_t from = 0; from <= search_path_.size();) {
      const auto to = std::min(search_path_.find(':', from), search_path_.size());
      const std::string directory = search_path_.substr(from, to - from);
      paths_.push_back(directory.empty() ? spec.program
                                         : directory + "/" + spec.program);  // empty: where we are
      from = to + 1;
    }
  }
  for (const auto& path : paths_) candidates_.push_back(path.c_str());
}

child_plan prepared::plan(const command_spec& spec, residence where, int report_fd) {
  const identity& who = spec.who;
  const bool drops_groups = who.user && !who.groups && ::geteuid() == 0;
  return {.candidates = candidates_.data(),
          .candidate_count = candidates_.size(),
          .argv = argv_.data(),
          .envp = envp_.data(),
          .cwd = spec.cwd ? spec.cwd->c_str() : nullptr,
          .moves = moves_.data(),
          .move_count = moves_.size(),
          .report_fd = report_fd,
          .report_at = nullptr,
          .memory_group_fd = memory.join_fd(),
          .tasks_group_fd = memory.tasks_fd(),
          .warden = nullptr,
          .limits = limits_.data(),
          .limit_count = limits_.size(),
          .cpu_mask = cpu_mask_.empty() ? nullptr : cpu_mask_.data(),
          .cpu_mask_bytes = cpu_mask_.size() * sizeof(unsigned long),
          .groups = who.groups ? who.groups->data() : nullptr,
          .group_count = who.groups ? who.groups->size() : 0,
          .group = who.group ? &*who.group : nullptr,
          .user = who.user ? &*who.user : nullptr,
          .umask = spec.umask ? &*spec.umask : nullptr,
          .nice = spec.nice ? &*spec.nice : nullptr,
          .death_signal = spec.death_signal,
          .parent = where == residence::in_place ? ::getppid() : ::getpid(),
          .sets_groups = who.groups || drops_groups,
          .own_session = spec.group == grouping::own_session,
          .own_group = spec.group == grouping::own_group,
          .no_new_privileges = spec.no_new_privileges,
          .where = where};
}

error prepared::explain(const command_spec& spec, const failure& why) const {
  const auto failed = [&](const std::string& what) {
    return error{errc_of_errno(why.os_errno), starting(spec) + ": " + what, why.os_errno};
  };
  switch (why.at) {
    case step::group:
      return failed("give it a group of its own");
    case step::memory_group:
      return failed("put it into a memory group");
    case step::tasks_group:
      return failed("put it into a group that limits its tasks");
    case step::descriptors:
      return failed("give it descriptor " + std::to_string(moves_[why.which].target));
    case step::nice:
      return failed("set its niceness to " + std::to_string(*spec.nice));
    case step::cpus:
      return failed("bind it to the processors it was given");
    case step::limit:
      return failed("limit its " + name_of_limit(limits_[why.which].resource) + " to " +
                    std::to_string(limits_[why.which].soft));
    case step::identity:
      return failed("change its " + names_of_ids(spec.who));
    case step::no_new_privileges:
      return failed("take its way to new privileges");
    case step::death_signal:
      return failed("ask for death signal " + std::to_string(spec.death_signal));
    case step::cwd:
      return failed("change directory to '" + *spec.cwd + "'");
    case step::exec:
      break;
  }
  return explain_exec(spec, why);
}

/// The kernel says ENOENT for a missing interpreter and EACCES for a directory; a look at the file tells them
/// apart.
error prepared::explain_exec(const command_spec& spec, const failure& why) const {
  if (!search_path_.empty() && why.os_errno == ENOENT)
    return {errc::not_found, "exec '" + spec.program + "', searched in '" + search_path_ + "'", ENOENT};
  const std::string& path = paths_[why.which];
  const std::string seen_from_here = spec.cwd && !path.starts_with('/') ? *spec.cwd + "/" + path : path;
  struct stat file {};
  const bool exists = ::stat(seen_from_here.c_str(), &file) == 0;
  if (exists && S_ISDIR(file.st_mode)) return {errc::wrong_kind, "exec '" + path + "'", EISDIR};
  if (exists && why.os_errno == ENOENT)
    return {errc::not_found, "exec '" + path + "', which is there, but the interpreter it names is not",
            ENOENT};
  return {errc_of_errno(why.os_errno), "exec '" + path + "'", why.os_errno};
}

}  // namespace troupe::spawn::internal
