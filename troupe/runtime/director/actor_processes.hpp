// runtime/director/actor_processes.hpp - the processes of a run in which actors of the file live, and the way to them.
// Threads: start, end and close by one thread; `then` is called in an actor's turn.
// Source: docs/remote-actors.md, "Processes of a file".
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/config/schema.hpp>
#include <troupe/runtime/actors/topic_bridge.hpp>
#include <troupe/runtime/director/far_cast.hpp>
#include <troupe/runtime/director/process_keeper.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/spawn/spawner.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace troupe::runtime {

/// What they are made from; references outlive them.
struct actor_processes_setting {
  actor_system& system;
  spawn::spawner& spawner;
  const transport::ipc_directory& directory;
  std::string run_id;
  std::array<std::byte, 16> secret{};
  const config::file& file;  // until start() returns
  const registry& program;
  std::string executable;
  std::string argv0;
  logger log;
};

class actor_processes {
 public:
  /// The actors here can be reached and processes can be started; none is. Errors: sockets, and names too long for them.
  [[nodiscard]] static result<std::unique_ptr<actor_processes>> start(const actor_processes_setting& by);
  actor_processes(const actor_processes&) = delete;
  actor_processes& operator=(const actor_processes&) = delete;
  ~actor_processes() { close(); }

  /// For company::start().
  [[nodiscard]] far_places& places() noexcept { return *cast_; }
  /// All actors have ended, or their processes are to end with them: `then` is called when those have, once.
  void end(std::function<void()> then);
  /// What nobody handled in those that have ended by themselves.
  [[nodiscard]] dead_letter_counts dead_letters() const;
  /// How many have died; nobody knows what was in their mailboxes.
  [[nodiscard]] std::uint64_t falls() const noexcept { return falls_; }
  /// Lets go of all, after the actors.
  void close();

 private:
  explicit actor_processes(const actor_processes_setting& by);
  [[nodiscard]] result<> listen(const actor_processes_setting& by);
  void start_keeper(const actor_processes_setting& by);
  [[nodiscard]] result<std::string> endpoint_of(const std::string& node) const;
  void all_gone(const dead_letter_counts& lost);

  gateway gate_;
  std::unique_ptr<far_cast> cast_;
  std::unique_ptr<transport::zmq_post> post_;
  std::atomic<std::uint64_t> falls_{0};
  address_of<topic_bridge> topics_;
  /// Shared with the spawner's thread, which may tell of a killed process when all else is gone.
  const std::shared_ptr<address_of<process_keeper>> keeper_ = std::make_shared<address_of<process_keeper>>();

  mutable std::mutex mutex_;
  std::map<std::string, std::string> endpoints_;
  std::function<void()> then_;
  dead_letter_counts lost_;
  bool gone_ = false;
};

}  // namespace troupe::runtime
