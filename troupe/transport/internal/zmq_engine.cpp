#include <troupe/base/threads.hpp>
#include <troupe/transport/internal/descriptors.hpp>
#include <troupe/transport/internal/zmq_engine.hpp>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

namespace troupe::transport {
namespace {

/// Messages taken from one socket before the others get their turn, and how long we read before we write: whoever sends us
/// much still hears from us.
constexpr int per_turn = 64;
constexpr auto longest_reading = milliseconds(10);
/// Its I/O thread and its reaper.
constexpr std::size_t threads_of_libzmq = 2;

/// What a post, and what a link that we open takes of descriptors for itself, with some to spare.
constexpr std::size_t descriptors_of_a_post = 32;
constexpr std::size_t descriptors_of_a_link = 8;

result<> can_open_descriptors(std::size_t limit, std::size_t count) {
  const auto found = free_descriptors(limit, count);
  if (found == count) return {};
  return fail(errc::exhausted,
              "of " + std::to_string(limit) + " file descriptors " + std::to_string(found) + " are free, " +
                  std::to_string(count) +
                  " are needed; raise the hard limit (ulimit -Hn, or nofile in the limits of the process)");
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
  [[nodiscard]] const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t before_{};
};

}  // namespace

zmq_engine::zmq_engine(post_options options, link_events& events, std::vector<channel> accepted)
    : events_(events),
      endpoint_(options.endpoint),
      node_(options.own.self.node),
      patience_(options.handshake_timeout),
      links_(std::move(options), *this, std::move(accepted), *this),
      late_(events.late()) {}

result<std::unique_ptr<zmq_engine>> zmq_engine::start(post_options options, link_events& events,
                                                      std::vector<channel> accepted) {
  const auto limit = raise_descriptor_limit();
  const std::string endpoint = options.endpoint;
  // libzmq aborts the process when it finds none for its own needs.
  if (auto enough = can_open_descriptors(limit, descriptors_of_a_post); !enough)
    return tl::unexpected<error>(within("start the post at '" + endpoint + "'", enough.error()));
  try {
    std::unique_ptr<zmq_engine> made(new zmq_engine(std::move(options), events, std::move(accepted)));
    if (auto checked = made->links_.check(); !checked) return tl::unexpected<error>(checked.error());
    const signals_blocked blocked;
    // libzmq aborts the process when it cannot start one.
    const std::size_t ours = made->late_ == nullptr ? 1 : 2;
    if (auto enough = can_start_threads(threads_of_libzmq + ours); !enough)
      return tl::unexpected<error>(within("start the post at '" + endpoint + "'", enough.error()));
    made->descriptor_limit_ = limit;
    if (auto listening = made->listen(); !listening) return tl::unexpected<error>(listening.error());
    made->signals_ = blocked.before();
    for (std::size_t i = 0; i < ours; ++i) made->start_thread();
    return made;
  } catch (const zmq::error_t& failed) {
    return fail_errno("create a ZeroMQ context for '" + endpoint + "'", failed.num());
  } catch (const std::system_error& failed) {
    return fail(errc::exhausted, "start the thread of the post at '" + endpoint + "'", failed.code().value());
  }
}

result<> zmq_engine::listen() {
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return fail_errno("create the eventfd of a post");
  constexpr int sockets = 16 * 1024;  // a link that we open takes three; libzmq's default is 1023
  ::zmq_ctx_set(context_.handle(), ZMQ_MAX_SOCKETS, sockets);
  auto opened = reception::open(context_, endpoint_, node_, descriptor_limit_, patience_);
  if (!opened) return tl::unexpected<error>(opened.error());
  reception_.emplace(std::move(*opened));
  return {};
}

zmq_engine::~zmq_engine() {
  stopping_ = true;
  wake();
  for (auto& each : threads_) each.join();
}

void zmq_engine::wake() {
  if (awake_.exchange(true)) return;
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof(one));  // can only fail when it is already readable
}

// ---- what the exchange asks for

result<> zmq_engine::open(link_id connection, const std::string& endpoint) {
  // Without one to connect by, libzmq would say nothing and try again tomorrow.
  if (auto enough = can_open_descriptors(descriptor_limit_, descriptors_of_a_link); !enough)
    return tl::unexpected<error>(within("connect to '" + endpoint + "'", enough.error()));
  auto made = zmq_socket::dealer(context_, connection, endpoint);
  if (!made) return tl::unexpected<error>(made.error());
  dealers_.emplace(connection, dealer{.socket = std::move(*made)});
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
    if (!reception_->router().send(accepted->second.routing, what)) doom(connection);
  }
  what.tail = {};
}

void zmq_engine::hang_up(link_id connection) {
  const auto found = dealers_.find(connection);
  if (found != dealers_.end()) found->second.hung_up = true;  // we may stand in its read loop
}

// ---- what the exchange tells

void zmq_engine::on_up(link_id link, const peer& who, bool we_connected) {
  events_.on_up(link, who, we_connected);
}

void zmq_engine::on_records(link_id link, std::vector<record>&& records) {
  events_.on_records(link, std::move(records));
}

void zmq_engine::on_down(link_id link, const error& why) {
  // One that ended in order may still have much to read, and goes by itself.
  if (why.code == errc::malformed) must_leave(link);
  events_.on_down(link, why);
}

void zmq_engine::on_turned_away(const error& why) {
  must_leave(reading_);
  turned_away_.add(why.code);
  events_.on_turned_away(why);
}

void zmq_engine::must_leave(link_id connection) {
  const auto found = peers_.find(connection);
  if (found != peers_.end() && !found->second.dying)
    reception_->must_leave(found->second.descriptor, steady::now());
}

// ---- the thread

void zmq_engine::turn() {
  links_.woke(steady::now());
  read_until_ = steady::now() + longest_reading;
  if (std::exchange(router_has_news_, false)) read_router_news();
  if (router_readable_ || !dying_.empty() || reception_->waits_for_all_read()) read_router();
  for (auto& [id, from] : dealers_) {
    if ((from.readable || from.has_news) && !from.hung_up) read_dealer(id, from);
  }
  reception_->look_after(std::exchange(knocked_, false), steady::now());
  reading_ = {};
  for (const auto& why : reception_->take_refused()) on_turned_away(why);
  links_.expire();
  links_.pump();
  for (auto at = dealers_.begin(); at != dealers_.end();)
    at = at->second.hung_up ? dealers_.erase(at) : std::next(at);
}

bool zmq_engine::is_more_to_do() {
  return router_readable_ || router_has_news_ || !dying_.empty() || links_.has_work() ||
         std::ranges::any_of(dealers_,
                             [](const auto& each) { return each.second.readable || each.second.has_news; });
}

void zmq_engine::wait(ownership& owns, steady::time_point latest) {
  polled_.clear();
  const auto watch = [this](int descriptor) { polled_.push_back({descriptor, POLLIN, 0}); };
  watch(wake_.get());
  watch(reception_->router().messages_descriptor());
  watch(reception_->router().news_descriptor());
  watch(reception_->door_descriptor(steady::now()));
  router_readable_ = router_readable_ || reception_->router().may_have_messages();
  for (auto& [id, from] : dealers_) {
    from.readable = from.readable || from.socket.may_have_messages();
    watch(from.socket.messages_descriptor());
    watch(from.socket.news_descriptor());
  }
  // From here on a sender must wake us; what was asked for before is seen by has_work().
  awake_ = false;
  const bool busy = is_more_to_do() || (stopping_ && !ending_);
  const auto until = std::min({latest, links_.next_deadline().value_or(steady::time_point::max()),
                               reception_->next_deadline().value_or(steady::time_point::max())});
  int found = 0;
  if (busy) {
    found = ::poll(polled_.data(), polled_.size(), 0);
  } else {
    let_go(owns);
    found = ::poll(polled_.data(), polled_.size(), deadline::at(until).poll_ms());
    take_back(owns);
  }
  awake_ = true;
  if (found <= 0) return;
  const auto readable = [&](std::size_t index) { return polled_[index].revents != 0; };
  std::uint64_t count = 0;
  if (readable(0)) (void)!::read(wake_.get(), &count, sizeof(count));
  router_readable_ = router_readable_ || readable(1);
  router_has_news_ = router_has_news_ || readable(2);
  knocked_ = readable(3);
  std::size_t index = 4;
  for (auto& [id, from] : dealers_) {
    from.readable = from.readable || readable(index);
    from.has_news = from.has_news || readable(index + 1);
    index += 2;
  }
}

/// One message at least; `left` of per_turn.
bool zmq_engine::may_read_on(int left) const {
  return left == per_turn || (left > 0 && steady::now() < read_until_);
}

void zmq_engine::read_dealer(link_id id, dealer& from) {
  while (from.has_news) {
    const auto news = from.socket.news();
    from.has_news = news.has_value();
    if (!news || from.broken) continue;
    from.broken = news->what == zmq_news::kind::unreachable
                      ? error{errc::not_found, "connect: nobody listens there", 0}
                      : error{errc::peer_lost, "the connection broke", 0};
  }
  // What it sent before its end is read to the end; a living one takes turns with the others.
  for (int left = per_turn; may_read_on(left) || from.broken; --left) {
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
  while (auto departed = reception_->next_departed(steady::now())) {
    const auto found = by_descriptor_.find(departed->descriptor);
    if (found == by_descriptor_.end()) {
      reception_->gone(departed->listener);
      continue;
    }
    const auto id = found->second;
    peers_.at(id).listener = std::move(departed->listener);
    doom(id);
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
  for (int left = per_turn; may_read_on(left); --left) {
    auto arrival = reception_->router().receive();
    router_readable_ = arrival && *arrival;
    if (!router_readable_) break;
    const auto found = by_routing_.find((*arrival)->routing);
    const bool known = found != by_routing_.end();
    const auto id = known ? found->second : accept_from(**arrival);
    reading_ = id;
    // Names chosen by peers could collide with those of others, living or just gone.
    if (!known && (*arrival)->routing.front() != '\0') {
      links_.turn_away(id, error{errc::malformed, "a peer that chose its own routing id", 0});
    } else {
      links_.arrived(id, (*arrival)->frame);
    }
  }
  if (router_readable_) return;
  reception_->all_was_read();
  // Nothing is left to read of those who were doomed before this round.
  for (std::size_t i = 0; i < doomed; ++i) {
    const auto id = dying_[i];
    const auto found = peers_.find(id);
    by_routing_.erase(found->second.routing);
    reception_->gone(found->second.listener);
    peers_.erase(found);
    links_.lost(id, error{errc::peer_lost, "the connection broke", 0});
  }
  dying_.erase(dying_.begin(), dying_.begin() + static_cast<std::ptrdiff_t>(doomed));
}

link_id zmq_engine::accept_from(const zmq_arrival& arrival) {
  // The end of an older connection with the same descriptor was reported before this one came: hear it first.
  read_router_news();
  reception_->spoke(arrival.descriptor);
  const auto id = links_.next_id();
  peers_.emplace(id, accepted_peer{arrival.routing, arrival.descriptor, false});
  by_routing_.emplace(arrival.routing, id);
  by_descriptor_[arrival.descriptor] = id;
  return id;
}

}  // namespace troupe::transport
