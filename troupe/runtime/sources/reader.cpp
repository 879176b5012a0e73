#include <troupe/runtime/sources/reader.hpp>

#include <cerrno>
#include <new>
#include <utility>

namespace troupe::runtime {
namespace {

/// A delivery ends at one of these: small items share a message, large ones do not wait for each other.
constexpr std::size_t delivery_items = 512;
constexpr std::size_t delivery_bytes = 128U << 10U;

}  // namespace

reader::reader(std::unique_ptr<item_source> from, std::function<void(portions)> deliver)
    : from_(std::move(from)), deliver_(std::move(deliver)), thread_([this] { run(); }) {}

reader::~reader() {
  abandoned_.store(true, std::memory_order_release);
  stop();
  grants_.release();
  thread_.join();
}

void reader::read(portions& delivery) {
  std::size_t size = 0;
  while (delivery.items.size() < delivery_items && size < delivery_bytes) {
    if (!delivery.items.empty() && from_->would_wait()) return;
    auto next = from_->next();
    if (stopped_.load(std::memory_order_acquire)) return end(delivery, std::move(next));
    if (!next) {
      delivery.failed.push_back(next.error());
      return;
    }
    if (!*next) {
      delivery.at_end = true;
      return;
    }
    size += (*next)->payload.size();
    delivery.items.push_back(std::move(**next));
  }
}

/// After a stop: of all that has been read only the batch that was being gathered is left, when it is the next one.
void reader::end(portions& delivery, result<std::optional<portion>> last) {
  const bool is_next = delivery.items.empty() && last && *last;
  delivery.items.clear();
  if (is_next) delivery.items.push_back(std::move(**last));
  delivery.at_end = true;
}

void reader::run() {
  while (true) {
    grants_.acquire();
    if (abandoned_.load(std::memory_order_acquire)) return;
    portions delivery;
    try {
      read(delivery);
    } catch (const std::bad_alloc&) {  // a line or a batch may be large
      delivery.failed.push_back({errc::exhausted, "read the next item", ENOMEM});
    }
    const bool last = delivery.at_end || !delivery.failed.empty();
    deliver_(std::move(delivery));
    if (last) return;
  }
}

}  // namespace troupe::runtime
