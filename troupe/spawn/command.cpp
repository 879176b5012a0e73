#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/check_spec.hpp>
#include <troupe/spawn/internal/prepare.hpp>
#include <troupe/spawn/internal/start.hpp>

#include <csignal>
#include <optional>
#include <string>
#include <utility>

namespace troupe::spawn {
namespace {

/// The first stream that is a pipe, by name.
std::optional<std::string> piped_stream(const command_spec& spec) {
  const auto is_piped = [](const std::optional<stdio>& stream) {
    return stream && stream->what() == stdio::kind::piped;
  };
  if (is_piped(spec.in)) return "stdin";
  if (is_piped(spec.out)) return "stdout";
  if (is_piped(spec.err)) return "stderr";
  return std::nullopt;
}

}  // namespace

command& command::arg0(std::string value) {
  spec_.arg0 = std::move(value);
  return *this;
}

command& command::arg(std::string value) {
  spec_.args.push_back(std::move(value));
  return *this;
}

command& command::args(std::vector<std::string> values) {
  for (auto& value : values) spec_.args.push_back(std::move(value));
  return *this;
}

command& command::env(std::string name, std::string value) {
  spec_.env.emplace_back(std::move(name), std::move(value));
  return *this;
}

command& command::env_remove(std::string name) {
  spec_.env.emplace_back(std::move(name), std::nullopt);
  return *this;
}

command& command::env_clear() {
  return env_inherit({});
}

command& command::env_inherit(std::vector<std::string> names) {
  spec_.env_cleared = true;
  spec_.env_inherited = std::move(names);
  spec_.env.clear();
  return *this;
}

command& command::cwd(std::string directory) {
  spec_.cwd = std::move(directory);
  return *this;
}

command& command::stdin_from(stdio from) {
  spec_.in = std::move(from);
  return *this;
}

command& command::stdout_to(stdio to) {
  spec_.out = std::move(to);
  return *this;
}

command& command::stderr_to(stdio to) {
  spec_.err = std::move(to);
  return *this;
}

command& command::pass_fd(unique_fd fd, int number) {
  const int source = fd.get();
  spec_.fds.push_back({std::move(fd), source, number});
  return *this;
}

command& command::pass_fd(int fd, int number) {
  spec_.fds.push_back({unique_fd(), fd, number});
  return *this;
}

command& command::new_session() {
  spec_.group = grouping::own_session;
  return *this;
}

command& command::new_group() {
  spec_.group = grouping::own_group;
  return *this;
}

command& command::death_signal(int signal) {
  spec_.death_signal = signal;
  return *this;
}

command& command::uid(uid_t user) {
  spec_.who.user = user;
  return *this;
}

command& command::gid(gid_t group) {
  spec_.who.group = group;
  return *this;
}

command& command::groups(std::vector<gid_t> groups) {
  spec_.who.groups = std::move(groups);
  return *this;
}

command& command::umask(mode_t mask) {
  spec_.umask = mask;
  return *this;
}

command& command::nice(int value) {
  spec_.nice = value;
  return *this;
}

command& command::cpus(std::vector<unsigned> allowed) {
  spec_.cpus = std::move(allowed);
  return *this;
}

command& command::limits(resource_limits limits) {
  spec_.limits = limits;
  return *this;
}

command& command::no_new_privileges() {
  spec_.no_new_privileges = true;
  return *this;
}

result<child> command::spawn() const {
  return internal::start(spec_);
}

result<exit_report> command::status() const {
  if (const auto unread = piped_stream(spec_))
    return fail(errc::invalid_argument,
                internal::starting(spec_) + ": its " + *unread +
                    " is piped, and status() neither reads nor writes: output() does");
  auto made = spawn();
  if (!made) return tl::unexpected(std::move(made.error()));
  return made->wait();
}

result<output> command::output(const output_options& options) const {
  const bool has_input = !options.input.empty();
  if (has_input && spec_.in && spec_.in->what() != stdio::kind::piped)
    return fail(errc::invalid_argument,
                internal::starting(spec_) + ": there is input for it, but its stdin was led elsewhere");
  auto made =
      internal::start(spec_, {has_input ? stdio::piped() : stdio::null(), stdio::piped(), stdio::piped()});
  if (!made) return tl::unexpected(std::move(made.error()));
  return made->wait_with_output(options);
}

error command::exec() const {
  if (const auto stream = piped_stream(spec_))
    return {errc::invalid_argument, internal::starting(spec_) + ": its " + *stream +
                                        " is piped, but after exec() nobody would be at the other end"};
  internal::prepared ready;
  if (auto made = ready.prepare(spec_); !made) return std::move(made.error());
  if (ready.memory.kind() == memory_guard::watched)
    return {errc::unsupported, internal::starting(spec_) +
                                   ": this process may not make a memory group, and nobody would "
                                   "be left to watch its memory_max"};
  internal::child_plan plan = ready.plan(spec_, internal::residence::in_place);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const internal::failure why = internal::become_program(plan);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return ready.explain(spec_, why);
}

}  // namespace troupe::spawn
