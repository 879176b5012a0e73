#include <troupe/transport/internal/descriptors.hpp>
#include <troupe/transport/internal/door.hpp>
#include <troupe/transport/internal/listener.hpp>

#include <poll.h>

#include <algorithm>

namespace troupe::transport {
namespace {

constexpr int long_queue = 4096;
/// Who wants in waits so long until descriptors are looked for again.
constexpr milliseconds shut_for{50};
/// Likewise, when libzmq is just about to accept those before.
constexpr milliseconds a_moment{1};

bool somebody_waits_at(int listener) {
  pollfd looked{listener, POLLIN, 0};
  return ::poll(&looked, 1, 0) > 0;
}

}  // namespace

door::door(std::string endpoint, std::size_t limit, bool guarded) noexcept
    : endpoint_(std::move(endpoint)), limit_(limit), guarded_(guarded) {}

result<door> door::open(const std::string& endpoint, std::size_t limit) {
  door made(endpoint, limit, limit < plenty);
  auto here = listen_at(endpoint, made.guarded_ ? static_cast<int>(made.queue()) : long_queue);
  if (!here) return tl::unexpected<error>(here.error());
  made.here_ = std::move(*here);
  return made;
}

/// How many can be let in at once.
std::size_t door::queue() const noexcept {
  return std::clamp<std::size_t>(limit_ / 16, 1, 64);
}

/// What is left to the rest of the process meanwhile.
std::size_t door::spare() const noexcept {
  return std::clamp<std::size_t>(limit_ / 8, 8, 128);
}

bool door::crowded_by(int descriptor) const noexcept {
  return !guarded_ && static_cast<std::size_t>(std::max(descriptor, 0)) >= limit_ / 2;
}

result<> door::guard() {
  auto fresh = listen_anew(endpoint_, static_cast<int>(queue()));
  if (!fresh) return tl::unexpected<error>(fresh.error());
  here_ = std::move(*fresh);
  guarded_ = true;
  return {};
}

int door::hears(steady::time_point now) noexcept {
  if (shut_until_ && *shut_until_ <= now) shut_until_.reset();
  return shut_until_ ? -1 : here_.get();
}

/// The descriptors for those in its queue were counted, but are not taken yet.
bool door::last_is_empty() const {
  const auto found = behind_.find(last_);
  return found == behind_.end() || !somebody_waits_at(found->second.descriptor);
}

result<std::optional<unique_fd>> door::let_in(steady::time_point now) {
  if (!last_is_empty()) {
    shut_until_ = now + a_moment;
    return std::nullopt;
  }
  const auto needed = queue() + spare();
  const auto found = free_descriptors(limit_, needed);
  if (found < needed) {
    return shut(
        now, error{errc::exhausted,
                   "'" + endpoint_ + "' lets nobody in: of " + std::to_string(limit_) + " file descriptors " +
                       std::to_string(found) + " are free; raise the hard limit (ulimit -Hn)",
                   0});
  }
  auto fresh = listen_anew(endpoint_, static_cast<int>(queue()));
  if (!fresh) return shut(now, fresh.error());
  complained_ = false;
  return std::optional(std::exchange(here_, std::move(*fresh)));
}

result<std::optional<unique_fd>> door::shut(steady::time_point now, error why) {
  shut_until_ = now + shut_for;
  if (std::exchange(complained_, true)) return std::nullopt;
  return tl::unexpected<error>(std::move(why));
}

void door::handed_over(const std::string& listener, int descriptor) {
  if (!guarded_) return;
  behind_[listener].descriptor = descriptor;
  last_ = listener;
}

void door::came(const std::string& listener) {
  if (const auto found = behind_.find(listener); found != behind_.end()) ++found->second.connections;
}

bool door::left(const std::string& listener) {
  const auto found = behind_.find(listener);
  if (found == behind_.end() || --found->second.connections > 0) return false;
  if (somebody_waits_at(found->second.descriptor)) return false;  // libzmq is about to accept them
  behind_.erase(found);
  return true;
}

}  // namespace troupe::transport
