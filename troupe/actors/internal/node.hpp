// actors/internal/node.hpp - what stands in a mailbox, and what hands it to the actor.
// Threads: a node belongs to one thread at a time: the sender's, then the mailbox, then the receiver's turn.
#pragma once
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/answer.hpp>
#include <troupe/actors/internal/job.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/reflect.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace troupe::actors {

/// A message that we send ourselves, of which no user knows: no dead letter, whatever becomes of it. To be said where M
/// is declared.
template <class M>
inline constexpr bool is_of_the_system = false;

template <class M>
inline constexpr message_type message_type_of{type_name<M>(), is_of_the_system<M>};

/// One message on its way into a handler. The handler moves from *payload, an object of the type that `type`
/// names; or reads it, when it is shared.
struct delivery {
  const message_type* type = nullptr;
  void* payload = nullptr;
  bool shared = false;     // others are shown the same object
  bool expired = false;    // out: a question that nobody waits for any more; the actor was not called
  void* answer = nullptr;  // answer_to<reply>* when somebody asked, else null
  job started;             // out: the coroutine, when the handler is one
};

/// An actor without its class. Only the turn of its cell touches it.
class behaviour {
 public:
  behaviour() = default;
  behaviour(const behaviour&) = delete;
  behaviour& operator=(const behaviour&) = delete;
  virtual ~behaviour() = default;
  /// Runs the handler for what.type; throws what the handler throws.
  virtual void receive(delivery& what) = 0;
};

/// An entry of a mailbox: one message, or a run of them that is handed out one by one.
class node {
 public:
  node() = default;
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  virtual ~node() = default;

  /// Hands the next message to `actor`. True while the node holds more. Throws what the handler throws; the
  /// message counts as handed over then, see has_rest().
  [[nodiscard]] virtual bool visit(behaviour& actor, delivery& what) = 0;
  /// After a visit() that threw: it holds more, for the next life of the actor.
  [[nodiscard]] virtual bool has_rest() const noexcept { return false; }
  /// Of a run: its oldest message, as a node of its own, so that the rest may stay. Null when it holds one.
  [[nodiscard]] virtual std::unique_ptr<node> split() { return nullptr; }
  /// Messages it holds; the one that is being handed over counts until visit() has returned.
  [[nodiscard]] virtual std::size_t size() const noexcept { return 1; }
  /// Nobody will handle it: tells whoever waits for an answer. The node is destroyed next.
  virtual void refuse(const error& /*why*/) noexcept {}
  /// False: it is part of what the system promised to deliver. It takes no room in the mailbox, and drop_oldest passes
  /// it by.
  [[nodiscard]] virtual bool droppable() const noexcept { return true; }
  /// Of what it holds; null when that is nothing of a user's.
  [[nodiscard]] virtual const message_type* type() const noexcept { return nullptr; }

  node* next = nullptr;  // of whoever holds it now
};

template <class M>
class message_node final : public node {
 public:
  explicit message_node(M&& message) : payload(std::move(message)) {}
  bool visit(behaviour& actor, delivery& what) override {
    what.type = &message_type_of<M>;
    what.payload = &payload;
    actor.receive(what);
    return false;
  }
  bool droppable() const noexcept override { return !is_of_the_system<M>; }
  const message_type* type() const noexcept override { return &message_type_of<M>; }

  M payload;
};

/// A message that the system promised to deliver: a down.
template <class M>
class notice_node final : public node {
 public:
  explicit notice_node(M&& message) : payload_(std::move(message)) {}
  bool visit(behaviour& actor, delivery& what) override {
    what.type = &message_type_of<M>;
    what.payload = &payload_;
    actor.receive(what);
    return false;
  }
  bool droppable() const noexcept override { return false; }

 private:
  M payload_;
};

/// A message that was published: one object for all who hear of it.
template <class M>
class shared_node final : public node {
 public:
  explicit shared_node(std::shared_ptr<const M> message) noexcept : payload_(std::move(message)) {}
  bool visit(behaviour& actor, delivery& what) override {
    what.type = &message_type_of<M>;
    what.payload = const_cast<M*>(payload_.get());
    what.shared = true;
    actor.receive(what);
    return false;
  }
  const message_type* type() const noexcept override { return &message_type_of<M>; }

 private:
  const std::shared_ptr<const M> payload_;
};

template <class Q>
class question_node final : public node {
 public:
  question_node(Q&& question, answer_to<reply_of<Q>> answer)
      : payload_(std::move(question)), answer_(std::move(answer)) {}
  bool visit(behaviour& actor, delivery& what) override {
    what.type = &message_type_of<Q>;
    what.payload = &payload_;
    what.answer = &answer_;
    what.expired = answer_.state()->is_claimed();
    if (!what.expired) actor.receive(what);
    return false;
  }
  void refuse(const error& why) noexcept override { answer_.fail(why); }
  const message_type* type() const noexcept override { return &message_type_of<Q>; }

 private:
  Q payload_;
  answer_to<reply_of<Q>> answer_;
};

}  // namespace troupe::actors
