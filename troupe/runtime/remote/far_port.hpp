// runtime/remote/far_port.hpp - the way to one actor in another process: what is passed, what waits, who asked.
// Threads: every function from any thread; one short lock per port.
// Source: docs/wire-format.md, "Records of actors".
#pragma once
#include <troupe/actors/remote_port.hpp>
#include <troupe/runtime/remote/records.hpp>
#include <troupe/runtime/remote/remote_types.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/post.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

namespace troupe::runtime {

/// Hears that a stand-in has ended, as long as there is somebody who wants to.
class edge_owner {
 public:
  using hears = std::function<void(transport::link_id out, std::uint32_t edge)>;
  explicit edge_owner(hears who) : hears_(std::move(who)) {}
  void left(transport::link_id out, std::uint32_t edge) {
    const std::lock_guard lock(mutex_);
    if (hears_) hears_(out, edge);
  }
  /// Returns when nobody is in it any more.
  void leave() {
    const std::lock_guard lock(mutex_);
    hears_ = nullptr;
  }

 private:
  std::mutex mutex_;
  hears hears_;
};

/// How a port reaches its actor: records of `edge` on the link `out`.
struct port_way {
  transport::post* post = nullptr;
  transport::link_id out{};
  std::uint32_t edge = 0;
  std::string label;  // "actor 'shop' of node 'back'"
};

class far_port final : public actors::remote_port {
 public:
  /// The post is used until it is gone(); `system` lives as long as its stand-in.
  far_port(port_way way, std::span<const remote_type> types, actors::core& system,
           std::shared_ptr<edge_owner> owner)
      : way_(std::move(way)), types_(types), system_(system), owner_(std::move(owner)) {}

  // See remote_port.
  [[nodiscard]] passed pass(actors::delivery& what) override;
  [[nodiscard]] std::shared_ptr<actors::answer_of<void>> pass_later(actors::delivery& what) override;
  void stop() noexcept override { order(stop_actor{}); }
  void kill() noexcept override { order(kill_actor{}); }
  void left() noexcept override;

  /// Once, before the address is given away: who stands here for the actor.
  void represent(const actors::cell_ref& by);
  /// Asks the other side for the actor.
  void open(std::string name, std::uint64_t actor);
  // What came back. Errors: malformed.
  [[nodiscard]] result<> opened(const edge_opened& how);
  [[nodiscard]] result<> granted(transport::window back);
  [[nodiscard]] result<> answered(std::uint64_t question, const bytes& reply);
  [[nodiscard]] result<> failed(std::uint64_t question, error why);
  /// Nothing passes any more, but why is not known yet.
  void hold();
  /// The actor has ended, or cannot be reached any more: so has whoever waits for it.
  void gone(const end_reason& why);
  [[nodiscard]] const std::string& label() const noexcept { return way_.label; }

 private:
  enum class stage : std::uint8_t { opening, open, held, gone };
  struct question {
    std::weak_ptr<actors::answer_state> state;  // whoever waits holds it, and it holds the way to us
    const remote_type* type = nullptr;
  };
  struct waiting {
    byte_buffer record;
    std::uint64_t question = 0;  // its number
    std::shared_ptr<actors::answer_of<void>> room;
  };

  [[nodiscard]] std::size_t index_of(const actors::message_type& type) const noexcept;
  void write(byte_buffer& out, actors::delivery& what, std::size_t type);
  [[nodiscard]] std::uint64_t keep_question(actors::delivery& what, const remote_type& type);
  [[nodiscard]] bool set_patience(byte_buffer& record, std::uint64_t question);
  void send_waiting();
  void send(byte_buffer& record);
  void order(const edge_order& what) noexcept;
  [[nodiscard]] std::optional<question> take_question(std::uint64_t number);
  void forget_unwanted();

  const port_way way_;
  const std::span<const remote_type> types_;
  actors::core& system_;
  const std::shared_ptr<edge_owner> owner_;

  std::mutex mutex_;
  stage stage_ = stage::opening;
  transport::credit_account credit_;
  std::optional<waiting> waiting_;
  std::uint64_t last_question_ = 0;
  std::size_t look_at_ = 64;  // so many open questions: look for those that nobody waits for any more
  std::unordered_map<std::uint64_t, question> questions_;
  actors::cell* stand_in_ = nullptr;  // until left()
  end_reason why_;                    // when gone
};

}  // namespace troupe::runtime
