// runtime/node/director_line.hpp - what a child says to the director, and hears from it, over its lifeline.
// Threads: say() from any; follow() is one thread's.
#pragma once
#include <troupe/runtime/node/lifeline_messages.hpp>
#include <troupe/runtime/node/worker.hpp>
#include <troupe/spawn/lifeline.hpp>

#include <cstdlib>
#include <utility>
#include <variant>

namespace troupe::runtime {

class director_line {
 public:
  /// `line` must outlive it.
  explicit director_line(spawn::lifeline_client& line) noexcept : line_(line) {}

  /// A broken line is noticed by follow(), which ends the process.
  template <class M>
  void say(M message) const {
    static_cast<void>(line_.send(encode_frame<from_worker>(std::move(message)).view()));
  }

  /// Calls obey(message&) for each message until the director says stop. Never returns when the director is gone: the
  /// process ends. Errors: a message that cannot be read.
  template <class F>
  [[nodiscard]] result<> follow(F&& obey) const {
    while (true) {
      auto frame = line_.read();
      if (!frame) std::_Exit(worker_exit_failed);  // nobody is left to work for
      auto message = decode<to_worker>(*frame);
      if (!message) return tl::unexpected(within("a message of the director", message.error()));
      if (std::holds_alternative<stop_now>(*message)) return {};
      std::visit(obey, *message);
    }
  }

 private:
  spawn::lifeline_client& line_;
};

}  // namespace troupe::runtime
