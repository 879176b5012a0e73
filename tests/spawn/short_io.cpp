// tests/spawn/short_io.cpp - to be preloaded: pipes and sockets give and take at most three bytes at a time,
// and now and then calls are interrupted.
// Threads: any.
// Source: ld.so(8), LD_PRELOAD; signal(7), "Interruption".
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {

std::atomic<unsigned> calls{0};

bool is_interrupted() {
  if (++calls % 7 != 0) return false;
  errno = EINTR;
  return true;
}

bool is_stream(int fd) {
  struct stat file {};
  return ::fstat(fd, &file) == 0 && (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode));
}

std::size_t shortened(std::size_t size) {
  return std::min<std::size_t>(size, 1 + calls % 3);
}

/// The first part that is not empty; all parts are when there is none.
iovec first_of(const iovec* parts, int count) {
  for (int i = 0; i < count; ++i)
    if (parts[i].iov_len != 0) return parts[i];
  return {nullptr, 0};
}

}  // namespace

// In place of the C library's, found first since we are preloaded.
extern "C" {

ssize_t read(int fd, void* into, std::size_t size) {
  if (!is_stream(fd)) return ::syscall(SYS_read, fd, into, size);
  if (is_interrupted()) return -1;
  return ::syscall(SYS_read, fd, into, shortened(size));
}

ssize_t write(int fd, const void* from, std::size_t size) {
  if (!is_stream(fd)) return ::syscall(SYS_write, fd, from, size);
  if (is_interrupted()) return -1;
  return ::syscall(SYS_write, fd, from, shortened(size));
}

ssize_t readv(int fd, const iovec* parts, int count) {
  if (!is_stream(fd)) return ::syscall(SYS_readv, fd, parts, count);
  const iovec first = first_of(parts, count);
  return read(fd, first.iov_base, first.iov_len);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  if (!is_stream(fd)) return ::syscall(SYS_writev, fd, parts, count);
  const iovec first = first_of(parts, count);
  return write(fd, first.iov_base, first.iov_len);
}

int poll(pollfd* waiting, nfds_t count, int patience_ms) {
  if (is_interrupted()) return -1;
  return static_cast<int>(::syscall(SYS_poll, waiting, count, patience_ms));
}

int epoll_wait(int epoll, epoll_event* ready, int size, int patience_ms) {
  if (is_interrupted()) return -1;
  return static_cast<int>(::syscall(SYS_epoll_wait, epoll, ready, size, patience_ms));
}

}  // extern "C"
