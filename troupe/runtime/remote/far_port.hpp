// runtime/remote/far_port.hpp - the way to one actor in another process: what is passed, what waits, who asked.
// Threads: every function from any thread; one short lock per port.
// Source: docs/wire-format.md, "Records of actors".
#pragma once
#include <troupe/actors/remote_port.hpp>
#include <troupe/actors/remote_types.hpp>
#include <troupe/runtime/remote/claim.hpp>
#include <troupe/runtime/remote/edge_owner.hpp>
#include <troupe/runtime/remote/export_table.hpp>
#include <troupe/runtime/remote/records.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/post.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

/// How a port reaches its actor: records of `edge` on the link `out`.
struct port_way {
  std::shared_ptr<transport::line> line;
  transport::link_id out{};
  std::uint32_t edge = 0;
  std::string node;  // where the actor lives
  std::string name;  // may be empty for one that is reached by its number
  std::uint64_t actor = 0;
  std::uint64_t epoch = 0;  // in which life of the node it has that number; 0: whichever answers
  std::vector<std::shared_ptr<claim>> rights;  // to reach it by its number
};

/// Whoever gives an actor elsewhere its lives, when its supervisor is here: see remote_port. Called in the stand-in's turns.
class far_lives {
 public:
  far_lives() = default;
  far_lives(const far_lives&) = delete;
  far_lives& operator=(const far_lives&) = delete;
  virtual ~far_lives() = default;
  virtual void begin(std::uint32_t life) noexcept = 0;
  [[nodiscard]] virtual std::optional<end_reason> fell(std::uint32_t life) noexcept = 0;
  /// The one that runs, or is about to, is to end as soon as its handler returns. It goes the way of begin(), so that it does
  /// not overtake that. From any thread.
  virtual void kill() noexcept = 0;
  /// That life has begun: it ends when kill() was called before that.
  virtual void kill_if_early(std::uint32_t life) noexcept = 0;
  /// There will be no other.
  virtual void over(const end_reason& why) noexcept = 0;
};

/// One that lasts has a name, and outlives the processes in which its actor lives: without a way (no line) it waits for the
/// next one, and so does what was not sent.
class far_port final : public actors::remote_port {
 public:
  /// The line is used until it is gone() or lost(); `system` lives as long as its stand-in.
  far_port(port_way way, std::span<const actors::remote_type> types, actors::core& system,
           std::shared_ptr<edge_owner> owner, std::shared_ptr<export_table> exports, bool lasts = false,
           std::shared_ptr<far_lives> lives = nullptr);

  // See remote_port.
  [[nodiscard]] passed pass(actors::delivery& what) override;
  [[nodiscard]] std::shared_ptr<actors::answer_of<void>> pass_later(actors::delivery& what) override;
  /// Behind what waits; one that lasts keeps it until it has a way.
  void stop() noexcept override;
  /// Before what waits.
  void kill() noexcept override;
  void left(const end_reason& why) noexcept override;
  void begin(std::uint32_t life) noexcept override;
  [[nodiscard]] std::optional<end_reason> fell(std::uint32_t life) noexcept override;
  void kill_if_early(std::uint32_t life) noexcept override;

  /// Once, before the address is given away: who stands here for the actor.
  void represent(const actors::cell_ref& by);
  /// Another reference to it; empty when it has ended or is about to, or takes less than `types`.
  /// `right` is kept until the actor has been asked for.
  [[nodiscard]] actors::cell_ref stand_in(std::span<const actors::remote_type> types,
                                          std::shared_ptr<claim> right);
  /// Asks the other side for the actor.
  void open();
  // What came back. Errors: malformed.
  [[nodiscard]] result<> opened(const edge_opened& how, std::uint64_t epoch);
  [[nodiscard]] result<> granted(transport::window back);
  [[nodiscard]] result<> answered(std::uint64_t question, const bytes& reply,
                                  actors::arrived_addresses* with);
  [[nodiscard]] result<> failed(std::uint64_t question, error why);
  /// Nothing passes any more, but why is not known yet.
  void hold();
  // Of one that lasts:
  /// Its way is lost; what was asked over it is answered with an error.
  void lost(const end_reason& why);
  /// Another one, when it has none: the actor is asked for at once. False: it has one, or is gone.
  [[nodiscard]] bool take_way(const port_way& way);
  [[nodiscard]] bool lasts() const noexcept { return lasts_; }
  [[nodiscard]] bool is_gone() const;
  /// The actor is supervised here, and its life there is over.
  void life_ended() noexcept;
  [[nodiscard]] const std::string& node() const noexcept { return way_.node; }
  /// The actor has ended, or cannot be reached any more: so has whoever waits for it.
  void gone(const end_reason& why);
  /// "actor 'shop' of node 'back'"
  [[nodiscard]] const std::string& label() const noexcept { return label_; }
  /// Under the lock of the gateway.
  [[nodiscard]] std::uint32_t edge() const noexcept { return way_.edge; }
  [[nodiscard]] std::span<const actors::remote_type> types() const noexcept { return types_; }
  /// The actor, to others. Takes no lock.
  [[nodiscard]] address_card card() const;

 private:
  enum class stage : std::uint8_t { opening, open, held, gone };
  struct question {
    std::weak_ptr<actors::answer_state> state;  // whoever waits holds it, and it holds the way to us
    const actors::remote_type* type = nullptr;
  };
  /// In two parts: what is large is not copied.
  struct outgoing {
    byte_buffer head;
    bytes rest;
    actors::leaving_addresses leaving;
    std::size_t sealed_at = 0;  // so long is the head without their cards
    kept_addresses addresses;
    [[nodiscard]] std::size_t size() const noexcept { return head.size() + rest.size(); }
  };
  struct waiting {
    outgoing record;
    const actors::remote_type* type = nullptr;      // null: a stop
    std::uint64_t question = 0;                     // its number
    std::shared_ptr<actors::answer_of<void>> room;  // null: nobody waits for it any more
  };

  [[nodiscard]] std::size_t index_of(const actors::message_type& type) const noexcept;
  /// False: it is too large.
  [[nodiscard]] bool write(outgoing& out, actors::delivery& what, std::size_t type);
  void seal(outgoing& out);
  /// Nothing: it needs a record of its own.
  [[nodiscard]] std::optional<passed> pass_in_run(byte_buffer& spare, actors::delivery& what,
                                                  std::size_t type);
  [[nodiscard]] std::uint64_t keep_question(actors::delivery& what, const actors::remote_type& type);
  [[nodiscard]] bool set_patience(outgoing& record, std::uint64_t question);
  using rooms = std::vector<std::shared_ptr<actors::answer_of<void>>>;
  [[nodiscard]] rooms send_waiting();
  void send(outgoing& record, bool at_once = false);
  void order(const edge_order& what) noexcept;
  [[nodiscard]] bool has_way() const noexcept;
  void order_now(const edge_order& what);
  [[nodiscard]] edge_order wish() const;
  void stop_expecting_room() noexcept;
  [[nodiscard]] std::optional<question> take_question(std::uint64_t number);
  void forget_unwanted();

  port_way way_;  // its names never change; the rest of one that lasts does, under both locks
  const std::string label_;
  const std::span<const actors::remote_type> types_;
  actors::core& system_;
  const std::shared_ptr<edge_owner> owner_;
  const std::shared_ptr<export_table> exports_;
  const bool lasts_;
  const std::shared_ptr<far_lives> lives_;
  std::atomic<std::uint64_t> epoch_, actor_;  // who it is, once that is known; actor_ is written last

  mutable std::mutex mutex_;
  stage stage_ = stage::opening;
  transport::credit_account credit_;
  std::deque<waiting> waiting_;  // more than one only when a life of the stand-in ended meanwhile
  std::uint64_t last_question_ = 0;
  std::size_t look_at_ = 64;  // so many open questions: look for those that nobody waits for any more
  std::unordered_map<std::uint64_t, question> questions_;
  actors::cell* stand_in_ = nullptr;  // until left()
  bool left_ = false;
  bool kill_wanted_ = false;  // by somebody to whom it lasts, as soon as there is a way
  end_reason why_;            // when gone
};

}  // namespace troupe::runtime
