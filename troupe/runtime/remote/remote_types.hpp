// runtime/remote/remote_types.hpp - the messages of an actor as they travel between processes: by which name, of which
// shape, how they are written and how they are handed over.
// Threads: constants; their functions from any thread.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/remote_port.hpp>
#include <troupe/base/codec.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe::runtime {

/// Where the answer to a question from elsewhere goes. One of the two is called once, by any thread.
class asker {
 public:
  asker() = default;
  asker(const asker&) = delete;
  asker& operator=(const asker&) = delete;
  virtual ~asker() = default;
  virtual void answer(bytes reply) noexcept = 0;
  virtual void fail(const error& why) noexcept = 0;
};

struct remote_type {
  const actors::message_type* type = nullptr;
  bool is_question = false;
  /// "hit{url:str}", of a question with what its answer is: "ask{}>u32".
  std::string (*shape)() = nullptr;
  // On the way out.
  void (*encode)(byte_buffer& out, const void* message) = nullptr;
  std::shared_ptr<actors::answer_state> (*take_answer)(void* answer) = nullptr;  // from an answer_to
  void (*answer)(actors::answer_state& to, const bytes& reply) = nullptr;
  // On the way in. Errors: malformed, and nothing was handed over.
  result<> (*hand)(actors::behaviour& actor, actors::delivery& what, const bytes& message,
                   std::unique_ptr<asker> from) = nullptr;
};

/// Waits for the answer of an actor here, for somebody elsewhere. Owns itself until then.
template <class R>
class answer_on_its_way final : public actors::waker {
 public:
  answer_on_its_way(std::shared_ptr<actors::answer_of<R>> state, std::unique_ptr<asker> to) noexcept
      : state_(std::move(state)), to_(std::move(to)) {}
  void answered() noexcept override {
    const std::unique_ptr<answer_on_its_way> last(this);
    const auto got = state_->take();
    if (!got) return to_->fail(got.error());
    byte_buffer out;
    if constexpr (!std::is_void_v<R>) encode(out, *got);
    to_->answer(out.take());
  }

 private:
  const std::shared_ptr<actors::answer_of<R>> state_;
  const std::unique_ptr<asker> to_;
};

template <class R>
constexpr bool reply_is_portable() {
  if constexpr (std::is_void_v<R>)
    return true;
  else
    return portable<R>;
}

template <class M>
std::string remote_shape() {
  std::string text = shape_of<M>();
  if constexpr (question<M>) {
    text += '>';
    if constexpr (!std::is_void_v<reply_of<M>>) text += shape_of<reply_of<M>>();
  }
  return text;
}

template <class M>
result<> hand_over(actors::behaviour& actor, actors::delivery& what, const bytes& message,
                   std::unique_ptr<asker> from) {
  what.type = &actors::message_type_of<M>;
  auto read = decode<M>(message);
  if (!read) return tl::unexpected(std::move(read.error()));
  what.payload = &*read;
  if constexpr (question<M>) {
    using reply = reply_of<M>;
    auto state = std::make_shared<actors::answer_of<reply>>(actors::patience{});
    auto waits = std::make_unique<answer_on_its_way<reply>>(state, std::move(from));
    if (state->watch(*waits)) static_cast<void>(waits.release());
    actors::answer_to<reply> answer(std::move(state));
    what.answer = &answer;
    try {
      actor.receive(what);
    } catch (...) {
      answer.fail({errc::handler_failed, actors::current_exception_text()});
      throw;
    }
    what.answer = nullptr;
  } else {
    actor.receive(what);
  }
  return {};
}

template <class M>
constexpr remote_type make_remote_type() {
  remote_type made{
      .type = &actors::message_type_of<M>,
      .is_question = question<M>,
      .shape = remote_shape<M>,
      .encode = [](byte_buffer& out, const void* message) { encode(out, *static_cast<const M*>(message)); },
      .hand = hand_over<M>};
  if constexpr (question<M>) {
    using reply = reply_of<M>;
    made.take_answer = [](void* answer) -> std::shared_ptr<actors::answer_state> {
      return std::move(*static_cast<actors::answer_to<reply>*>(answer)).release();
    };
    made.answer = [](actors::answer_state& to, const bytes& content) {
      auto& state = static_cast<actors::answer_of<reply>&>(to);
      if constexpr (std::is_void_v<reply>)
        state.set({});
      else
        state.set(decode<reply>(content));
    };
  }
  return made;
}

template <class M>
constexpr bool is_remote_message() {
  if constexpr (question<M>)
    return portable<M> && reply_is_portable<reply_of<M>>();
  else
    return portable<M>;
}

/// The compile error of a message that cannot travel.
template <class M>
constexpr void require_remote() {
  if constexpr (!portable<M>) {
    refuse<as_sentence<[] { return internal::not_portable<M>(); }>()>();
  } else if constexpr (question<M>) {
    if constexpr (!reply_is_portable<reply_of<M>>())
      refuse<as_sentence<[] { return internal::not_portable<reply_of<M>>(); }>()>();
  }
}

template <class... Ms>
inline constexpr std::array<remote_type, sizeof...(Ms)> remote_types_of{make_remote_type<Ms>()...};

/// Those of an address, in the order of its messages; a message that is not portable does not compile.
template <class... Ms>
[[nodiscard]] std::span<const remote_type> remote_types(const address<Ms...>* /*of*/) {
  (require_remote<Ms>(), ...);
  if constexpr ((is_remote_message<Ms>() && ...))
    return remote_types_of<Ms...>;
  else
    return {};
}

/// What a stand-in for an actor elsewhere takes.
template <class... Ms>
inline constexpr actors::actor_class stand_in_for{
    "actor elsewhere", [](const actors::message_type& type) noexcept {
      return ((&type == &actors::message_type_of<Ms>) || ...) ? actors::accepts::owned : actors::accepts::no;
    }};
template <class... Ms>
[[nodiscard]] const actors::actor_class& stand_in_class(const address<Ms...>* /*of*/) noexcept {
  return stand_in_for<Ms...>;
}

}  // namespace troupe::runtime
