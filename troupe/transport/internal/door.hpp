// transport/internal/door.hpp - lets no more connections come to libzmq than there are descriptors for.
// Threads: the engine's own.
// Source: accept(2) EMFILE; libzmq 4.3.4 ipc_listener_t::accept, which aborts the process then.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace troupe::transport {

/// libzmq accepts whatever comes to a listener that it has, and cannot be told to wait. Where descriptors are
/// plenty it has the listener at the endpoint. Where they are few, or half of them are used, the door is
/// *guarded*: we hold the listener at the endpoint, whose queue is short. When somebody has come to it, and
/// there is a descriptor for each that the queue can hold, a fresh listener takes its place, so that nobody
/// else can come to it, and libzmq gets it. Each then has a listener that costs a descriptor until its last
/// connection has ended: libzmq ends the connections together with their listener.
class door {
 public:
  /// `limit`: of descriptors. Errors: see listen_at.
  [[nodiscard]] static result<door> open(const std::string& endpoint, std::size_t limit);
  /// From this limit on they are plenty.
  static constexpr std::size_t plenty = 16 * 1024;

  [[nodiscard]] bool guarded() const noexcept { return guarded_; }
  /// libzmq has accepted a connection of this number. True: from now on the door is guarded.
  [[nodiscard]] bool crowded_by(int descriptor) const noexcept;
  /// From now on nobody comes to libzmq unasked. Errors: see listen_anew; nothing has changed then.
  [[nodiscard]] result<> guard();

  /// What to poll for who wants in: -1 when nobody is to be heard until opens_again().
  [[nodiscard]] int hears(steady::time_point now) noexcept;
  [[nodiscard]] std::optional<steady::time_point> opens_again() const noexcept { return shut_until_; }
  /// Somebody wants in: the listener for libzmq, or nullopt: not yet. Errors: likewise, and why; it is not said
  /// again before somebody has been let in.
  [[nodiscard]] result<std::optional<unique_fd>> let_in(steady::time_point now);
  /// Nobody can be let in: the error was said.
  [[nodiscard]] bool is_shut() const noexcept { return complained_; }
  /// The listener at the endpoint, of a door that is not guarded.
  [[nodiscard]] unique_fd give_away() noexcept { return std::move(here_); }

  // Of listeners in libzmq's hands, by name.
  void handed_over(const std::string& listener, int descriptor);
  void came(const std::string& listener);
  /// A connection is gone. True: it was the last one of a listener at which nobody can come any more.
  [[nodiscard]] bool left(const std::string& listener);

 private:
  door(std::string endpoint, std::size_t limit, bool guarded) noexcept;
  [[nodiscard]] std::size_t queue() const noexcept;
  [[nodiscard]] std::size_t spare() const noexcept;
  [[nodiscard]] bool last_is_empty() const;
  [[nodiscard]] result<std::optional<unique_fd>> shut(steady::time_point now, error why);

  std::string endpoint_;
  std::size_t limit_;
  bool guarded_;
  unique_fd here_;  // the one at the endpoint, while libzmq has not got it
  std::optional<steady::time_point> shut_until_;
  bool complained_ = false;
  struct inner {
    int descriptor = -1;
    std::size_t connections = 0;
  };
  std::map<std::string, inner> behind_;  // those that nobody can come to any more
  std::string last_;                     // of them; libzmq may not have accepted yet who stands in its queue
};

}  // namespace troupe::transport
