// actors/internal/caf_port.hpp - our ends inside CAF: actors without a mailbox of their own, which translate.
// Threads: CAF calls enqueue() on any of its threads, several at once.
// Source: CAF 0.17, caf::monitorable_actor.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/spawn_options.hpp>
#include <troupe/base/error.hpp>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/monitorable_actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::actors {

[[nodiscard]] error error_from_caf(const caf::error& why, const caf::actor_system& of);
[[nodiscard]] caf::error error_for_caf(const error& why);
/// Why a CAF actor ended: normal and user_shutdown are stops.
[[nodiscard]] end_reason reason_from_caf(const caf::error& why, const caf::actor_system& of);
[[nodiscard]] caf::error reason_for_caf(const end_reason& why);

/// A request of a CAF actor, answered once; dropped, it is answered with request_receiver_down. Empty for a message that
/// was sent.
class caf_reply {
 public:
  caf_reply() noexcept = default;
  caf_reply(caf::mailbox_element& request, caf::strong_actor_ptr self);
  caf_reply(caf_reply&& other) noexcept;
  caf_reply& operator=(caf_reply&& other) noexcept;
  ~caf_reply();

  [[nodiscard]] bool is_wanted() const noexcept { return asker_ != nullptr || !stages_.empty(); }
  void give(caf::message what);
  void fail(const caf::error& why) { give(caf::make_message(why)); }

 private:
  caf::strong_actor_ptr asker_;
  std::vector<caf::strong_actor_ptr> stages_;  // of a request that was forwarded
  caf::message_id id_;
  caf::strong_actor_ptr self_;
};

/// An address in CAF: what comes goes to its gate, an actor of ours with a mailbox.
class caf_gate_port final : public caf::monitorable_actor {
 public:
  /// Takes the content if it is a message of ours.
  using taker = bool (*)(const cell_ref& gate, caf::message& content, caf_reply& reply);
  caf_gate_port(caf::actor_config& config, cell_ref whom, taker takes);

  void open(cell_ref gate) { gate_ = std::move(gate); }
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override;
  void on_destroy() override;
  const char* name() const override { return "troupe.address"; }

 private:
  const cell_ref whom_;
  const taker takes_;
  cell_ref gate_;
};

/// Ends the port behind an address when the actor has ended: those who monitor or link it hear why.
void close_gate_port(const caf::actor_addr& port, const end_reason& why);

/// Somebody of ours waits for the answer of a CAF actor.
class caf_question {
 public:
  caf_question() = default;
  caf_question(const caf_question&) = delete;
  caf_question& operator=(const caf_question&) = delete;
  virtual ~caf_question() = default;
  /// False: it is no answer to this question.
  [[nodiscard]] virtual bool answer(caf::message& content) = 0;
  virtual void fail(error why) = 0;
  [[nodiscard]] virtual bool is_wanted() const noexcept = 0;
};

/// The CAF actor has ended.
struct caf_gone {
  end_reason reason;
};

/// Asks a CAF actor for its guest among our actors, and watches it.
class caf_guest_port final : public caf::monitorable_actor {
 public:
  caf_guest_port(caf::actor_config& config, const caf::actor& whom);

  /// From now on the actor that is being made hears of the end; until leave().
  void watch_for_current();
  /// The guest has ended: its CAF actor is told, unless only nobody was left who could reach it.
  void leave(const end_reason& why) noexcept;
  void ask(caf::message question, std::unique_ptr<caf_question> asked);
  /// True: the CAF actor has ended; what was to go there is a dead letter.
  [[nodiscard]] bool bury_if_gone(const message_type& what);
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override;
  void on_destroy() override;
  const char* name() const override { return "troupe.guest"; }

 private:
  void gone(const end_reason& why);
  void answered(std::uint64_t id, caf::message content);
  [[nodiscard]] std::vector<std::unique_ptr<caf_question>> unwanted();

  const caf::actor whom_;
  std::atomic<bool> gone_ = false;
  std::mutex mutex_;
  cell* guest_ = nullptr;
  std::uint64_t last_id_ = 0;
  std::size_t look_at_ = 64;  // so many open questions: look for those that nobody waits for any more
  std::map<std::uint64_t, std::unique_ptr<caf_question>> open_;
};

[[nodiscard]] caf::actor make_gate_port(caf::actor_system& in, cell_ref whom, caf_gate_port::taker takes);
/// Once, before anybody else knows the port.
void open_gate_port(const caf::actor& port, cell_ref gate);

/// Shares the ownership of a guest port.
class caf_guest_ref {
 public:
  explicit caf_guest_ref(const caf::actor& whom);
  [[nodiscard]] caf_guest_port* operator->() const noexcept;

 private:
  caf::strong_actor_ptr port_;
};

/// The actor whose handler runs ends for that reason when it returns.
void end_current(end_reason why);
/// As actor_system::spawn; the maker hears of the end.
[[nodiscard]] cell_ref spawn_guest(actor_system& in, spawn_options options, std::unique_ptr<maker> makes);
[[nodiscard]] actor_system& system_behind(const cell& whom) noexcept;

}  // namespace troupe::actors
