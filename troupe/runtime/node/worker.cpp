#include <troupe/actors/actor_system.hpp>
#include <troupe/base/shared_memory.hpp>
#include <troupe/runtime/members/slot_member.hpp>
#include <troupe/runtime/members/stage_member.hpp>
#include <troupe/runtime/node/actor_process.hpp>
#include <troupe/runtime/node/director_line.hpp>
#include <troupe/runtime/node/fall_watch.hpp>
#include <troupe/runtime/node/link_keeper.hpp>
#include <troupe/runtime/node/pulse.hpp>
#include <troupe/runtime/programs/bodies.hpp>
#include <troupe/runtime/programs/program_stage.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <fcntl.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace troupe::runtime {
namespace {

/// The stage may block in user code for as long as it likes; the other thread keeps links and timers going.
constexpr std::size_t worker_threads = 2;

[[noreturn]] void fall_down(const std::string& what) {
  std::cerr << "worker: " << what << std::endl;
  std::_Exit(worker_exit_failed);
}

class worker_node {
 public:
  worker_node(const registry& stages, spawn::lifeline_client& director, running_page& page, assignment work)
      : stages_(stages), director_(director), page_(page), work_(std::move(work)) {}

  result<> start() {
    const auto& own = work_.own;
    // Without it ps and top would call every worker "exe": it was started by that name in /proc.
    ::prctl(PR_SET_NAME, node_name(work_.of, own).c_str());
    // No other thread is there yet that could look at the environment.
    ::setenv(worker_variable, node_name(work_.of, own).c_str(), 1);
    const auto definition = find_stage(work_.of, work_.of.member(own.member), stages_);
    if (!definition)
      return fail(errc::not_found, "this program has no stage '" + work_.of.member(own.member).call + "'");
    if (auto fits = fits_plan(*definition); !fits) return fits;
    auto body = definition->make();
    if (!body) return tl::unexpected(within("construct stage '" + definition->name + "'", body.error()));
    std::optional<slot_setting> slot;
    if (work_.of.member(own.member).keeps_state) {
      auto held = hold_slot(*definition, std::move(*body));
      if (!held) return tl::unexpected(std::move(held.error()));
      slot = std::move(*held);
    }
    auto system = actor_system::start({.threads = worker_threads});
    if (!system) return tl::unexpected(system.error());
    system_ = std::move(*system);

    log_ = logger::make({.level = log_level::warn, .colour = log_colour::never});
    const reporter tell = [this](report said) { director_.say(std::move(said)); };
    exchange_ = std::make_unique<exchange>(work_.of, own.epoch, log_,
                                           [this](link_lost lost) { links_.send(std::move(lost)); });
    exchange_->on_broken_protocol([tell, own](broken_protocol what) { tell({own, std::move(what)}); });
    exchange_->on_called_off([this](std::uint64_t number) { called_off_.add(number); });
    links_ =
        system_->spawn<link_keeper>({.name = "links", .mailbox = {.capacity = 0}}, *exchange_, own, tell);
    if (auto listening = listen(); !listening) return listening;

    const auto& in = work_.of.member(own.member).in;
    const bool returns = !in.empty() && work_.of.edge(in.front()).returns;
    const member_setting setting{work_.of,   stages_,
                                 *exchange_, tell,
                                 log_,       std::move(work_.charges),
                                 &page_,     returns ? &called_off_ : nullptr};
    const make_member make = [&](work_again again) -> std::unique_ptr<member> {
      if (slot) return std::make_unique<slot_member>(setting, own, std::move(*slot), std::move(again));
      return std::make_unique<stage_member>(setting, own, std::move(*body), std::move(again));
    };
    const auto address =
        system_->spawn<member_actor>({.name = definition->name, .mailbox = {.capacity = 0}}, make);
    // The director sees a death, charges the item that ran, and starts another worker.
    const auto watch = system_->spawn<fall_watch>({.name = "watch", .mailbox = {.capacity = 0}}, fall_down);
    watch.send(watching(address));
    watch.send(watching(links_));
    watch.send(watching(system_->spawn<pulse>({.name = "pulse", .mailbox = {.capacity = 0}}, page_,
                                              *exchange_, work_.of.member(own.member).out)));
    exchange_->attach(own, address);
    director_.say(worker_ready{endpoint_});
    return {};
  }

  /// Follows the director until it says stop. Never returns when the director is gone.
  result<> follow() {
    return director_.follow([this](auto& message) { obey(message); });
  }

  /// Ends the actors before what they use. The stage is idle when the director says stop.
  void end() {
    system_.reset();
    post_.reset();
  }

 private:
  /// This may be another version of the program than the director's; links compare what the director has told.
  result<> fits_plan(const stage_definition& mine) const {
    const auto& stage = work_.of.member(work_.own.member);
    if (stage.program) return {};
    const auto differs = [&](const edge_plan& edge, const message_type& type) -> result<> {
      const auto& shape = type.shape;
      const bool same = edge.returns ? edge.shape.starts_with(shape + " -> ") : edge.shape == shape;
      if (same) return {};
      return fail(errc::type_mismatch, "stage '" + stage.name + "': " + type.name +
                                           " of this program is not that of the director's");
    };
    for (const auto id : stage.in)
      if (auto fits = differs(work_.of.edge(id), mine.in); !fits) return fits;
    for (const auto id : stage.out)
      if (mine.out)
        if (auto fits = differs(work_.of.edge(id), *mine.out); !fits) return fits;
    return {};
  }

  /// What the slot's last life has left is loaded.
  result<slot_setting> hold_slot(const stage_definition& definition, std::unique_ptr<stage_body> body) const {
    auto store = checkpoint_file::hold(work_.ipc_path + '/' + node_name(work_.of, work_.own) + ".checkpoint");
    if (!store) return tl::unexpected(store.error());
    auto last = load_checkpoint(**store, *body, work_.run_id, definition.state_shape);
    if (!last) return tl::unexpected(last.error());
    return slot_setting{std::move(body), std::move(*store),      std::move(*last),
                        work_.run_id,    definition.state_shape, fall_down};
  }

  result<> listen() {
    auto directory = transport::ipc_directory::join(work_.ipc_path);
    if (!directory) return tl::unexpected(directory.error());
    const auto name = node_name(work_.of, work_.own);
    auto endpoint = directory->endpoint(socket_name(work_.of, work_.own));
    if (!endpoint) return tl::unexpected(endpoint.error());
    endpoint_ = std::move(*endpoint);
    auto post = transport::zmq_post::start(
        {.own = {.self = {name, work_.own.epoch}, .system = work_.run_id, .key = {work_.token}},
         .endpoint = endpoint_},
        *exchange_, channels_of(work_.of));
    if (!post) return tl::unexpected(post.error());
    post_ = std::move(*post);
    exchange_->use(*post_);
    return {};
  }

  void obey(neighbour_up& news) { exchange_->reach(std::move(news.whom)); }
  void obey(death_notice& news) {
    exchange_->forget(news.who);
    exchange_->tell_all(news);
  }
  void obey(verdict_notice& news) { exchange_->tell_all(news); }
  void obey(watermark_notice& news) { exchange_->tell_all(news); }
  void obey(finish_now&) { exchange_->tell(work_.own, order{order_kind::finish}); }
  void obey(consumer_retires& news) { exchange_->tell_all(news); }
  template <class M>
  void obey(M& /*not for workers of stages*/) {}

  const registry& stages_;
  const director_line director_;
  running_page& page_;
  assignment work_;
  logger log_;
  std::string endpoint_;
  call_offs called_off_;
  std::unique_ptr<exchange> exchange_;  // outlives the post and the actors
  std::unique_ptr<transport::zmq_post> post_;
  address_of<link_keeper> links_;
  std::unique_ptr<actor_system> system_;
};

int complain(const std::string& what) {
  std::cerr << "worker: " << what << '\n';
  return worker_exit_failed;
}

}  // namespace

int serve_worker(const registry& stages) {
  for (const int fd : {worker_read_fd, worker_write_fd, worker_page_fd}) {
    if (::fcntl(fd, F_GETFD) >= 0 && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) continue;
    std::cerr << "this program was started with " << worker_argument
              << ", which only a director does: start it without\n";
    return worker_exit_not_started_by_us;
  }
  spawn::lifeline_client director{
      unique_fd(worker_read_fd), unique_fd(worker_write_fd), {.frame = lifeline_frame}};
  auto page = shared_memory::map(unique_fd(worker_page_fd), sizeof(running_page));
  if (!page) return complain("map the page of running items: " + page.error().message());
  auto first = director.read();
  if (!first) return complain("no assignment from the director: " + first.error().message());
  auto message = decode<to_worker>(*first);
  if (message && std::holds_alternative<actors_assignment>(*message)) {
    const auto served = serve_actors(stages, director, std::get<actors_assignment>(std::move(*message)));
    return served ? 0 : complain(served.error().message());
  }
  if (!message || !std::holds_alternative<assignment>(*message))
    return complain("the assignment cannot be read");

  worker_node node(stages, director, *reinterpret_cast<running_page*>(page->memory().data()),
                   std::get<assignment>(std::move(*message)));
  if (auto started = node.start(); !started) return complain(started.error().message());
  if (auto followed = node.follow(); !followed) return complain(followed.error().message());
  node.end();
  return 0;
}

}  // namespace troupe::runtime
