// actors/remote_types.hpp - the messages of an actor as they travel between processes: by which name, of which shape,
// how they are written and how they are handed over; and the addresses in them.
// Threads: constants; their functions from any thread.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/remote_port.hpp>
#include <troupe/base/codec.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe::actors {

struct remote_type;

/// An address in a message that leaves, and what may be sent to it.
struct leaving_address {
  cell_ref whom;
  std::span<const remote_type> types;
};
/// In the order in which they stand in the message.
using leaving_addresses = std::vector<leaving_address>;

/// The addresses that came with a message.
class arrived_addresses {
 public:
  arrived_addresses() = default;
  arrived_addresses(const arrived_addresses&) = delete;
  arrived_addresses& operator=(const arrived_addresses&) = delete;
  virtual ~arrived_addresses() = default;
  /// The one that was written as number `index` (from 0), for messages of `types`. Empty: there is none.
  [[nodiscard]] virtual cell_ref take(std::size_t index, std::span<const remote_type> types,
                                      const actor_class& stand_in) = 0;
};

/// Where the answer to a question from elsewhere goes. One of the two is called once, by any thread.
class asker {
 public:
  asker() = default;
  asker(const asker&) = delete;
  asker& operator=(const asker&) = delete;
  virtual ~asker() = default;
  /// `rest` belongs behind `reply`, which is the callee's to use up.
  virtual void answer(byte_buffer& reply, bytes rest, const leaving_addresses& with) noexcept = 0;
  virtual void fail(const error& why) noexcept = 0;
};

struct remote_type {
  const message_type* type = nullptr;
  bool is_question = false;
  bool has_addresses = false;  // or may have
  /// "hit{url:str}", of a question with what its answer is: "ask{}>u32".
  std::string (*shape)() = nullptr;
  // On the way out. What is written is added to `out` and `with`; behind it belongs `rest`.
  void (*encode)(byte_buffer& out, const void* message, leaving_addresses& with, bytes& rest) = nullptr;
  std::shared_ptr<answer_state> (*take_answer)(void* answer) = nullptr;  // from an answer_to
  void (*answer)(answer_state& to, const bytes& reply, arrived_addresses* with) = nullptr;
  // On the way in; the message lies within `record`, `with` is null when no addresses came. Errors: malformed, and nothing
  // was handed over.
  result<> (*hand)(behaviour& actor, delivery& what, byte_view message, const bytes& record,
                   arrived_addresses* with, std::unique_ptr<asker> from) = nullptr;
};

/// While one lives, the addresses that this thread writes or reads go to or come from that list.
template <class List>
class in_transit {
 public:
  explicit in_transit(List* with) noexcept : before_(std::exchange(now, with)) {}
  in_transit(const in_transit&) = delete;
  in_transit& operator=(const in_transit&) = delete;
  ~in_transit() { now = before_; }
  [[nodiscard]] static List* list() noexcept { return now; }

 private:
  static inline constinit thread_local List* now = nullptr;
  List* const before_;
};

template <class T>
void write_message(byte_buffer& out, const T& value, leaving_addresses& with, bytes& rest) {
  if constexpr (portable<T>) {
    encode_message(out, value, rest);
  } else {
    const in_transit<leaving_addresses> adds(&with);
    encode_message(out, value, rest);
  }
}
template <class T>
result<T> read_message(byte_view from, const bytes& owner, arrived_addresses* with) {
  if constexpr (portable<T>) {
    return decode_message<T>(from, owner);
  } else {
    const in_transit<arrived_addresses> takes(with);
    return decode_message<T>(from, owner);
  }
}

/// Waits for the answer of an actor here, for somebody elsewhere. Owns itself until then.
template <class R>
class answer_on_its_way final : public waker {
 public:
  answer_on_its_way(std::shared_ptr<answer_of<R>> state, std::unique_ptr<asker> to) noexcept
      : state_(std::move(state)), to_(std::move(to)) {}
  void answered() noexcept override {
    const std::unique_ptr<answer_on_its_way> last(this);
    const auto got = state_->take();
    if (!got) return to_->fail(got.error());
    byte_buffer out;
    leaving_addresses with;
    bytes rest;
    if constexpr (!std::is_void_v<R>) write_message(out, *got, with, rest);
    to_->answer(out, std::move(rest), with);
  }

 private:
  const std::shared_ptr<answer_of<R>> state_;
  const std::unique_ptr<asker> to_;
};

template <class R>
constexpr bool reply_is_portable() {
  if constexpr (std::is_void_v<R>)
    return true;
  else
    return portable_message<R>;
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
result<> hand_over(behaviour& actor, delivery& what, byte_view message, const bytes& record,
                   arrived_addresses* with, std::unique_ptr<asker> from) {
  what.type = &message_type_of<M>;
  auto read = read_message<M>(message, record, with);
  if (!read) return tl::unexpected(std::move(read.error()));
  what.payload = &*read;
  if constexpr (question<M>) {
    using reply = reply_of<M>;
    auto state = std::make_shared<answer_of<reply>>(patience{});
    auto waits = std::make_unique<answer_on_its_way<reply>>(state, std::move(from));
    if (state->watch(*waits)) static_cast<void>(waits.release());
    answer_to<reply> answer(std::move(state));
    what.answer = &answer;
    try {
      actor.receive(what);
    } catch (...) {
      answer.fail({errc::handler_failed, current_exception_text()});
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
      .type = &message_type_of<M>,
      .is_question = question<M>,
      .has_addresses = !portable<M>,
      .shape = remote_shape<M>,
      .encode = [](byte_buffer& out, const void* message, leaving_addresses& with,
                   bytes& rest) { write_message(out, *static_cast<const M*>(message), with, rest); },
      .hand = hand_over<M>};
  if constexpr (question<M>) {
    using reply = reply_of<M>;
    made.take_answer = [](void* answer) -> std::shared_ptr<answer_state> {
      return std::move(*static_cast<answer_to<reply>*>(answer)).release();
    };
    made.answer = [](answer_state& to, const bytes& content, arrived_addresses* with) {
      auto& state = static_cast<answer_of<reply>&>(to);
      if constexpr (std::is_void_v<reply>)
        state.set({});
      else
        state.set(read_message<reply>(content.view(), content, with));
    };
  }
  return made;
}

template <class M>
constexpr bool is_remote_message() {
  if constexpr (question<M>)
    return portable_message<M> && reply_is_portable<reply_of<M>>();
  else
    return portable_message<M>;
}

/// The compile error of a message that cannot travel.
template <class M>
constexpr void require_remote() {
  if constexpr (!portable_message<M>) {
    refuse<as_sentence<[] { return internal::not_portable_message<M>(); }>()>();
  } else if constexpr (question<M>) {
    if constexpr (!reply_is_portable<reply_of<M>>())
      refuse<as_sentence<[] { return internal::not_portable_message<reply_of<M>>(); }>()>();
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
inline constexpr actor_class stand_in_for{"actor elsewhere", [](const message_type& type) noexcept {
                                            return ((&type == &message_type_of<Ms>) || ...) ? accepts::owned
                                                                                            : accepts::no;
                                          }};
/// The same of one that is supervised here.
template <class... Ms>
inline constexpr actor_class supervised_stand_in_for{stand_in_for<Ms...>.name, stand_in_for<Ms...>.takes,
                                                     false, true};
template <class... Ms>
[[nodiscard]] const actor_class& supervised_stand_in_class(const address<Ms...>* /*of*/) noexcept {
  return supervised_stand_in_for<Ms...>;
}
template <class... Ms>
[[nodiscard]] const actor_class& stand_in_class(const address<Ms...>* /*of*/) noexcept {
  return stand_in_for<Ms...>;
}

}  // namespace troupe::actors

namespace troupe {

template <class... Ms>
std::uint32_t representation<address<Ms...>>::of(const address<Ms...>& value) {
  const auto& cell = actors::address_access::cell(value);
  if (!cell) return 0;
  auto& with = *actors::in_transit<actors::leaving_addresses>::list();
  with.push_back({cell, actors::remote_types(&value)});
  return static_cast<std::uint32_t>(with.size());
}

template <class... Ms>
bool representation<address<Ms...>>::restore(std::uint32_t written, address<Ms...>& value) {
  value = {};
  if (written == 0) return true;
  auto* const with = actors::in_transit<actors::arrived_addresses>::list();
  if (with == nullptr) return false;
  auto cell = with->take(written - 1, actors::remote_types(&value), actors::stand_in_class(&value));
  if (!cell) return false;
  value = actors::address_access::make<address<Ms...>>(std::move(cell));
  return true;
}

template <class... Ms>
void representation<address<Ms...>>::append_shape(std::string& out) {
  out += "address<";
  [[maybe_unused]] bool first = true;
  ((out += std::exchange(first, false) ? "" : ",", out += type_name<Ms>()), ...);
  out += '>';
}

}  // namespace troupe
