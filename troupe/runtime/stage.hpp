// runtime/stage.hpp - how a function or a class becomes a stage: its types, and calls on bytes.
// Threads: definitions are read-only after registration; one stage_body belongs to one actor.
// Source: docs/decisions/0003-stages-work-on-bytes.md.
#pragma once
#include <troupe/base/codec.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/job.hpp>
#include <troupe/runtime/message_type.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace troupe {

/// Takes the outputs of one call or of finish(): out(value). Valid during that call only; until it returns
/// they stay in memory.
template <class T>
class emitter {
 public:
  explicit emitter(std::vector<bytes>& into) : into_(&into) {}
  void operator()(const T& value) {
    byte_buffer encoded;
    encode(encoded, value);
    into_->push_back(encoded.take());
  }

 private:
  std::vector<bytes>* into_;
};

namespace runtime {

/// One instance of a stage's code. Every function calls user code: what it throws comes back as
/// errc::handler_failed. Two other errors are no fault of the code's: peer_lost, what it worked with has died (an
/// external program): a crash; cancelled, somebody has killed that: an operator's kill.
class stage_body {
 public:
  virtual ~stage_body() = default;
  /// Before the first call: where its calls may say what they wait for, a waiting_for of delivery/running_page.hpp.
  virtual void show_waiting(std::atomic<std::uint32_t>& /*where*/) {}
  /// Outputs are appended in order; on failure what was appended is not to be used.
  virtual result<void> call(const bytes& input, const job& about, std::vector<bytes>& outputs) = 0;
  /// Of a stage with state, once, after its last input.
  virtual result<void> finish(std::vector<bytes>& outputs) = 0;
  /// Of a stage whose class has state(): what that gives, encoded; and that again, in a new body.
  virtual result<bytes> save() { return fail(errc::unsupported, "it has no state() to keep"); }
  virtual result<void> restore(const bytes& /*saved*/) {
    return fail(errc::unsupported, "it has no state()");
  }
};

/// What app.stage() registers.
struct stage_definition {
  std::string name;
  bool keeps_state = false;  // the class has finish() or state()
  std::string state_shape;   // canonical, of what state() gives; empty: there is none, so nothing can be kept
  message_type in;
  std::optional<message_type> out;           // empty: returns void and has no finish(emitter)
  std::optional<std::string> element_shape;  // of T, when the input is vector<T>
  std::function<result<std::unique_ptr<stage_body>>()> make;
  /// The single items of a batch (vector<T> or lines), each encoded as the same input type with one element.
  std::function<result<std::vector<bytes>>(const bytes& batch)> split;
};

namespace detail {

/// The parameters of a stage's function: its item, perhaps what is known about it.
template <class R, class... As>
struct signature;
template <class R, class A>
struct signature<R, A> {
  using out = R;
  using in = std::remove_cvref_t<A>;
  static constexpr bool wants_job = false;
};
template <class R, class A>
struct signature<R, A, const job&> : signature<R, A> {
  static constexpr bool wants_job = true;
};

template <class T>
struct callable : callable<decltype(&T::operator())> {};
template <class R, class... As>
struct callable<R (*)(As...)> : signature<R, As...> {};
template <class R, class... As>
struct callable<R(As...)> : signature<R, As...> {};
template <class R, class... As>
struct callable<R (*)(As...) noexcept> : signature<R, As...> {};
template <class C, class R, class... As>
struct callable<R (C::*)(As...)> : signature<R, As...> {};
template <class C, class R, class... As>
struct callable<R (C::*)(As...) const> : signature<R, As...> {};
template <class C, class R, class... As>
struct callable<R (C::*)(As...) noexcept> : signature<R, As...> {};
template <class C, class R, class... As>
struct callable<R (C::*)(As...) const noexcept> : signature<R, As...> {};

template <class F>
struct finish_of;
template <class C, class T>
struct finish_of<void (C::*)(emitter<T>&)> {
  using out = T;
};
template <class C, class T>
struct finish_of<void (C::*)(emitter<T>&) noexcept> : finish_of<void (C::*)(emitter<T>&)> {};

template <class T>
concept has_finish = requires {
  &T::finish;
};
template <class T>
concept has_state = requires(T& t) {
  t.state();
};

template <class T>
struct unwrap {
  using type = T;
};
template <class T>
struct unwrap<std::optional<T>> {
  using type = T;
};
template <class T, class A>
struct unwrap<std::vector<T, A>> {
  using type = T;
};

/// The item type that a stage gives: of its call, or else of its finish.
template <class T>
constexpr auto output_of() {
  using returned = typename callable<T>::out;
  if constexpr (!std::is_void_v<returned>)
    return std::type_identity<typename unwrap<returned>::type>{};
  else if constexpr (has_finish<T>)
    return std::type_identity<typename finish_of<decltype(&T::finish)>::out>{};
  else
    return std::type_identity<void>{};
}

template <class T>
using state_of = std::remove_cvref_t<decltype(std::declval<T&>().state())>;

template <class T>
struct is_vector : std::false_type {};
template <class T, class A>
struct is_vector<std::vector<T, A>> : std::true_type {};

/// "std::runtime_error" from a mangled name.
std::string readable_name(const std::type_info& type);

/// Runs user code; whatever it throws becomes a value.
template <class F>
result<void> guarded(F&& f) {
  try {
    f();
    return {};
  } catch (const std::exception& e) {
    return fail(errc::handler_failed, std::string("threw ") + readable_name(typeid(e)) + ": " + e.what());
  } catch (...) {
    return fail(errc::handler_failed, "threw something that is not a std::exception");
  }
}

template <class Out, class Returned>
void emit_returned(emitter<Out>& out, Returned&& value) {
  using type = std::remove_cvref_t<Returned>;
  if constexpr (std::is_same_v<type, std::optional<Out>>) {
    if (value) out(*value);
  } else if constexpr (is_vector<type>::value) {
    for (const auto& each : value) out(each);
  } else {
    out(value);
  }
}

template <class T, class Code>
class typed_body final : public stage_body {
 public:
  using in = typename callable<Code>::in;
  using out = typename decltype(output_of<Code>())::type;
  explicit typed_body(T code) : code_(std::move(code)) {}

  result<void> call(const bytes& input, const job& about, std::vector<bytes>& outputs) override {
    auto value = decode<in>(input);
    if (!value) return tl::unexpected(within("decoding the input", value.error()));
    return guarded([&] {
      if constexpr (std::is_void_v<typename callable<Code>::out>) {
        work(std::move(*value), about);
      } else {
        emitter<out> emit(outputs);
        emit_returned(emit, work(std::move(*value), about));
      }
    });
  }
  result<void> finish([[maybe_unused]] std::vector<bytes>& outputs) override {
    if constexpr (has_finish<Code>) {
      return guarded([&] {
        emitter<out> emit(outputs);
        code_->finish(emit);
      });
    }
    return {};
  }
  result<bytes> save() override {
    if constexpr (has_state<Code>) {
      byte_buffer encoded;
      auto done = guarded([&] { encode(encoded, static_cast<const state_of<Code>&>(code_->state())); });
      if (!done) return tl::unexpected(done.error());
      return encoded.take();
    } else {
      return stage_body::save();
    }
  }
  result<void> restore(const bytes& saved) override {
    if constexpr (has_state<Code>) {
      auto state = decode<state_of<Code>>(saved);
      if (!state) return tl::unexpected(state.error());
      return guarded([&] { code_->state() = std::move(*state); });
    } else {
      return stage_body::restore(saved);
    }
  }

 private:
  decltype(auto) work(in&& value, [[maybe_unused]] const job& about) {
    if constexpr (callable<Code>::wants_job)
      return (*code_)(std::move(value), about);
    else
      return (*code_)(std::move(value));
  }

  T code_;  // a pointer to the function, or unique_ptr to the object
};

result<std::vector<bytes>> split_lines(const bytes& batch);

template <class In>
void describe_batch(stage_definition& d) {
  if constexpr (std::is_same_v<In, lines>) {
    d.split = split_lines;
  } else if constexpr (is_vector<In>::value) {
    d.element_shape = shape_of<typename In::value_type>();
    d.split = [](const bytes& batch) -> result<std::vector<bytes>> {
      auto all = decode<In>(batch);
      if (!all) return tl::unexpected(all.error());
      std::vector<bytes> parts;
      for (auto& element : *all) {
        In one;
        one.push_back(std::move(element));
        byte_buffer encoded;
        encode(encoded, one);
        parts.push_back(encoded.take());
      }
      return parts;
    };
  }
}

template <class Code, class Make>
stage_definition define(std::string name, bool keeps_state, Make make) {
  using in = typename callable<Code>::in;
  using out = typename decltype(output_of<Code>())::type;
  static_assert(portable<in>, "the stage's input cannot travel between processes");
  stage_definition d;
  d.name = std::move(name);
  d.keeps_state = keeps_state;
  if constexpr (has_state<Code>) {
    static_assert(portable<state_of<Code>>, "what state() gives cannot be kept in a checkpoint");
    d.state_shape = shape_of<state_of<Code>>();
  }
  d.in = describe_message<in>();
  if constexpr (!std::is_void_v<out>) {
    static_assert(portable<out>, "the stage's output cannot travel between processes");
    d.out = describe_message<out>();
  }
  describe_batch<in>(d);
  d.make = [make]() -> result<std::unique_ptr<stage_body>> {
    std::unique_ptr<stage_body> body;
    auto made = guarded([&] { body = make(); });
    if (!made) return tl::unexpected(made.error());
    return body;
  };
  return d;
}

}  // namespace detail

/// What a stage's function or class takes, and what it returns.
template <class F>
using stage_input = typename detail::callable<std::decay_t<F>>::in;
template <class F>
using stage_result = std::remove_cvref_t<typename detail::callable<std::decay_t<F>>::out>;

/// The shape of what a function returns: that of the handshake.
template <class Returned>
[[nodiscard]] std::string result_shape() {
  if constexpr (std::is_void_v<Returned>)
    return "void";
  else
    return shape_of<Returned>();
}

/// A stage from a function (or a lambda without captures worth keeping): Out f(In).
template <class F>
stage_definition define_stage(std::string name, F function) {
  using code = std::decay_t<F>;
  return detail::define<code>(std::move(name), false, [function]() -> std::unique_ptr<stage_body> {
    auto held = std::make_shared<code>(function);
    return std::make_unique<detail::typed_body<std::shared_ptr<code>, code>>(std::move(held));
  });
}

/// A stage from a class: one object per worker, constructed there.
template <class T>
stage_definition define_stage(std::string name) {
  return detail::define<T>(
      std::move(name), detail::has_finish<T> || detail::has_state<T>, []() -> std::unique_ptr<stage_body> {
        return std::make_unique<detail::typed_body<std::unique_ptr<T>, T>>(std::make_unique<T>());
      });
}

}  // namespace runtime
}  // namespace troupe
