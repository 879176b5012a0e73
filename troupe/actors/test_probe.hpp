// actors/test_probe.hpp - an actor that a test plays: it takes what comes and lets the test look at it.
// Threads: one, that of its test_system.
// Source: Akka's TestProbe.
#pragma once
#include <troupe/actors/address.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/actors/test_system.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/reflect.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace troupe {

/// A question that came to a probe; the test answers it, or drops it, which is an answer, too.
template <question Q>
struct asked {
  Q message;
  promise<reply_of<Q>> answer;
};

namespace actors {

template <class M>
struct probed {
  using type = M;
};
template <question Q>
struct probed<Q> {
  using type = asked<Q>;
};
/// What a test gets for an M: itself, or the question with the duty to answer it.
template <class M>
using probed_as = typename probed<M>::type;

template <class... Ms>
class probe_actor {
 public:
  using receives = troupe::receives<Ms...>;
  using queue = std::deque<std::variant<probed_as<Ms>...>>;
  explicit probe_actor(std::shared_ptr<queue> came) : came_(std::move(came)) {}

  template <class M>
  requires(one_of<M, Ms...> && !question<M>) void operator()(M message) {
    came_->emplace_back(std::in_place_type<M>, std::move(message));
  }
  template <question Q>
  requires(one_of<Q, Ms...>) void operator()(Q message, promise<reply_of<Q>> duty) {
    came_->emplace_back(std::in_place_type<asked<Q>>, asked<Q>{std::move(message), std::move(duty)});
  }

 private:
  const std::shared_ptr<queue> came_;
};

}  // namespace actors

/// Stands for an actor that the one under test talks to:
///
///     troupe::test_probe<buy, sold_out> shop(stage);
///     auto buyer = stage.spawn<class buyer>({}, shop.address());
///     buyer.send(tick{});
///     auto question = shop.expect<buy>();
///     ASSERT_TRUE(question) << question.error().message();
///     question->answer.set(std::nullopt);
///     EXPECT_TRUE(shop.is_silent(1min));
///
/// Messages are kept in the order in which they came until they are expected. The system must outlive it.
template <class... Ms>
class test_probe {
 public:
  explicit test_probe(test_system& stage,
                      spawn_options options = {.name = "probe", .mailbox = {.capacity = 0}})
      : stage_(stage), address_(stage.spawn<actors::probe_actor<Ms...>>(std::move(options), came_)) {}

  [[nodiscard]] const troupe::address<Ms...>& address() const noexcept { return address_; }
  /// Messages that came and have not been expected.
  [[nodiscard]] std::size_t waiting() const noexcept { return came_->size(); }

  /// The next message, which must be an M (a question comes as asked<M>). If there is none yet, the system goes on until
  /// one comes, and its clock up to `patience`. Errors: timed_out, wrong_kind when another one is next (it stays).
  template <class M>
  [[nodiscard]] result<actors::probed_as<M>> expect(nanoseconds patience = std::chrono::seconds(1)) {
    static_assert(actors::one_of<M, Ms...>, "this probe does not receive that");
    if (!run_until_one(patience))
      return fail(errc::timed_out, "expect '" + std::string(type_name<M>()) + "': nothing came");
    auto& next = came_->front();
    auto* const found = std::get_if<actors::probed_as<M>>(&next);
    if (found == nullptr)
      return fail(errc::wrong_kind,
                  "expect '" + std::string(type_name<M>()) + "': '" + name_of_next() + "' came");
    auto taken = std::move(*found);
    came_->pop_front();
    return taken;
  }
  /// Nothing is waiting, and nothing comes while `time` passes.
  [[nodiscard]] bool is_silent(nanoseconds time) {
    stage_.advance(time);
    return came_->empty();
  }

 private:
  bool run_until_one(nanoseconds patience) {
    return stage_.run_until([this] { return !came_->empty(); }, patience);
  }
  [[nodiscard]] std::string name_of_next() const {
    constexpr std::string_view names[] = {type_name<Ms>()...};
    return std::string(names[came_->front().index()]);
  }

  using actor = actors::probe_actor<Ms...>;
  test_system& stage_;
  const std::shared_ptr<typename actor::queue> came_ = std::make_shared<typename actor::queue>();
  const troupe::address<Ms...> address_;
};

}  // namespace troupe
