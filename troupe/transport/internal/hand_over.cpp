#include <troupe/base/sanitizers.hpp>
#include <troupe/transport/internal/hand_over.hpp>

#include <cstring>
#include <memory>

#if TROUPE_THREAD_SANITIZER
/// Debian's libzmq is not built for ThreadSanitizer: its lock-free pipes order what its threads do, but the
/// sanitizer sees only the malloc, memcpy, recv and free at both ends and reports them as races. Calls that
/// libzmq itself makes are therefore not looked at; every call of ours is. (The name is the sanitizer's: it
/// asks the program for its suppressions by it.)
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libzmq.so\n";
}
#endif

namespace troupe::transport {
namespace {

constexpr std::size_t adopt_from = 4096;

}  // namespace

bytes adopt(zmq::message_t&& message) {
  const byte_view view(static_cast<const std::byte*>(message.data()), message.size());
  if (view.size() < adopt_from) return bytes::copy_of(view);
  const auto owner = std::make_shared<zmq::message_t>(std::move(message));
  return {owner, {static_cast<const std::byte*>(owner->data()), owner->size()}};
}

zmq::message_t gather(const outgoing& from) {
  zmq::message_t message(from.head.size() + from.tail.size());
  if (!from.head.empty()) std::memcpy(message.data(), from.head.data(), from.head.size());
  if (!from.tail.empty()) {
    std::memcpy(message.data<std::byte>() + from.head.size(), from.tail.data(), from.tail.size());
  }
  return message;
}

}  // namespace troupe::transport
