#include <troupe/base/fd_passing.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace troupe {
namespace {

/// Room for one control message of descriptors, and for the credentials that come before it when somebody has
/// set SO_PASSCRED.
struct control_space {
  static constexpr std::size_t credentials = CMSG_SPACE(sizeof(ucred));
  alignas(cmsghdr) char bytes[credentials + CMSG_SPACE(max_fds_per_message * sizeof(int))];
};

std::string on_socket(const char* what, int socket) {
  return std::string(what) + " socket " + std::to_string(socket);
}

/// False when the deadline passed first.
result<bool> wait_for(int socket, short events, deadline until) {
  pollfd one{socket, events, 0};
  for (;;) {
    const int ready = ::poll(&one, 1, until.poll_ms());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return fail_errno(on_socket("poll", socket));
    if (until.passed()) return false;
  }
}

tl::unexpected<error> fail_send(int socket, int why) {
  std::string context = on_socket("send to", socket);
  if (why == EMSGSIZE) return fail(errc::too_large, std::move(context), why);
  if (why == ETOOMANYREFS)
    return fail(errc::exhausted, std::move(context) + ": too many descriptors are under way", why);
  return fail_errno(std::move(context), why);
}

void attach(msghdr& message, control_space& control, std::span<const int> fds) {
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

/// Takes ownership of every descriptor in a message; `fds` has room, so that nothing throws before.
void detach(msghdr& message, std::vector<unique_fd>& fds) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
      fds.emplace_back(number);
    }
  }
}

/// The size of one message; the flags and control messages that came are in `message`.
result<std::size_t> receive(int socket, msghdr& message, deadline until) {
  const std::size_t room = message.msg_controllen;
  for (;;) {
    message.msg_controllen = room;
    const ssize_t size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail_errno(on_socket("receive from", socket));
    const auto ready = wait_for(socket, POLLIN, until);
    if (!ready) return tl::unexpected(ready.error());
    if (!*ready) return fail(errc::timed_out, on_socket("receive from", socket) + ": nothing came");
  }
}

}  // namespace

result<> send_with_fds(int socket, byte_view data, std::span<const int> fds, deadline until) {
  if (data.empty())
    return fail(errc::invalid_argument, on_socket("send to", socket) + ": no data to go along");
  if (fds.size() > max_fds_per_message)
    return fail(errc::too_large, on_socket("send to", socket) + ": " + std::to_string(fds.size()) +
                                     " descriptors, the limit is " + std::to_string(max_fds_per_message));
  control_space control{};
  std::size_t done = 0;
  while (done < data.size()) {
    const byte_view rest = data.subspan(done);
    iovec piece{const_cast<std::byte*>(rest.data()), rest.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (done == 0 && !fds.empty()) attach(message, control, fds);
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      if (auto ready = wait_for(socket, POLLOUT, until); !ready) return tl::unexpected(ready.error());
    } else if (errno != EINTR) {
      return fail_send(socket, errno);
    }
    if (done < data.size() && until.passed())
      return fail(errc::timed_out, on_socket("send to", socket) + ": " + std::to_string(done) + " of " +
                                       std::to_string(data.size()) + " bytes were sent");
  }
  return {};
}

result<received> receive_with_fds(int socket, std::span<std::byte> into, std::size_t max_fds,
                                  deadline until) {
  std::string context = on_socket("receive from", socket);
  if (into.empty()) return fail(errc::invalid_argument, std::move(context) + ": no room for data");
  max_fds = std::min(max_fds, max_fds_per_message);
  received got;
  got.fds.reserve(sizeof(control_space) / sizeof(int));
  control_space control;
  iovec piece{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  // No more than expected, so that a peer cannot fill our table of descriptors.
  message.msg_controllen = control_space::credentials + CMSG_SPACE(max_fds * sizeof(int));
  const auto size = receive(socket, message, until);
  if (!size) return tl::unexpected(size.error());
  got.size = *size;
  detach(message, got.fds);
  const bool was_cut = (message.msg_flags & MSG_CTRUNC) != 0;
  if (got.fds.size() > max_fds || (was_cut && got.fds.size() == max_fds))
    return fail(errc::too_large, std::move(context) + ": more descriptors came than the " +
                                     std::to_string(max_fds) + " expected");
  if (was_cut) return fail(errc::exhausted, std::move(context) + ": no room for the descriptors that came");
  if ((message.msg_flags & MSG_TRUNC) != 0)
    return fail(errc::too_large, std::move(context) + ": the message is longer than the " +
                                     std::to_string(into.size()) + " bytes expected");
  return got;
}

}  // namespace troupe
