#include <troupe/base/threads.hpp>
#include <troupe/transport/internal/listener.hpp>
#include <troupe/transport/internal/zmq_engine.hpp>

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

namespace troupe::transport {
namespace {

/// Messages taken from one socket before the others get their turn.
constexpr int per_turn = 64;
/// Ours, and libzmq's I/O thread and reaper.
constexpr std::size_t threads_of_a_post = 3;
/// What goodbyes may cost at the end.
constexpr auto ending_patience = milliseconds(100);

/// libzmq 4.3.4 aborts the process when accept() on an ipc listener finds no free descriptor, so we take all
/// that the hard limit gives.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // without it we go on with what there is
}

/// Signals belong to the threads of the program: a handler must not run here, and no call shall be
/// interrupted.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

zmq_engine::zmq_engine(post_options options, link_events& events, std::vector<channel> accepted)
    : links_(std::move(options), events, std::move(accepted), *this) {}

result<std::unique_ptr<zmq_engine>> zmq_engine::start(post_options options, link_events& events,
                                                      std::vector<channel> accepted) {
  raise_descriptor_limit();
  const std::string endpoint = options.endpoint;
  try {
    std::unique_ptr<zmq_engine> made(new zmq_engine(std::move(options), events, std::move(accepted)));
    if (auto checked = made->links_.check(); !checked) return tl::unexpected<error>(checked.error());
    const signals_blocked blocked;
    // libzmq aborts the process when it cannot start one.
    if (auto enough = can_start_threads(threads_of_a_post); !enough)
      return tl::unexpected<error>(within("start the post at '" + endpoint + "'", enough.error()));
    if (auto listening = made->listen(endpoint); !listening) return tl::unexpected<error>(listening.error());
    made->thread_ = std::thread([engine = made.get()] { engine->run(); });
    ::pthread_setname_np(made->thread_.native_handle(), "troupe-post");
    return made;
  } catch (const zmq::error_t& failed) {
    return fail_errno("create a ZeroMQ context for '" + endpoint + "'", failed.num());
  } catch (const std::system_error& failed) {
    return fail(errc::exhausted, "start the thread of the post at '" + endpoint + "'", failed.code().value());
  }
}

result<> zmq_engine::listen(const std::string& endpoint) {
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return fail_errno("create the eventfd of a post");
  auto listener = listen_at(endpoint);
  if (!listener) return tl::unexpected<error>(listener.error());
  constexpr int sockets = 16 * 1024;  // a link that we open takes three; libzmq's default is 1023
  ::zmq_ctx_set(context_.handle(), ZMQ_MAX_SOCKETS, sockets);
  auto router = zmq_socket::router(context_, std::move(*listener), endpoint);
  if (!router) return tl::unexpected<error>(router.error());
  router_.emplace(std::move(*router));
  return {};
}

zmq_engine::~zmq_engine() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake();
  thread_.join();
}

void zmq_engine::wake() {
  if (awake_.exchange(true)) return;
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof(one));  // can only fail when it is already readable
}

// ---- what the exchange asks for

result<> zmq_engine::open(link_id connection, const std::string& endpoint) {
  auto made = zmq_socket::dealer(context_, connection, endpoint);
  if (!made) return tl::unexpected<error>(made.error());
  dealers_.emplace(connection, dealer{std::move(*made), false, false, {}});
  return {};
}

void zmq_engine::transmit(link_id connection, outgoing& what) {
  static const std::string no_routing;
  if (const auto found = dealers_.find(connection); found != dealers_.end()) {
    auto& to = found->second;
    if (auto sent = to.socket.send(no_routing, what); !sent && !to.broken) {
      to.broken = sent.error();
      to.readable = true;
    }
  } else if (const auto accepted = peers_.find(connection); accepted != peers_.end()) {
    if (!router_->send(accepted->second.routing, what)) doom(connection);
  }
  what.tail = {};
}

void zmq_engine::hang_up(link_id connection) {
  const auto found = dealers_.find(connection);
  if (found != dealers_.end()) found->second.hung_up = true;  // we may stand in its read loop
}

// ---- the thread

void zmq_engine::run() {
  while (!stopping_) {
    turn();
    wait(steady::time_point::max());
  }
  ending_ = true;
  links_.woke(steady::now());
  links_.close_all();
  const auto until = steady::now() + ending_patience;
  while (!links_.idle() && steady::now() < until) {
    wait(until);
    turn();
  }
  dealers_.clear();
  router_.reset();
}

void zmq_engine::turn() {
  links_.woke(steady::now());
  read_router_news();
  if (router_readable_ || !dying_.empty()) read_router();
  for (auto& [id, from] : dealers_) {
    if (from.readable && !from.hung_up) read_dealer(id, from);
  }
  links_.expire();
  links_.pump();
  for (auto at = dealers_.begin(); at != dealers_.end();)
    at = at->second.hung_up ? dealers_.erase(at) : std::next(at);
}

void zmq_engine::wait(steady::time_point latest) {
  polled_.clear();
  polled_.push_back({nullptr, wake_.get(), ZMQ_POLLIN, 0});
  polled_.push_back(router_->poll_messages());
  polled_.push_back(router_->poll_news());
  bool busy = router_readable_ || !dying_.empty();
  for (auto& [id, from] : dealers_) {
    busy = busy || from.readable;
    polled_.push_back(from.socket.poll_messages());
    polled_.push_back(from.socket.poll_news());
  }
  // From here on a sender must wake us; what was asked for before is seen by has_work().
  awake_ = false;
  busy = busy || links_.has_work() || (stopping_ && !ending_);
  const auto until = std::min(latest, links_.next_deadline().value_or(steady::time_point::max()));
  const int found =
      ::zmq_poll(polled_.data(), static_cast<int>(polled_.size()), busy ? 0 : deadline::at(until).poll_ms());
  awake_ = true;
  if (found <= 0) return;
  const auto readable = [&](std::size_t index) { return (polled_[index].revents & ZMQ_POLLIN) != 0; };
  std::uint64_t count = 0;
  if (readable(0)) (void)!::read(wake_.get(), &count, sizeof(count));
  router_readable_ = router_readable_ || readable(1);
  std::size_t index = 3;
  for (auto& [id, from] : dealers_) {
    from.readable = from.readable || readable(index) || readable(index + 1);
    index += 2;
  }
}

void zmq_engine::read_dealer(link_id id, dealer& from) {
  while (const auto news = from.socket.news()) {
    if (from.broken) continue;
    from.broken = news->what == zmq_news::kind::unreachable
                      ? error{errc::not_found, "connect: nobody listens there", 0}
                      : error{errc::peer_lost, "the connection broke", 0};
  }
  // What it sent before its end is read to the end; a living one takes turns with the others.
  for (int left = per_turn; left > 0 || from.broken; --left) {
    auto arrival = from.socket.receive();
    if (!arrival && !from.broken) from.broken = arrival.error();
    if (!arrival || !*arrival) {
      from.readable = false;
      break;
    }
    links_.arrived(id, (*arrival)->frame);
    if (from.hung_up) return;
  }
  if (from.broken) links_.lost(id, *from.broken);
}

void zmq_engine::read_router_news() {
  while (const auto news = router_->news()) {
    if (news->what != zmq_news::kind::disconnected) continue;
    const auto found = by_descriptor_.find(news->descriptor);
    if (found != by_descriptor_.end()) doom(found->second);
  }
}

void zmq_engine::doom(link_id id) {
  auto& peer = peers_.at(id);
  if (std::exchange(peer.dying, true)) return;
  by_descriptor_.erase(peer.descriptor);  // the number may be another connection's soon
  dying_.push_back(id);
}

void zmq_engine::read_router() {
  const auto doomed = dying_.size();
  for (int left = per_turn; left > 0; --left) {
    auto arrival = router_->receive();
    router_readable_ = arrival && *arrival;
    if (!router_readable_) break;
    const auto found = by_routing_.find((*arrival)->routing);
    const bool known = found != by_routing_.end();
    const auto id = known ? found->second : accept_from(**arrival);
    // Names chosen by peers could collide with those of others, living or just gone.
    if (!known && (*arrival)->routing.front() != '\0') {
      links_.turn_away(id, error{errc::malformed, "a peer that chose its own routing id", 0});
    } else {
      links_.arrived(id, (*arrival)->frame);
    }
  }
  if (router_readable_) return;
  // Nothing is left to read of those who were doomed before this round.
  for (std::size_t i = 0; i < doomed; ++i) {
    const auto id = dying_[i];
    const auto found = peers_.find(id);
    by_routing_.erase(found->second.routing);
    peers_.erase(found);
    links_.lost(id, error{errc::peer_lost, "the connection broke", 0});
  }
  dying_.erase(dying_.begin(), dying_.begin() + static_cast<std::ptrdiff_t>(doomed));
}

link_id zmq_engine::accept_from(const zmq_arrival& arrival) {
  // The end of an older connection with the same descriptor was reported before this one came: hear it first.
  read_router_news();
  const auto id = links_.next_id();
  peers_.emplace(id, accepted_peer{arrival.routing, arrival.descriptor, false});
  by_routing_.emplace(arrival.routing, id);
  by_descriptor_[arrival.descriptor] = id;
  return id;
}

}  // namespace troupe::transport
