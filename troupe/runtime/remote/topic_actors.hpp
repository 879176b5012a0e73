// runtime/remote/topic_actors.hpp - the actors by which what is published in one process is heard in another.
// Threads: actors.
// Source: docs/remote-actors.md, "Topics".
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/context.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace troupe::runtime {

/// Tell `listener` of every M that is published where you are.
template <class M>
struct hear {
  address<M> listener;
};
}  // namespace troupe::runtime

/// Who ends while others still ask to hear leaves nothing undone.
template <class M>
inline constexpr bool troupe::actors::is_of_the_system<troupe::runtime::hear<M>> = true;

namespace troupe::runtime {

/// Passes on what is published here to one listener elsewhere, as long as that is there. Its mailbox is that of every
/// subscriber: when the listener is slow, so are those who publish.
template <class M>
class topic_relay {
 public:
  using receives = troupe::receives<M, down>;
  topic_relay(context& self, address<M> to) : self_(self), to_(std::move(to)) {
    self.subscribe<topic_relay, M>();
    self.monitor<topic_relay>(to_);
  }
  void operator()(const M& message) { to_.send(M(message)); }
  void operator()(const down& /*news*/) { self_.stop(); }

 private:
  context& self_;
  const address<M> to_;
};

/// Known to others as the topic.
template <class M>
class topic_source {
 public:
  using receives = troupe::receives<hear<M>>;
  explicit topic_source(context& self) : self_(self) {}
  void operator()(hear<M> who) {
    auto& system = self_.system();
    system.template spawn<topic_relay<M>>({.name = std::string(self_.name()) + " elsewhere"},
                                          std::move(who.listener));
  }

 private:
  context& self_;
};

/// Publishes here what was published in another node. Ends as failed when that is lost.
template <class M>
class topic_inlet {
 public:
  using receives = troupe::receives<M, down>;
  topic_inlet(context& self, const address<hear<M>>& source) : self_(self) {
    self.monitor<topic_inlet>(source);
    source.send(hear<M>{self.address<topic_inlet>()});
  }
  /// Not to other nodes: they hear it from where it comes from, if they want to.
  void operator()(M message) {
    actors::publish(actors::system_access::core_of(self_.system()), std::move(message),
                    actors::default_patience, &actors::class_of<topic_relay<M>>);
  }
  void operator()(const down& news) { throw std::runtime_error(news.name + ": " + news.reason.text); }

 private:
  context& self_;
};

template <class M>
std::string topic_name() {
  return "topic " + std::string(type_name<M>());
}

}  // namespace troupe::runtime
