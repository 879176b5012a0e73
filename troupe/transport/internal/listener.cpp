#include <troupe/transport/internal/file_lock.hpp>
#include <troupe/transport/internal/listener.hpp>
#include <troupe/transport/limits.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>

namespace troupe::transport {
namespace {

constexpr std::string_view scheme = "ipc://";

result<sockaddr_un> address_of(const std::string& endpoint) {
  if (endpoint.substr(0, scheme.size()) != scheme || endpoint.size() == scheme.size() ||
      endpoint[scheme.size()] != '/') {
    return fail(errc::invalid_argument, "endpoint '" + endpoint + "' is not ipc:// and an absolute path");
  }
  const auto path = std::string_view(endpoint).substr(scheme.size());
  if (path.size() > limits::max_socket_path) {
    return fail(errc::too_large, "endpoint '" + endpoint + "': a socket's path has at most " +
                                     std::to_string(limits::max_socket_path) + " bytes, this one " +
                                     std::to_string(path.size()));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

result<unique_fd> stream_socket(const std::string& endpoint) {
  unique_fd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return fail_errno("create a socket for '" + endpoint + "'");
  return made;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

result<unique_fd> open_directory(const std::string& endpoint) {
  const auto path = endpoint.substr(scheme.size());
  const auto directory = path.substr(0, std::max<std::size_t>(1, path.rfind('/')));
  unique_fd held(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!held) return fail_errno("open directory '" + directory + "' to listen at '" + endpoint + "'");
  return held;
}

/// unix(7): the queue takes one more than was asked for.
result<> start_listening(const unique_fd& at, int queue, const std::string& endpoint) {
  if (::listen(at.get(), std::max(queue, 1) - 1) != 0) return fail_errno("listen at '" + endpoint + "'");
  return {};
}

/// Makes room where bind found something. Under the directory's lock.
result<> clear(const sockaddr_un& address, const std::string& endpoint) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("stat '" + endpoint + "'");
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail(errc::wrong_kind, "listen at '" + endpoint + "': something that is no socket stands there");
  }
  auto probe = stream_socket(endpoint);
  if (!probe) return tl::unexpected<error>(probe.error());
  if (::connect(probe->get(), generic(address), sizeof(address)) == 0 || errno == EAGAIN) {
    return fail(errc::busy, "listen at '" + endpoint + "': a living node listens there");
  }
  if (errno != ECONNREFUSED) return fail_errno("probe the socket at '" + endpoint + "'");
  if (::unlink(address.sun_path) != 0 && errno != ENOENT)
    return fail_errno("remove the stale '" + endpoint + "'");
  return {};
}

}  // namespace

result<unique_fd> listen_at(const std::string& endpoint, int queue) {
  const auto address = address_of(endpoint);
  if (!address) return tl::unexpected<error>(address.error());
  auto listener = stream_socket(endpoint);
  if (!listener) return listener;

  // Two lives of one node that start together must not each take the other's socket for a stale one.
  const auto held = open_directory(endpoint);
  if (!held) return tl::unexpected<error>(held.error());
  if (auto locked = lock_exclusive(held->get(), "the directory of '" + endpoint + "'",
                                   deadline::after(std::chrono::seconds(5)));
      !locked) {
    return tl::unexpected<error>(locked.error());
  }
  if (::bind(listener->get(), generic(*address), sizeof(*address)) != 0) {
    if (errno != EADDRINUSE) return fail_errno("listen at '" + endpoint + "'");
    if (auto cleared = clear(*address, endpoint); !cleared) return tl::unexpected<error>(cleared.error());
    if (::bind(listener->get(), generic(*address), sizeof(*address)) != 0) {
      return fail_errno("listen at '" + endpoint + "'");
    }
  }
  if (auto listening = start_listening(*listener, queue, endpoint); !listening)
    return tl::unexpected<error>(listening.error());
  return listener;
}

result<unique_fd> listen_anew(const std::string& endpoint, int queue) {
  static std::atomic<unsigned> serial{0};
  const auto address = address_of(endpoint);
  if (!address) return tl::unexpected<error>(address.error());
  auto listener = stream_socket(endpoint);
  if (!listener) return listener;
  const auto held = open_directory(endpoint);
  if (!held) return tl::unexpected<error>(held.error());

  const auto aside = "." + std::to_string(::getpid()) + "." + std::to_string(++serial);
  // By way of the open directory the path is short, however long that of the endpoint is.
  const auto by_descriptor = "/proc/self/fd/" + std::to_string(held->get()) + "/" + aside;
  sockaddr_un there{};
  there.sun_family = AF_UNIX;
  std::memcpy(there.sun_path, by_descriptor.data(), by_descriptor.size());
  ::unlinkat(held->get(), aside.c_str(), 0);  // of a dead process that had our number
  if (::bind(listener->get(), generic(there), sizeof(there)) != 0)
    return fail_errno("listen anew at '" + endpoint + "'");
  if (auto listening = start_listening(*listener, queue, endpoint); !listening)
    return tl::unexpected<error>(listening.error());
  const std::string path = address->sun_path;
  const auto name = path.substr(path.rfind('/') + 1);
  if (::renameat(held->get(), aside.c_str(), held->get(), name.c_str()) != 0) {
    const auto failed = fail_errno("listen anew at '" + endpoint + "'");
    ::unlinkat(held->get(), aside.c_str(), 0);
    return failed;
  }
  return listener;
}

}  // namespace troupe::transport
