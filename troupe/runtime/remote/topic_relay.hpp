// runtime/remote/topic_relay.hpp - what is published in one process is heard in another.
// Threads: any.
// Source: docs/remote-actors.md, "Topics".
#pragma once
#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/runtime/remote/topic_actors.hpp>

#include <concepts>
#include <string>

namespace troupe::runtime {

/// What is published as M in this process can be heard in others. Errors: see gateway::offer.
template <std::copy_constructible M>
result<> offer_topic(gateway& gate) {
  const auto source = gate.system().template spawn<topic_source<M>>({.name = topic_name<M>()});
  return gate.offer(topic_name<M>(), source);
}

/// From now on what is published as M in that node, which has offered the topic, is published here, too: in the order of
/// whoever publishes, once, and not passed on to a third node. It ends with the link to that node, and then the address,
/// which is there to be monitored; stop() it to hear no more. Errors: see gateway::reach.
template <std::copy_constructible M>
[[nodiscard]] result<address<>> hear_topic(gateway& gate, const std::string& node) {
  const auto source = gate.reach<address<hear<M>>>(node, topic_name<M>());
  if (!source) return tl::unexpected<error>(source.error());
  return address<>(
      gate.system().template spawn<topic_inlet<M>>({.name = topic_name<M>() + " of " + node}, *source));
}

}  // namespace troupe::runtime
