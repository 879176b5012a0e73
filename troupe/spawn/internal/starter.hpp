// spawn/internal/starter.hpp - a thread that starts children, so that who looks after the others need not wait for an exec.
// Threads: one owner, who is told of births on the starter's thread.
// Source: vfork(2): the thread that calls sleeps until the child has exec'd; prctl(2) PR_SET_PDEATHSIG follows that thread.
#pragma once
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/internal/warden.hpp>
#include <troupe/spawn/spawner.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace troupe::spawn::internal {

class supervised;
using launch_outcome = result<std::shared_ptr<supervised>>;

/// A child that somebody waits for.
struct birth {
  command what;
  child_handlers handlers;
  warden_slot slot;
  std::shared_ptr<std::promise<launch_outcome>> answer;
  std::optional<result<child>> made = {};  // nothing: it was never begun
};

class starter {
 public:
  /// `on_born` is called when there is something to take. The thread has the caller's signal mask. Throws std::system_error
  /// when it cannot be started.
  explicit starter(std::function<void()> on_born);
  /// Children that are born when their starter's thread ends die with it, by their death signal.
  ~starter() { stop(); }
  starter(const starter&) = delete;
  starter& operator=(const starter&) = delete;

  void begin(birth one);
  [[nodiscard]] std::vector<birth> take_born();
  /// Waits for the birth under way; those behind it are not begun, and can be taken as such.
  void stop();

 private:
  void run();

  const std::function<void()> on_born_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<birth> waiting_;  // under mutex_, as the next
  std::vector<birth> born_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace troupe::spawn::internal
