// runtime/actors/topic_bridge.hpp - the topics of a file between its processes: what is published in one is heard by the
// actors of all.
// Threads: an actor.
// Source: docs/remote-actors.md, "Topics".
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/config/schema.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// The next life of a node has begun: hear what is published there.
struct node_came {
  std::string node;
};
struct node_went {
  std::string node;
};
struct hear_again {
  std::string node;
  std::size_t topic = 0;
};

/// The topics of all actors in `file`, each once: every node offers them.
[[nodiscard]] std::vector<topic_form> topics_of(const config::file& file, const registry& program);
/// Those that actors of `node` may hear.
[[nodiscard]] std::vector<topic_form> topics_heard_in(const std::string& node, const config::file& file,
                                                      const registry& program);
/// Errors: see gateway::offer.
[[nodiscard]] result<> offer_topics(gateway& gate, const std::vector<topic_form>& all);

class topic_bridge {
 public:
  using receives = troupe::receives<node_came, node_went, hear_again, down>;
  static constexpr milliseconds pause{200};  // before a link that was lost is tried again

  /// The gateway outlives it.
  topic_bridge(context& self, gateway& gate, std::vector<topic_form> heard)
      : self_(self), gate_(gate), heard_(std::move(heard)) {}
  void operator()(const node_came& news);
  void operator()(const node_went& news);
  void operator()(hear_again what);
  void operator()(const down& news);

 private:
  using key = std::pair<std::string, std::size_t>;  // node, topic
  enum class when_ended : std::uint8_t { hear_after_pause, hear_at_once, forget };
  /// One at a time for each topic: what the last one still has comes before what the next one hears.
  struct inlet {
    address<> who;  // empty: it is lost
    when_ended then = when_ended::hear_after_pause;
  };
  void hear(const key& what);

  context& self_;
  gateway& gate_;
  const std::vector<topic_form> heard_;
  std::map<key, inlet> inlets_;  // no entry: the node is down
};

}  // namespace troupe::runtime
