#include <troupe/transport/internal/reception.hpp>

#include <algorithm>

namespace troupe::transport {
namespace {

/// While others wait outside, patience with the silent is shorter.
constexpr milliseconds hurry{1000};

}  // namespace

reception::reception(zmq_socket router, door at, visitors inside, std::string node, milliseconds patience)
    : router_(std::move(router)),
      door_(std::move(at)),
      visitors_(std::move(inside)),
      node_(std::move(node)),
      patience_(patience) {}

result<reception> reception::open(zmq::context_t& context, const std::string& endpoint,
                                  const std::string& node, std::size_t limit, milliseconds patience) {
  auto at = door::open(endpoint, limit);
  if (!at) return tl::unexpected<error>(at.error());
  auto router = zmq_socket::router(context);
  if (!router) return tl::unexpected<error>(router.error());
  visitors::rules by;
  by.patience = patience;
  by.to_leave = std::min(by.to_leave, patience);
  by.most_silent = std::clamp<std::size_t>(limit / 8, 1, by.most_silent);
  reception made(std::move(*router), std::move(*at), visitors(by), node, patience);
  if (!made.door_.guarded()) {
    if (auto handed = made.hand_over(made.door_.give_away()); !handed)
      return tl::unexpected<error>(handed.error());
  }
  return made;
}

int reception::door_descriptor(steady::time_point now) {
  return door_.hears(now);
}

result<> reception::hand_over(unique_fd listener) {
  const int descriptor = listener.get();
  auto name = router_.accept_on(std::move(listener));
  if (!name) return tl::unexpected<error>(name.error());
  door_.handed_over(*name, descriptor);
  return {};
}

std::optional<reception::departed> reception::next_departed(steady::time_point now) {
  while (const auto news = router_.news()) {
    switch (news->what) {
      case zmq_news::kind::accepted:
        came(*news, now);
        break;
      case zmq_news::kind::not_accepted:
        refuse(errc::permission_denied, "a process of another user");
        break;
      case zmq_news::kind::broke_off:
        broke_off_ = true;
        break;
      case zmq_news::kind::unreachable:
        break;
      case zmq_news::kind::disconnected: {
        const bool unasked = std::exchange(broke_off_, false);
        auto ended = visitors_.left(news->descriptor);
        if (!ended) break;
        departed who{news->descriptor, std::move(ended->listener)};
        if (ended->how == visitors::ending::of_the_silent && !unasked) {
          silent_.push_back(std::move(who));
        } else if (ended->how == visitors::ending::of_the_silent) {
          gone(who.listener);
        } else {
          return who;
        }
      }
    }
  }
  return std::nullopt;
}

void reception::came(const zmq_news& news, steady::time_point now) {
  door_.came(news.listener);
  visitors_.came(identify(news.descriptor), news.listener, now);
  if (!door_.crowded_by(news.descriptor)) return;
  if (auto guarded = door_.guard(); !guarded)
    refused_.push_back(within("node '" + node_ + "'", guarded.error()));
}

void reception::spoke(int descriptor) {
  visitors_.spoke(descriptor);
  const auto found = std::find_if(silent_.begin(), silent_.end(),
                                  [&](const departed& one) { return one.descriptor == descriptor; });
  if (found == silent_.end()) return;
  gone(found->listener);
  silent_.erase(found);
}

void reception::gone(const std::string& listener) {
  if (door_.left(listener)) router_.stop_accepting(listener);
}

void reception::all_was_read() {
  for (const auto& one : std::exchange(silent_, {})) {
    refuse(errc::malformed, "a connection that ended without a greeting");
    gone(one.listener);
  }
}

void reception::look_after(bool knocked, steady::time_point now) {
  note(visitors_.expire(now));
  if (!knocked) return;
  auto listener = door_.let_in(now);
  if (!listener) {
    refused_.push_back(within("node '" + node_ + "'", listener.error()));
  } else if (*listener) {
    if (auto handed = hand_over(std::move(**listener)); !handed)
      refused_.push_back(within("node '" + node_ + "'", handed.error()));
  }
  if (door_.is_shut()) note(visitors_.make_room(now, std::min(hurry, patience_)));
}

void reception::note(const visitors::cuts& made) {
  const auto patience = std::to_string(patience_.count()) + " ms";
  for (std::size_t i = 0; i < made.late; ++i)
    refuse(errc::timed_out, "a connection that had not said a word for " + patience);
  for (std::size_t i = 0; i < made.crowded; ++i)
    refuse(errc::exhausted, "a connection that had not said a word yet while more came than we can hold");
}

void reception::refuse(errc kind, const std::string& what) {
  refused_.push_back(error{kind, "node '" + node_ + "' refuses " + what, 0});
}

std::optional<steady::time_point> reception::next_deadline() const {
  const auto one = visitors_.next_deadline();
  const auto other = door_.opens_again();
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

std::vector<error> reception::take_refused() {
  return std::exchange(refused_, {});
}

}  // namespace troupe::transport
