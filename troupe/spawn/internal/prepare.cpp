#include <troupe/spawn/internal/prepare.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace troupe::spawn::internal {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

bool has_nul(std::string_view text) {
  return text.find('\0') != text.npos;
}

/// execve's types are older than const; it changes nothing.
char* as_argument(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

std::string starting(const command_spec& spec) {
  return "start '" + spec.program + "'";
}

tl::unexpected<error> refuse(const command_spec& spec, const std::string& why) {
  return fail(errc::invalid_argument, starting(spec) + ": " + why);
}

}  // namespace

result<> prepared::check(const command_spec& spec) const {
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
  std::vector<int> numbers;
  for (const auto& fd : spec.fds) {
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

result<> prepared::prepare(const command_spec& spec) {
  if (auto sound = check(spec); !sound) return sound;
  if (auto streams = prepare_streams(spec); !streams)
    return tl::unexpected(within(starting(spec), std::move(streams.error())));
  for (const auto& fd : spec.fds) moves_.push_back({fd.source, fd.number});
  std::sort(moves_.begin(), moves_.end(), [](auto& a, auto& b) { return a.target < b.target; });

  argv_.push_back(as_argument(spec.arg0 ? *spec.arg0 : spec.program));
  for (const auto& argument : spec.args) argv_.push_back(as_argument(argument));
  argv_.push_back(nullptr);
  prepare_environment(spec);
  prepare_candidates(spec);
  return {};
}

result<> prepared::prepare_streams(const command_spec& spec) {
  // Looked at before we open anything: with a standard number closed, our own pipe could land on it.
  const bool standing[] = {is_open(0), is_open(1), is_open(2)};
  const stdio* streams[] = {&spec.in, &spec.out, &spec.err};
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
    default:
      if (!null_) null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!null_) return fail_errno("open '/dev/null'");
      return null_.get();
  }
}

void prepared::prepare_environment(const command_spec& spec) {
  if (!spec.env_cleared)
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
      environment_.emplace_back(*entry);
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
    search_path_ = own != nullptr ? own : "/bin:/usr/bin";
    for (const auto& [name, value] : spec.env)
      if (name == "PATH" && value) search_path_ = *value;
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

child_plan prepared::plan(const command_spec& spec, int report_fd) {
  return {.candidates = candidates_.data(),
          .candidate_count = candidates_.size(),
          .argv = argv_.data(),
          .envp = envp_.data(),
          .cwd = spec.cwd ? spec.cwd->c_str() : nullptr,
          .moves = moves_.data(),
          .move_count = moves_.size(),
          .report_fd = report_fd,
          .death_signal = spec.death_signal,
          .parent = ::getpid(),
          .own_session = spec.group == grouping::own_session,
          .own_group = spec.group == grouping::own_group};
}

error prepared::explain(const command_spec& spec, const failure& why) const {
  const auto failed = [&](const std::string& what) {
    return error{errc_of_errno(why.os_errno), starting(spec) + ": " + what, why.os_errno};
  };
  switch (why.at) {
    case step::group:
      return failed("give it a group of its own");
    case step::death_signal:
      return failed("ask for death signal " + std::to_string(spec.death_signal));
    case step::cwd:
      return failed("change directory to '" + *spec.cwd + "'");
    case step::descriptors:
      return failed("give it descriptor " + std::to_string(moves_[why.which].target));
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
