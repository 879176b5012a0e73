#include <troupe/actors/actor_system.hpp>
#include <troupe/runtime/actors/company.hpp>
#include <troupe/runtime/director/actor_processes.hpp>
#include <troupe/runtime/director/director.hpp>
#include <troupe/runtime/director/input_size.hpp>
#include <troupe/runtime/director/machine.hpp>
#include <troupe/runtime/director/member_makers.hpp>
#include <troupe/runtime/director/needs.hpp>
#include <troupe/runtime/director/own_program.hpp>
#include <troupe/runtime/director/run.hpp>
#include <troupe/runtime/director/run_end.hpp>
#include <troupe/runtime/node/fall_watch.hpp>
#include <troupe/runtime/node/link_keeper.hpp>
#include <troupe/runtime/replay.hpp>
#include <troupe/spawn/signals.hpp>
#include <troupe/spawn/spawner.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <utility>

namespace troupe::runtime {
namespace {

/// Members that run user code or write may block; so many threads stay free for the director, links, timers.
constexpr std::size_t free_threads = 2;
/// Every instance of this process lives as long as the run.
constexpr std::uint64_t here_epoch = 1;

constexpr std::initializer_list<int> heard_signals{SIGINT, SIGTERM, SIGHUP};
using failure_to_start = tl::unexpected<start_failure>;

failure_to_start cannot(outcome_kind kind, const error& why) {
  return failure_to_start(start_failure{kind, why.message()});
}

}  // namespace

/// In the order of construction; what comes later uses what stands before, and is destroyed first.
class run::parts {
 public:
  parts(plan of, const registry& program, run_options options)
      : plan_(std::move(of)), program_(program), options_(std::move(options)) {
    count_input(plan_, counters_);
    for (const auto& member : plan_.members) {
      if (member.in_process) {
        counters_.workers_wanted += member.min_workers;
        continue;
      }
      for (std::uint32_t slot = 0; slot < member.workers; ++slot)
        here_.hosts.push_back({member.id, slot, here_epoch});
    }
  }
  ~parts() {
    abandoned_ = true;
    static_cast<void>(shut_down(std::chrono::seconds(1)));
  }

  tl::expected<void, start_failure> start(const config::file& file) {
    if (auto why = misfit(plan_))
      return failure_to_start(start_failure{outcome_kind::failed, std::move(*why)});
    if (const auto unmet = unmet_needs(plan_); !unmet.empty())
      return failure_to_start(
          start_failure{outcome_kind::failed,
                        "stage '" + plan_.member(unmet.front().stage).name + "': " + unmet.front().what});
    if (auto began = start_machinery(file); !began) return cannot(outcome_kind::failed, began.error());
    if (auto began = prepare_links(file); !began) return cannot(outcome_kind::failed, began.error());
    if (has_stages())
      if (auto began = start_stages(); !began) return began;
    // Before user code runs on this thread, which may not return.
    if (options_.catch_signals) spawner_->events().post([this] { catch_signals(); });
    if (!file.actors.empty())
      if (auto began = start_company(file); !began) return began;
    if (has_stages()) start_director();
    begin_to_hear();
    return {};
  }

  std::optional<outcome> wait(deadline until) { return outcome_.wait(until); }
  void request_stop(int signal) {
    switch (stops_.ask(signal)) {
      case stop_requests::answer::later:
        return;
      case stop_requests::answer::leave:
        return leave_at_once(signal);
      case stop_requests::answer::first:
        return pass_on(signal, false);
      case stop_requests::answer::again:
        return pass_on(signal, true);
    }
  }
  /// Before the workers are there, none of them is old.
  void renew() {
    if (stops_.hears()) director_.send(renew_request{own_.successor()});
  }
  [[nodiscard]] dead_letter_counts dead_letters() const noexcept {
    auto lost = system_ ? system_->dead_letters() : lost_;
    if (processes_) lost += processes_->dead_letters();
    return lost;
  }

  bool shut_down(nanoseconds patience) {
    if (!system_) return true;
    abandoned_ = true;
    if (processes_ && !end_processes(deadline::after(patience)))
      options_.log.warn("not all processes with actors have ended by themselves: they are killed");
    for (auto& address : members_) address.kill();
    director_.kill();
    links_.kill();
    const auto gone = system_->shutdown(patience);
    lost_ = dead_letters();
    if (!gone) options_.log.error(gone.error().message());
    if (!gone) return false;
    processes_.reset();
    system_.reset();
    return true;
  }

  const plan plan_;
  run_counters counters_;

 private:
  [[nodiscard]] bool has_stages() const noexcept { return !plan_.members.empty(); }

  tl::expected<void, start_failure> start_stages() {
    if (auto began = start_transport(); !began) return cannot(outcome_kind::failed, began.error());
    auto outputs = open_outputs(plan_, abandoned_, *spawner_, options_.log);
    if (!outputs) return cannot(outcome_kind::output_failed, outputs.error());
    sinks_ = std::move(*outputs);
    if (auto placed = place_members(); !placed) return cannot(outcome_kind::failed, placed.error());
    return {};
  }

  result<> start_machinery(const config::file& file) {
    const bool children = has_stages() || !processes_of(file).empty();
    // What a worker has written is in its pipes when it dies; a grandchild that holds them shall not delay its successor.
    constexpr spawn::capture_limits at_once{.drain = nanoseconds(0)};
    auto spawner = spawn::spawner::start(at_once, children ? spawn::guarding::warden : spawn::guarding::none);
    if (!spawner && children) {
      options_.log.warn("without a warden (", spawner.error().message(),
                        "): should the director be killed, what its workers have started may live on");
      spawner = spawn::spawner::start(at_once, spawn::guarding::none);
    }
    if (!spawner) return tl::unexpected(spawner.error());
    spawner_ = std::move(*spawner);
    const auto for_actors = file.actors.empty() ? 0U : std::max(1U, std::thread::hardware_concurrency());
    auto system =
        actor_system::start({.threads = here_.hosts.size() + free_threads + for_actors, .log = options_.log});
    if (!system) return tl::unexpected(system.error());
    system_ = std::move(*system);
    return {};
  }

  /// What stages and processes with actors need of each other.
  result<> prepare_links(const config::file& file) {
    const bool elsewhere = !processes_of(file).empty();
    if (!has_stages() && !elsewhere) return {};
    auto directory = transport::ipc_directory::create();
    if (!directory) return tl::unexpected(directory.error());
    directory_.emplace(std::move(*directory));
    auto token = transport::token::random();
    if (!token) return tl::unexpected(token.error());
    run_id_ = directory_->path().substr(directory_->path().rfind('/') + 1);
    secret_ = token->secret;
    if (!elsewhere) return {};
    auto started = actor_processes::start({*system_, *spawner_, *directory_, run_id_, secret_, file, program_,
                                           options_.program, options_.argv0, options_.log});
    if (!started) return tl::unexpected(std::move(started.error()));
    processes_ = std::move(*started);
    return {};
  }

  result<> start_transport() {
    auto endpoint = directory_->endpoint(director_node);
    if (!endpoint) return tl::unexpected(endpoint.error());
    if (auto fit = sockets_fit(plan_, *directory_); !fit) return fit;
    here_.node = {director_node, here_epoch};
    here_.endpoint = *endpoint;
    exchange_ = std::make_unique<exchange>(plan_, here_epoch, options_.log,
                                           [this](link_lost lost) { links_.send(std::move(lost)); });
    exchange_->on_broken_protocol([this](broken_protocol what) {
      director_.send(report{here_.hosts.front(), std::move(what)});
    });
    auto post = transport::zmq_post::start(
        {.own = {.self = here_.node, .system = run_id_, .key = {secret_}}, .endpoint = here_.endpoint},
        *exchange_, channels_of(plan_));
    if (!post) return tl::unexpected(post.error());
    post_ = std::move(*post);
    exchange_->use(*post_);
    return {};
  }

  result<> place_members() {
    const reporter tell = [this](report said) { director_.send(std::move(said)); };
    links_ = system_->spawn<link_keeper>({.name = "links", .mailbox = {.capacity = 0}}, *exchange_,
                                         here_.hosts.front(), tell);
    const auto watch = system_->spawn<fall_watch>({.name = "watch", .mailbox = {.capacity = 0}},
                                                  [tell, own = here_.hosts.front()](const std::string& what) {
                                                    tell({own, trouble{trouble_kind::internal, what}});
                                                  });
    watch.send(watching(links_));
    const member_setting setting{plan_, program_, *exchange_, tell, options_.log, {}, nullptr};
    for (const auto& own : here_.hosts) {
      auto made = maker_for(setting, own, {counters_, sinks_, options_.jobs, spawner_.get()});
      if (!made) return tl::unexpected(made.error());
      const auto& name = plan_.member(own.member).name;
      auto address = system_->spawn<member_actor>({.name = name, .mailbox = {.capacity = 0}}, *made);
      watch.send(watching(address));
      exchange_->attach(own, address);
      members_.push_back(std::move(address));
    }
    return {};
  }

  tl::expected<void, start_failure> start_company(const config::file& file) {
    auto began = company::start(
        *system_, file, program_,
        [this](const std::string& failure, bool nobody_left) { company_ended(failure, nobody_left); },
        processes_ ? &processes_->places() : nullptr);
    if (!began)
      return failure_to_start(start_failure{outcome_kind::failed, config::to_string(began.error().front())});
    company_ = std::move(*began);
    return {};
  }
  /// Everybody is there who can be stopped; perhaps that has been asked for already.
  void begin_to_hear() {
    if (const int signal = stops_.begin_to_hear(); signal != 0) pass_on(signal, false);
  }
  /// In a run with stages the actors are stopped after them.
  void pass_on(int signal, bool again) {
    if (has_stages()) {
      director_.send(stop_request{signal});
    } else if (again) {
      end({.kind = outcome_kind::interrupted, .signal = signal, .drained = false});
    } else {
      left_before_ = left_behind();
      company_->stop();
    }
  }
  /// The main thread is in a constructor that does not return; on the spawner's thread.
  void leave_at_once(int signal) {
    options_.log.error("the constructor of an actor has not returned; leaving without it");
    std::_Exit(128 + signal);
  }
  /// Messages that were abandoned in mailboxes, and processes with theirs.
  [[nodiscard]] std::uint64_t left_behind() const {
    return dead_letters().abandoned + (processes_ ? processes_->falls() : 0);
  }
  void company_ended(const std::string& failure, bool nobody_left) {
    if (!nobody_left || !processes_) return conclude(failure, nobody_left);
    processes_->end([this, failure] {
      conclude(failure, true);
      processes_gone_.say({});
    });
  }
  void conclude(const std::string& failure, bool nobody_left) {
    const int signal = has_stages() ? 0 : stops_.last();
    if (signal != 0 && !nobody_left) return;  // one has failed, the others still finish their mailboxes
    if (signal != 0)
      end({.kind = outcome_kind::interrupted, .signal = signal, .drained = left_behind() == left_before_});
    else if (!failure.empty())
      end({.kind = outcome_kind::failed, .drained = false, .message = failure});
    else if (!has_stages())
      end({.kind = outcome_kind::done});
  }

  /// The actors finish what they have, then their processes end. False: not in time.
  bool end_processes(deadline until) {
    if (company_) company_->stop();
    return !company_ || processes_gone_.wait(until).has_value();
  }

  /// On the spawner's thread: the loop is its own.
  void catch_signals() {
    auto watched = spawner_->events().watch_signals(heard_signals, [this](int signal) {
      if (signal == SIGHUP && own_.ignores_hangup()) return;
      signal == SIGHUP&& has_stages() && !own_.terminal_is_gone() ? renew() : request_stop(signal);
    });
    if (!watched) options_.log.error("Ctrl-C will not be heard: ", watched.error().message());
  }

  void start_director() {
    assignment work{run_id_, secret_, directory_->path(), {}, plan_, {}};
    director_setting setting{plan_,
                             *exchange_,
                             counters_,
                             options_.log,
                             run_id_,
                             std::move(work),
                             here_,
                             [this] { return hire(); },
                             [this](const outcome& how) { end(how); },
                             options_.stop_timeout,
                             options_.on_ready,
                             replay_command(options_.argv0, plan_)};
    director_ =
        system_->spawn<director>({.name = "director", .mailbox = {.capacity = 0}}, std::move(setting));
    // Its workers end when it is gone: their lifelines close.
    system_
        ->spawn<fall_watch>({.name = "watch of the director", .mailbox = {.capacity = 0}},
                            [this](const std::string& what) {
                              end({.kind = outcome_kind::failed, .drained = false, .message = what});
                            })
        .send(watching(director_));
    director_.send(order{order_kind::begin});
  }
  void end(const outcome& how) {
    outcome_.say(how);
    options_.on_end(how);
  }

  std::unique_ptr<workforce> hire() {
    const auto log_line = [this](const instance& who, std::string_view line, bool is_stderr) {
      const auto log = options_.log.named(node_name(plan_, who));
      if (is_stderr)
        log.warn(line);
      else
        log.info(line);
    };
    return std::make_unique<workforce>(
        *spawner_, options_.program, options_.argv0,
        workforce_events{[this](const instance& who, from_worker what) {
                           director_.send(worker_said{who, std::move(what)});
                         },
                         [this](const instance& who, const spawn::exit_report& how) {
                           director_.send(worker_ended{who, how});
                         },
                         log_line});
  }

  const registry& program_;
  const run_options options_;
  neighbour here_;
  std::string run_id_;
  std::array<std::byte, 16> secret_{};
  std::atomic<bool> abandoned_{false};
  std::atomic<std::uint64_t> left_before_{0};  // behind, before the actors were stopped
  final_word outcome_;
  stop_requests stops_;
  const own_program own_;
  dead_letter_counts lost_;  // when the system has gone
  std::map<member_id, sink_file> sinks_;

  address_of<director> director_;
  address_of<link_keeper> links_;
  std::vector<member_address> members_;
  std::optional<transport::ipc_directory> directory_;
  std::unique_ptr<exchange> exchange_;
  std::unique_ptr<actor_system> system_;  // its members use the exchange, the director the spawner
  std::unique_ptr<actor_processes> processes_;
  std::unique_ptr<company> company_;
  final_word processes_gone_;
  std::unique_ptr<transport::zmq_post> post_;  // its thread calls the exchange
  std::unique_ptr<spawn::spawner> spawner_;    // its thread sends to the director
};

result<> run::block_signals() {
  return spawn::block_signals(heard_signals);
}

run::run(std::unique_ptr<parts> all) : parts_(std::move(all)) {}
run::~run() = default;

tl::expected<std::unique_ptr<run>, start_failure> run::start(plan of, const config::file& file,
                                                             const registry& program, run_options options) {
  auto all = std::make_unique<parts>(std::move(of), program, std::move(options));
  if (auto started = all->start(file); !started) return tl::unexpected(started.error());
  return std::unique_ptr<run>(new run(std::move(all)));
}

std::optional<outcome> run::wait(deadline until) {
  return parts_->wait(until);
}
const run_counters& run::counters() const noexcept {
  return parts_->counters_;
}
const plan& run::of() const noexcept {
  return parts_->plan_;
}
dead_letter_counts run::dead_letters() const noexcept {
  return parts_->dead_letters();
}
void run::request_stop(int signal) {
  parts_->request_stop(signal);
}
void run::renew_workers() {
  parts_->renew();
}
bool run::shut_down(nanoseconds patience) {
  return parts_->shut_down(patience);
}

}  // namespace troupe::runtime
