#include <troupe/transport/internal/exchange.hpp>
#include <troupe/transport/memory_post.hpp>

#include <deque>
#include <map>

namespace troupe::transport {

namespace {

error broken() {
  return {errc::peer_lost, "the connection broke", 0};
}

}  // namespace

/// The wire of one post: connections are pairs of (node, id).
class memory_node final : public wire, public std::enable_shared_from_this<memory_node> {
 public:
  memory_node(memory_hub& hub, post_options options, link_events& events, std::vector<channel> accepted)
      : links(std::move(options), events, std::move(accepted), *this), hub_(hub) {}

  struct far_end {
    std::weak_ptr<memory_node> to;
    link_id id{};
  };

  [[nodiscard]] result<> open(link_id connection, const std::string& endpoint) override;
  void transmit(link_id connection, outgoing& what) override;
  void hang_up(link_id connection) override;
  void wake() override {}  // step() asks everybody for work

  exchange links;
  std::map<link_id, far_end> ends;

 private:
  memory_hub& hub_;
};

class memory_hub {
 public:
  struct item {
    memory_node::far_end at;
    bytes frame;
    std::optional<error> lost;
  };

  void break_off(memory_node& from, link_id id, const error& why) {
    const auto found = from.ends.find(id);
    if (found == from.ends.end()) return;
    const auto other = found->second;
    from.ends.erase(found);
    if (const auto there = other.to.lock()) there->ends.erase(other.id);
    queue.push_back({other, {}, why});
  }
  bool pump() {
    for (const auto& [endpoint, attached] : nodes) {
      const auto node = attached.lock();
      if (!node || !node->links.has_work()) continue;
      node->links.pump();
      return true;
    }
    return false;
  }
  bool deliver() {
    if (queue.empty()) return false;
    const item next = std::move(queue.front());
    queue.pop_front();
    if (const auto to = next.at.to.lock()) {
      if (next.lost) {
        to->links.lost(next.at.id, *next.lost);
      } else {
        to->links.arrived(next.at.id, next.frame);
      }
    }
    return true;
  }

  std::deque<item> queue;
  std::map<std::string, std::weak_ptr<memory_node>> nodes;
};

result<> memory_node::open(link_id connection, const std::string& endpoint) {
  const auto found = hub_.nodes.find(endpoint);
  const auto other = found == hub_.nodes.end() ? nullptr : found->second.lock();
  if (!other) return fail(errc::not_found, "connect to '" + endpoint + "': nobody listens there");
  const auto theirs = other->links.next_id();
  ends[connection] = {other, theirs};
  other->ends[theirs] = {weak_from_this(), connection};
  return {};
}

void memory_node::transmit(link_id connection, outgoing& what) {
  const auto found = ends.find(connection);
  if (found == ends.end()) return;
  std::vector<std::byte> joined = what.head;
  joined.insert(joined.end(), what.tail.view().begin(), what.tail.view().end());
  hub_.queue.push_back({found->second, bytes::adopt(std::move(joined)), std::nullopt});
}

void memory_node::hang_up(link_id connection) {
  hub_.break_off(*this, connection, broken());
}

memory_post::memory_post(memory_network& network, post_options options, link_events& events,
                         std::vector<channel> accepted)
    : network_(network) {
  const auto endpoint = options.endpoint;
  node_ = std::make_shared<memory_node>(*network.hub_, std::move(options), events, std::move(accepted));
  network.hub_->nodes[endpoint] = node_;
}

memory_post::~memory_post() {
  while (!node_->ends.empty()) network_.hub_->break_off(*node_, node_->ends.begin()->first, broken());
}

link_id memory_post::connect(const std::string& endpoint, const peer& expected,
                             std::vector<channel> channels) {
  return node_->links.connect(endpoint, expected, std::move(channels));
}

void memory_post::send(link_id link, std::uint32_t channel, byte_view header, bytes payload) {
  node_->links.send(link, channel, header, std::move(payload));
}

void memory_post::dequeued(link_id link, std::uint32_t channel, std::uint32_t items, std::uint64_t bytes) {
  node_->links.dequeued(link, channel, window{items, bytes});
}

void memory_post::close(link_id link) {
  node_->links.close(link);
}

void memory_post::cut(link_id link) {
  const auto found = node_->ends.find(link);
  if (found == node_->ends.end()) return;
  const auto other = found->second;
  const memory_node::far_end here{node_, link};
  std::erase_if(network_.hub_->queue, [&](const auto& item) {
    const auto to = item.at.to.lock();
    return (to == here.to.lock() && item.at.id == here.id) ||
           (to == other.to.lock() && item.at.id == other.id);
  });
  network_.hub_->break_off(*node_, link, broken());
  network_.hub_->queue.push_back({here, {}, broken()});
}

std::uint64_t memory_post::duplicates() const noexcept {
  return node_->links.duplicates();
}

memory_network::memory_network() : hub_(std::make_unique<memory_hub>()) {}
memory_network::~memory_network() = default;

bool memory_network::step() {
  return hub_->pump() || hub_->deliver();
}

std::size_t memory_network::run_until_idle() {
  std::size_t steps = 0;
  while (step()) ++steps;
  return steps;
}

}  // namespace troupe::transport
