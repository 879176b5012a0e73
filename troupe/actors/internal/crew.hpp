// actors/internal/crew.hpp - the children of one supervisor, over all its lives.
// Threads: any thread adds a child; the rest belongs to the supervisor's turn. All of it under the crew's lock.
#pragma once
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/spawn_options.hpp>
#include <troupe/actors/supervisor.hpp>
#include <troupe/base/restart_policy.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace troupe::actors {

class core;
class remote_port;

struct crew_member {
  enum class state : std::uint8_t {
    up,
    closing,  // it was told to lose its life, or to end
    down,
    starting  // it was told to live again
  };
  cell_ref cell;
  state now = state::up;
  restart_history history;
};

using crew_members = std::map<actor_id, crew_member>;

class crew : public std::enable_shared_from_this<crew> {
 public:
  crew(std::shared_ptr<core> system, supervisor_options options)
      : system_(std::move(system)), options_(std::move(options)) {}
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew() = default;

  /// Starts the supervisor itself: at the root, or as a child of `parent`. Once, after construction.
  cell_ref start(crew* parent);
  /// The same at the root, with somebody else in the place of the supervisor.
  cell_ref start_with(std::unique_ptr<maker> makes);
  cell_ref spawn(spawn_options options, std::unique_ptr<maker> makes);
  /// A child that has its place and its mailbox, and takes messages, but is not born. begin() follows, or abandon().
  /// `port`: of one that lives in another process.
  cell_ref reserve(spawn_options options, const actor_class& what,
                   std::shared_ptr<remote_port> port = nullptr);
  void begin(cell& child, std::unique_ptr<maker> makes);
  void abandon(cell& child) noexcept;
  [[nodiscard]] const supervisor_options& options() const noexcept { return options_; }
  [[nodiscard]] const std::shared_ptr<core>& system() const noexcept { return system_; }

  // Of the supervisor's turn.
  /// Its life is over: so is that of all children.
  void fallen() noexcept;
  /// There is no other life: the children end, the crew takes no more.
  void ended() noexcept;
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }
  /// In the order in which they were spawned, which is that of their ids. Under lock().
  [[nodiscard]] crew_members& members() noexcept { return members_; }

 private:
  [[nodiscard]] cell_ref self() const;
  cell_ref be(cell_ref self);

  const std::shared_ptr<core> system_;
  const supervisor_options options_;
  mutable std::mutex mutex_;
  cell_ref self_;
  bool closed_ = false;
  crew_members members_;
};

}  // namespace troupe::actors
