// actors/caf.hpp - joins actors of the C++ Actor Framework with ours, in both directions. Include it only where both are:
// it shows CAF's headers; link CAF beside troupe::actors.
// Threads: any; what comes from CAF comes on CAF's threads, which are never blocked.
// Source: CAF 0.17.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/internal/actor_of.hpp>
#include <troupe/actors/internal/caf_port.hpp>
#include <troupe/actors/internal/finding.hpp>
#include <troupe/actors/internal/words.hpp>
#include <troupe/base/refuse.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/detail/type_traits.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

#include <concepts>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe {

namespace actors {

/// CAF copies a message that several hold, and wants to know that it may.
template <class M>
concept caf_takes = std::copy_constructible<M> && caf::is_serializable_or_whitelisted<M>::value;

template <class M>
constexpr bool caf_carries() {
  if constexpr (!caf_takes<M>)
    return false;
  else if constexpr (question<M>)
    return std::is_void_v<reply_of<M>> || caf_takes<reply_of<M>>;
  else
    return true;
}

template <class M>
constexpr compile_time_text why_not_carried() {
  using type = typename decltype([] {
    if constexpr (caf_takes<M> && question<M>)
      return std::type_identity<reply_of<M>>();
    else
      return std::type_identity<M>();
  }())::type;
  if constexpr (!std::copy_constructible<type>)
    return words("troupe: '", type_name<type>(),
                 "' cannot go through CAF, whose messages are copied: it cannot be");
  else
    return words("troupe: '", type_name<type>(),
                 "' cannot go through CAF before that knows it: write "
                 "CAF_ALLOW_UNSAFE_MESSAGE_TYPE(",
                 type_name<type>(), ") or an inspect() for it");
}

/// The compile error of an M that CAF cannot carry.
template <class M>
void require_carried() {
  if constexpr (!caf_carries<M>()) refuse<as_sentence<why_not_carried<M>>()>();
}

/// A message on its way from CAF to one of our actors.
template <class M>
struct from_caf_message {
  M message;
  caf_reply reply;
};

template <class M>
bool take_one(const cell_ref& gate, caf::message& content, caf_reply& reply) {
  if (!content.match_elements<M>()) return false;
  using carried = from_caf_message<M>;
  // Never waits: the gate's mailbox has no bound, as CAF's have none. When it has ended the reply says so.
  static_cast<void>(send(gate,
                         std::make_unique<message_node<carried>>(
                             carried{std::move(content.get_mutable_as<M>(0)), std::move(reply)}),
                         default_patience));
  return true;
}

/// Stands before one of our actors and gives it what comes from CAF: by its rules, so that a full mailbox holds up the
/// gate and not CAF.
template <class... Ms>
class caf_gate {
 public:
  static constexpr bool reentrant = true;
  using receives = troupe::receives<down, from_caf_message<Ms>...>;

  caf_gate(context& self, address<Ms...> whom, caf::actor_addr port, nanoseconds patience)
      : self_(self), whom_(std::move(whom)), port_(std::move(port)), patience_(patience) {
    self.monitor<caf_gate>(whom_);
  }

  void operator()(down news) {
    close_gate_port(port_, news.reason);
    self_.stop();
  }
  template <class M>
  requires(!question<M>) void operator()(from_caf_message<M> m) {
    const auto sent = whom_.send(std::move(m.message));
    if (!m.reply.is_wanted()) return;
    if (sent)
      m.reply.give(caf::make_message());
    else
      m.reply.fail(error_for_caf(sent.error()));
  }
  template <question Q>
  task<> operator()(from_caf_message<Q> m) {
    if (!m.reply.is_wanted()) {
      whom_.send(std::move(m.message));
      co_return;
    }
    auto answer = whom_.ask(std::move(m.message), patience_);
    auto got = co_await answer;
    if (!got)
      m.reply.fail(error_for_caf(got.error()));
    else if constexpr (std::is_void_v<reply_of<Q>>)
      m.reply.give(caf::make_message());
    else
      m.reply.give(caf::make_message(std::move(*got)));
  }

 private:
  context& self_;
  const address<Ms...> whom_;
  const caf::actor_addr port_;  // weak: the port lives as long as CAF holds it
  const nanoseconds patience_;
};

template <class R>
class caf_question_of final : public caf_question {
 public:
  explicit caf_question_of(promise<R> duty) noexcept : duty_(std::move(duty)) {}
  bool answer(caf::message& content) override {
    if constexpr (std::is_void_v<R>) {
      if (!content.empty()) return false;
      duty_.set({});
    } else {
      if (!content.match_elements<R>()) return false;
      duty_.set(std::move(content.get_mutable_as<R>(0)));
    }
    return true;
  }
  void fail(error why) override { duty_.fail(std::move(why)); }
  [[nodiscard]] bool is_wanted() const noexcept override { return duty_.wanted(); }

 private:
  promise<R> duty_;
};

/// A CAF actor among ours.
template <class... Ms>
class caf_guest {
 public:
  using receives = troupe::receives<Ms..., caf_gone>;
  caf_guest(caf::actor whom, caf_guest_ref port) : whom_(std::move(whom)), port_(std::move(port)) {}

  void operator()(caf_gone news) { end_current(std::move(news.reason)); }
  template <class M>
  requires(one_of<M, Ms...> && !question<M>) void operator()(M message) {
    if (port_->bury_if_gone(message_type_of<M>)) return;
    whom_->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::move(message)), nullptr);
  }
  template <question Q>
  requires(one_of<Q, Ms...>) void operator()(Q message, promise<reply_of<Q>> duty) {
    port_->ask(caf::make_message(std::move(message)),
               std::make_unique<caf_question_of<reply_of<Q>>>(std::move(duty)));
  }

 private:
  const caf::actor whom_;
  const caf_guest_ref port_;
};

template <class... Ms>
class caf_guest_maker final : public maker {
 public:
  explicit caf_guest_maker(caf::actor whom) : whom_(std::move(whom)), port_(whom_) {}
  std::unique_ptr<behaviour> make(context& /*self*/) override {
    port_->watch_for_current();
    return std::make_unique<actor_of<caf_guest<Ms...>>>(whom_, port_);
  }
  [[nodiscard]] const actor_class& what() const noexcept override { return class_of<caf_guest<Ms...>>; }
  void ended(const end_reason& why) noexcept override { port_->leave(why); }

 private:
  const caf::actor whom_;
  const caf_guest_ref port_;
};

}  // namespace actors

/// Signed: a reply in CAF may be given by any thread.
template <class M>
inline constexpr bool sendable_v<actors::from_caf_message<M>> = true;

/// A CAF actor as an address: `auto shop = troupe::from_caf<deliver, buy>(system, handle);`. What is sent goes into its
/// mailbox, in order, moved; a question is a request, its answer the reply (a message whose only element is one, or an
/// empty one for void). Errors of CAF come as handler_failed with their text, a receiver that is down as closed.
/// When the CAF actor ends, so does the address: monitors and links hear normal and user_shutdown as stopped, kill as
/// killed, the rest as failed with CAF's text. stop() sends user_shutdown behind what was sent before, kill() and a link
/// send kill. When the address is given up, the CAF actor loses one reference and hears nothing.
/// The mailbox of the CAF actor has no bound; that of `options` holds for what waits on the way. What is left in CAF's
/// mailbox when its actor ends is counted by nobody. The CAF system must outlive ours: it waits, without a word, for
/// actors that addresses hold. Each M, and its reply, must be copyable and known to CAF (CAF_ALLOW_UNSAFE_MESSAGE_TYPE).
template <class... Ms>
address<Ms...> from_caf(actor_system& system, caf::actor whom, spawn_options options = {}) {
  if constexpr ((actors::caf_carries<Ms>() && ...)) {
    if (!whom) throw std::invalid_argument("make an address of an empty CAF actor");
    return actors::address_access::make<address<Ms...>>(actors::spawn_guest(
        system, std::move(options), std::make_unique<actors::caf_guest_maker<Ms...>>(std::move(whom))));
  } else {
    (actors::require_carried<Ms>(), ...);
    return {};
  }
}

/// An address in CAF: `caf::actor shop = troupe::to_caf(caf_system, address);`. It takes its messages, each as the only
/// element; a request with a question is asked with `patience` and answered with the reply, an error with one of CAF
/// (sec::request_receiver_down, request_timeout, runtime_error with our text), at once when the mailbox is full, as ask()
/// is; one with a plain message is answered when that has been sent. Other requests: sec::unexpected_message;
/// other messages: a line in the log of the actor's system. A full mailbox holds up nobody in CAF: messages wait in order
/// in a gate without bound (but send() through an address in a CAF actor may block its thread, as any plain one). Each
/// call makes a CAF actor of its own, with its own order: none with another handle, nor with what a monitor says, so that
/// the news of a CAF actor's end may come before its last messages that took this way.
/// Monitors and links in CAF hear of the actor's end: stopped as normal, killed as kill, failed as sec::runtime_error with
/// the text. Exit messages reach the actor: user_shutdown stops it, others but normal kill it. The handle keeps the actor
/// reachable. Our system must outlive the handle, and CAF's the answers.
template <class... Ms>
caf::actor to_caf(caf::actor_system& system, address<Ms...> whom,
                  nanoseconds patience = actors::default_patience) {
  if constexpr ((actors::caf_carries<Ms>() && ...)) {
    const auto& cell = actors::address_access::cell(whom);
    if (!cell) throw std::invalid_argument("make a CAF actor of an empty address");
    auto port = actors::make_gate_port(
        system, cell, [](const actors::cell_ref& gate, caf::message& content, actors::caf_reply& reply) {
          return (actors::take_one<Ms>(gate, content, reply) || ...);
        });
    const auto gate = actors::system_behind(*cell.get())
                          .template spawn<actors::caf_gate<Ms...>>(
                              {.name = "gate of " + std::string(whom.name()), .mailbox = {.capacity = 0}},
                              std::move(whom), port.address(), patience);
    actors::open_gate_port(port, actors::address_access::cell(gate));
    return port;
  } else {
    (actors::require_carried<Ms>(), ...);
    return {};
  }
}

}  // namespace troupe
