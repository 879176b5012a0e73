#include <troupe/base/error.hpp>

#include <system_error>

namespace troupe {

std::string_view sentence(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument:
      return "that is not a valid argument";
    case errc::not_found:
      return "it does not exist";
    case errc::already_exists:
      return "the name is taken";
    case errc::permission_denied:
      return "access is refused";
    case errc::wrong_kind:
      return "it exists but is something else";
    case errc::broken_pipe:
      return "the reader at the other end has gone";
    case errc::end_of_file:
      return "the writer at the other end has closed";
    case errc::closed:
      return "it has been closed";
    case errc::full:
      return "there is no room now";
    case errc::timed_out:
      return "the deadline passed";
    case errc::cancelled:
      return "the request was withdrawn";
    case errc::busy:
      return "somebody else holds it";
    case errc::exhausted:
      return "a limited resource ran out";
    case errc::too_large:
      return "a length is over its limit";
    case errc::malformed:
      return "the bytes do not follow their format";
    case errc::type_mismatch:
      return "the two sides disagree about a message type";
    case errc::version_mismatch:
      return "the two sides speak different versions";
    case errc::refused:
      return "the peer did not accept us";
    case errc::peer_lost:
      return "the other end is gone";
    case errc::handler_failed:
      return "user code failed";
    case errc::unsupported:
      return "it is not supported here";
    case errc::io_failed:
      return "a system call failed";
    case errc::poisoned:
      return "a holder ended in the midst of a change: the value may be half-written";
  }
  return "unknown error";
}

std::string error::message() const {
  const std::string reason =
      os_errno != 0 ? std::generic_category().message(os_errno) : std::string(sentence(code));
  return context.empty() ? reason : context + ": " + reason;
}

errc errc_of_errno(int os_errno) noexcept {
  switch (os_errno) {
    case ENOENT:
    case ESRCH:
    case ENXIO:
      return errc::not_found;
    case EEXIST:
    case EADDRINUSE:
      return errc::already_exists;
    case EACCES:
    case EPERM:
    case EROFS:
      return errc::permission_denied;
    case EISDIR:
    case ENOTDIR:
    case ENOEXEC:
      return errc::wrong_kind;
    case EPIPE:
      return errc::broken_pipe;
    case EAGAIN:
      return errc::full;
    case ETIMEDOUT:
      return errc::timed_out;
    case ECANCELED:
      return errc::cancelled;
    case EBUSY:
    case ETXTBSY:
      return errc::busy;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
      return errc::exhausted;
    case E2BIG:
    case EFBIG:
    case ENAMETOOLONG:
      return errc::too_large;
    case EINVAL:
      return errc::invalid_argument;
    case ECONNREFUSED:
      return errc::refused;
    case ECONNRESET:
      return errc::peer_lost;
    case ENOSYS:
    case EOPNOTSUPP:
      return errc::unsupported;
    default:
      return errc::io_failed;
  }
}

}  // namespace troupe
