#include <troupe/actors/actor_system.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/actors/process_company.hpp>
#include <troupe/runtime/actors/topic_bridge.hpp>
#include <troupe/runtime/node/actor_process.hpp>
#include <troupe/runtime/node/director_line.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <sys/prctl.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

namespace troupe::runtime {
namespace {

/// Handlers of all its actors may be in user code, and links and timers go on.
constexpr std::size_t free_threads = 1;
/// For what its actors still do when the director says that all is over.
constexpr milliseconds last_patience{2000};

/// Where the other processes listen.
class address_book {
 public:
  void enter(const std::string& node, std::string endpoint) {
    const std::lock_guard lock(mutex_);
    endpoints_[node] = std::move(endpoint);
  }
  void strike(const std::string& node) {
    const std::lock_guard lock(mutex_);
    endpoints_.erase(node);
  }
  result<std::string> find(const std::string& node) const {
    const std::lock_guard lock(mutex_);
    const auto at = endpoints_.find(node);
    if (at == endpoints_.end()) return fail(errc::not_found, "process '" + node + "' is not running");
    return at->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> endpoints_;
};

class actor_process {
 public:
  actor_process(const registry& program, spawn::lifeline_client& director, actors_assignment work)
      : program_(program), director_(director), work_(std::move(work)) {}
  ~actor_process() {
    if (gate_) gate_->close();
    post_.reset();
  }

  result<> start() {
    // Without it ps and top would call it "exe": it was started by that name in /proc.
    ::prctl(PR_SET_NAME, work_.node.c_str());
    auto file = config::parse(work_.text, work_.path, work_.overrides);
    if (!file) return fail(errc::malformed, config::to_string(file.error().front()));
    file_ = std::move(*file);
    if (const auto wrong = check_actors(file_, program_); !wrong.empty())
      return fail(errc::invalid_argument, config::to_string(wrong.front()));
    log_ = logger::make({.level = work_.level,
                         .pass_on = [this](log_level level, std::string_view name, std::string_view text) {
                           director_.say(logged{level, std::string(name), std::string(text)});
                         }});
    auto system = actor_system::start(
        {.threads = std::max(2U, std::thread::hardware_concurrency()) + free_threads, .log = log_});
    if (!system) return tl::unexpected(system.error());
    system_ = std::move(*system);
    book_.enter(director_node, work_.director);
    gate_ = std::make_unique<gateway>(
        *system_, gateway_options{.self = {work_.node, work_.epoch},
                                  .endpoint_of = [this](const std::string& node) { return book_.find(node); },
                                  .log = log_});
    if (auto offered = offer_topics(*gate_, topics_of(file_, program_)); !offered) return offered;
    company_ = std::make_unique<process_company>(
        *system_, *gate_, file_, program_, work_.node,
        [this](const std::string& actor, std::uint32_t life, const end_reason& why, bool for_good) {
          director_.say(actor_fell{actor, life, why, for_good});
        });
    topics_ = system_->spawn<topic_bridge>({.name = "topics", .mailbox = {.capacity = 0}}, *gate_,
                                           topics_heard_in(work_.node, file_, program_));
    return listen();
  }

  /// Follows the director until it says stop. Never returns when the director is gone.
  result<> follow() {
    return director_.follow([this](const auto& message) { obey(message); });
  }

  /// All its actors have ended, as far as the director knows. What is left has a short time.
  void end() {
    const auto gone = system_->shutdown(last_patience);
    director_.say(last_count{system_->dead_letters()});
    if (!gone) std::_Exit(worker_exit_failed);
  }

 private:
  result<> listen() {
    auto directory = transport::ipc_directory::join(work_.ipc_path);
    if (!directory) return tl::unexpected(directory.error());
    auto endpoint = directory->endpoint(process_socket_name(work_.node, work_.epoch));
    if (!endpoint) return tl::unexpected(endpoint.error());
    auto post = transport::zmq_post::start(
        {.own = {.self = {work_.node, work_.epoch}, .system = work_.run_id, .key = {work_.token}},
         .endpoint = *endpoint},
        *gate_, {actors_channel});
    if (!post) return tl::unexpected(post.error());
    post_ = std::move(*post);
    gate_->use(*post_);
    gate_->node_is_up(director_node);
    topics_.send(node_came{director_node});
    director_.say(worker_ready{std::move(*endpoint)});
    return {};
  }

  void obey(const life_begins& order) { company_->begin(order.actor, order.life); }
  void obey(const life_ends& order) { company_->end(order.actor, order.life); }
  void obey(const actor_over& news) { company_->over(news.actor, news.why); }
  void obey(const process_up& news) {
    book_.enter(news.node, news.endpoint);
    gate_->node_is_up(news.node);
    topics_.send(node_came{news.node});
  }
  void obey(const process_down& news) {
    book_.strike(news.node);
    topics_.send(node_went{news.node});
  }
  template <class M>
  void obey(const M& /*for workers of stages*/) {}

  const registry& program_;
  const director_line director_;
  const actors_assignment work_;
  config::file file_;
  logger log_;
  address_book book_;
  std::unique_ptr<actor_system> system_;
  std::unique_ptr<gateway> gate_;
  std::unique_ptr<transport::zmq_post> post_;
  std::unique_ptr<process_company> company_;
  address_of<topic_bridge> topics_;
};

}  // namespace

result<> serve_actors(const registry& program, spawn::lifeline_client& director, actors_assignment work) {
  actor_process process(program, director, std::move(work));
  if (auto started = process.start(); !started) return started;
  if (auto followed = process.follow(); !followed) return followed;
  process.end();
  return {};
}

}  // namespace troupe::runtime
