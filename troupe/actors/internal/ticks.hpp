// actors/internal/ticks.hpp - the messages of a timer that fires again and again.
// Threads: the timer's thread makes nodes, the receiver's turn makes the messages.
#pragma once
#include <troupe/actors/internal/node.hpp>

#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

namespace troupe::actors {

/// What a tick is made from: a function that returns the message, or a message to copy.
template <class Make, bool IsFunction = std::is_invocable_v<Make&>>
struct tick_of {
  using type = std::invoke_result_t<Make&>;
};
template <class Make>
struct tick_of<Make, false> {
  using type = Make;
};

/// The ticks of one timer. At most one of them is in the mailbox: an actor that is slower than its timer misses ticks
/// and is not buried by them.
class ticks {
 public:
  ticks() = default;
  ticks(const ticks&) = delete;
  ticks& operator=(const ticks&) = delete;
  virtual ~ticks() = default;
  /// Null while the last one has not been handled.
  [[nodiscard]] virtual std::unique_ptr<node> next(const std::shared_ptr<ticks>& self) = 0;
};

template <class Make>
class ticks_of final : public ticks {
 public:
  using message = typename tick_of<Make>::type;
  explicit ticks_of(Make&& make) : make_(std::move(make)) {}

  std::unique_ptr<node> next(const std::shared_ptr<ticks>& self) override {
    if (pending_.exchange(true, std::memory_order_acq_rel)) return nullptr;
    return std::make_unique<tick>(std::static_pointer_cast<ticks_of>(self));
  }

 private:
  class tick final : public node {
   public:
    explicit tick(std::shared_ptr<ticks_of> of) noexcept : of_(std::move(of)) {}
    ~tick() override {
      if (of_ != nullptr) of_->pending_.store(false, std::memory_order_release);
    }
    bool visit(behaviour& actor, delivery& what) override {
      what.type = &message_type_of<message>;
      const auto of = std::exchange(of_, nullptr);
      of->pending_.store(false, std::memory_order_release);
      message payload = of->make();
      what.payload = &payload;
      actor.receive(what);
      return false;
    }
    [[nodiscard]] bool droppable() const noexcept override { return false; }

   private:
    std::shared_ptr<ticks_of> of_;
  };

  message make() {
    if constexpr (std::is_invocable_v<Make&>)
      return make_();
    else
      return make_;
  }

  Make make_;
  std::atomic<bool> pending_ = false;
};

}  // namespace troupe::actors
