#include <troupe/runtime/director/actor_processes.hpp>

#include <utility>

namespace troupe::runtime {
namespace {

/// Beside the one for stages: the two know nothing of each other.
constexpr const char* socket_for_actors = "director.actors";
constexpr std::uint64_t only_life = 1;

log_level level_of(const logger& log) {
  for (const auto level : {log_level::trace, log_level::debug, log_level::info, log_level::warn})
    if (log.takes(level)) return level;
  return log_level::error;
}

}  // namespace

result<std::unique_ptr<actor_processes>> actor_processes::start(const actor_processes_setting& by) {
  for (const auto& each : processes_of(by.file)) {
    const auto longest = by.directory.endpoint(process_socket_name(each.name, std::uint32_t(-1)));
    if (!longest) return tl::unexpected(longest.error());
  }
  std::unique_ptr<actor_processes> made(new actor_processes(by));
  if (auto offered = offer_topics(made->gate_, topics_of(by.file, by.program)); !offered)
    return tl::unexpected(std::move(offered.error()));
  if (auto listening = made->listen(by); !listening) return tl::unexpected(std::move(listening.error()));
  made->start_keeper(by);
  return made;
}

actor_processes::actor_processes(const actor_processes_setting& by)
    : gate_(by.system,
            gateway_options{.self = {director_node, only_life},
                            .endpoint_of = [this](const std::string& node) { return endpoint_of(node); },
                            .log = by.log,
                            .on_lost_way =
                                [this](const transport::peer& node, const end_reason& why) {
                                  keeper_->send(way_to_process_lost{node, why.text});
                                }}),
      cast_(std::make_unique<far_cast>(
          gate_, far_cast::requests{[this](life_wanted what) { keeper_->send(std::move(what)); },
                                    [this](life_unwanted what) { keeper_->send(std::move(what)); },
                                    [this](life_over what) { keeper_->send(std::move(what)); }})) {}

result<> actor_processes::listen(const actor_processes_setting& by) {
  auto endpoint = by.directory.endpoint(socket_for_actors);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto post = transport::zmq_post::start(
      {.own = {.self = {director_node, only_life}, .system = by.run_id, .key = {by.secret}},
       .endpoint = *endpoint},
      gate_, {actors_channel});
  if (!post) return tl::unexpected(post.error());
  post_ = std::move(*post);
  gate_.use(*post_);
  return {};
}

void actor_processes::start_keeper(const actor_processes_setting& by) {
  topics_ = by.system.spawn<topic_bridge>({.name = "topics", .mailbox = {.capacity = 0}}, gate_,
                                          topics_heard_in(director_node, by.file, by.program));
  const auto processes = processes_of(by.file);
  const auto hire = [to = keeper_, log = by.log, processes, &spawner = by.spawner, executable = by.executable,
                     argv0 = by.argv0] {
    const auto say = [log, processes](const instance& who, std::string_view line, bool is_stderr) {
      log.named(processes[who.slot].name).log(is_stderr ? log_level::warn : log_level::info, line);
    };
    return std::make_unique<workforce>(
        spawner, executable, argv0,
        workforce_events{[to](const instance& who, from_worker what) {
                           to->send(process_said{who, std::move(what)});
                         },
                         [to](const instance& who, const spawn::exit_report& how) {
                           to->send(process_ended{who, how});
                         },
                         say});
  };
  const auto on_up = [this](const std::string& node, const std::string& endpoint) {
    {
      const std::lock_guard lock(mutex_);
      endpoints_[node] = endpoint;
    }
    gate_.node_is_up(node);
    topics_.send(node_came{node});
  };
  const auto on_down = [this](const std::string& node) {
    {
      const std::lock_guard lock(mutex_);
      endpoints_.erase(node);
    }
    topics_.send(node_went{node});
  };
  actors_assignment work{.run_id = by.run_id,
                         .token = by.secret,
                         .ipc_path = by.directory.path(),
                         .director = by.directory.endpoint(socket_for_actors).value_or(""),
                         .path = by.file.path,
                         .text = by.file.text,
                         .overrides = by.file.overrides,
                         .level = level_of(by.log)};
  *keeper_ = by.system.spawn<process_keeper>(
      {.name = "processes", .mailbox = {.capacity = 0}},
      keeper_setting{processes, std::move(work), *cast_, by.log, hire, on_up, on_down, [this] { ++falls_; },
                     [this](const dead_letter_counts& lost) { all_gone(lost); }});
}

result<std::string> actor_processes::endpoint_of(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto at = endpoints_.find(node);
  if (at == endpoints_.end()) return fail(errc::not_found, "process '" + node + "' is not running");
  return at->second;
}

void actor_processes::end(std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (!gone_) then_ = std::exchange(then, nullptr);
  }
  if (then) return then();
  keeper_->send(end_processes{});
}

void actor_processes::all_gone(const dead_letter_counts& lost) {
  std::function<void()> then;
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    lost_ = lost;
    then = std::exchange(then_, nullptr);
  }
  if (then) then();
}

dead_letter_counts actor_processes::dead_letters() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void actor_processes::close() {
  gate_.close();
  post_.reset();
}

}  // namespace troupe::runtime
