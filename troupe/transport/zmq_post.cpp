#include <troupe/transport/internal/zmq_engine.hpp>
#include <troupe/transport/zmq_post.hpp>

namespace troupe::transport {

zmq_post::zmq_post(std::unique_ptr<zmq_engine> own) noexcept : engine_(std::move(own)) {}
zmq_post::~zmq_post() = default;

result<std::unique_ptr<zmq_post>> zmq_post::start(post_options options, link_events& events,
                                                  std::vector<channel> accepted) {
  auto engine = zmq_engine::start(std::move(options), events, std::move(accepted));
  if (!engine) return tl::unexpected<error>(engine.error());
  return std::unique_ptr<zmq_post>(new zmq_post(std::move(*engine)));
}

link_id zmq_post::connect(const std::string& endpoint, const peer& expected, std::vector<channel> channels) {
  return engine_->links().connect(endpoint, expected, std::move(channels));
}

void zmq_post::send(link_id link, std::uint32_t channel, byte_view header, bytes payload) {
  engine_->links().send(link, channel, header, std::move(payload));
}

std::shared_ptr<line> zmq_post::line_to(link_id link) {
  auto direct = engine_->links().line_to(link);
  return direct == nullptr ? post::line_to(link) : direct;
}

void zmq_post::dequeued(link_id link, std::uint32_t channel, std::uint32_t items, std::uint64_t bytes) {
  engine_->links().dequeued(link, channel, window{items, bytes});
}

void zmq_post::close(link_id link) {
  engine_->links().close(link);
}

std::uint64_t zmq_post::turned_away(errc kind) const noexcept {
  return engine_->turned_away().of(kind);
}

result<> zmq_post::flush(deadline until) {
  return engine_->links().flush(until);
}

std::uint64_t zmq_post::duplicates() const noexcept {
  return engine_->links().duplicates();
}

}  // namespace troupe::transport
