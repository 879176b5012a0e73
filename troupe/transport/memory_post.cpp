#include <troupe/transport/internal/memory_hub.hpp>
#include <troupe/transport/memory_post.hpp>

namespace troupe::transport {

memory_post::memory_post(memory_network& network, post_options options, link_events& events,
                         std::vector<channel> accepted)
    : network_(network) {
  const auto endpoint = options.endpoint;
  node_ = std::make_shared<memory_node>(*network.hub_, std::move(options), events, std::move(accepted));
  network.hub_->nodes[endpoint] = node_;
}

memory_post::~memory_post() {
  while (!node_->ends.empty()) {
    network_.hub_->break_off(*node_, node_->ends.begin()->first,
                             {errc::peer_lost, "the process at the other end is gone", 0});
  }
}

link_id memory_post::connect(const std::string& endpoint, const peer& expected,
                             std::vector<channel> channels) {
  return node_->links.connect(endpoint, expected, std::move(channels));
}

void memory_post::send(link_id link, std::uint32_t channel, byte_view header, bytes payload) {
  node_->links.send(link, channel, header, std::move(payload));
}

std::shared_ptr<line> memory_post::line_to(link_id link) {
  auto direct = node_->links.line_to(link);
  return direct == nullptr ? post::line_to(link) : direct;
}

void memory_post::dequeued(link_id link, std::uint32_t channel, std::uint32_t items, std::uint64_t bytes) {
  node_->links.dequeued(link, channel, window{items, bytes});
}

void memory_post::close(link_id link) {
  node_->links.close(link);
}

void memory_post::cut(link_id link) {
  network_.hub_->cut(*node_, link);
}

std::uint64_t memory_post::duplicates() const noexcept {
  return node_->links.duplicates();
}

}  // namespace troupe::transport
