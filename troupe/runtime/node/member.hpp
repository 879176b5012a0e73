// runtime/node/member.hpp - one member of the plan at work: the logic behind an actor, and the actor.
// Threads: a member belongs to its actor; every function is called in that actor's turns.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/address.hpp>
#include <troupe/actors/context.hpp>
#include <troupe/runtime/node/messages.hpp>

#include <functional>
#include <memory>

namespace troupe::runtime {

/// Lets a member send itself order_kind::work after a while.
using work_later = std::function<void(nanoseconds)>;

/// A source, a stage or a sink at work. What does not concern it is ignored.
class member {
 public:
  virtual ~member() = default;
  /// Once, before all else.
  virtual void use_timer(work_later) {}
  virtual void on(arrivals) {}
  virtual void on(const answers&) {}
  virtual void on(returns) {}
  virtual void on(const consumer_news&) {}
  virtual void on(const consumer_retires&) {}
  virtual void on(const death_notice&) {}
  virtual void on(const verdict_notice&) {}
  virtual void on(const watermark_notice&) {}
  virtual void on(portions) {}
  virtual void on(const order&) {}
};

/// Lets a member send itself order_kind::work, so that its mailbox is looked at in between.
using work_again = std::function<void()>;
using make_member = std::function<std::unique_ptr<member>(work_again)>;

/// The actor around a member.
class member_actor {
 public:
  using receives = troupe::receives<arrivals, answers, returns, consumer_news, death_notice, verdict_notice,
                                    watermark_notice, portions, order, consumer_retires>;
  member_actor(context& self, const make_member& make)
      : inner_(make([own = self.address<member_actor>()] { own.send(order{order_kind::work}); })) {
    inner_->use_timer([&self](nanoseconds delay) {
      static_cast<void>(self.after<member_actor>(delay, order{order_kind::work}));
    });
  }

  void operator()(arrivals m) { inner_->on(std::move(m)); }
  void operator()(answers m) { inner_->on(m); }
  void operator()(returns m) { inner_->on(std::move(m)); }
  void operator()(consumer_news m) { inner_->on(m); }
  void operator()(consumer_retires m) { inner_->on(m); }
  void operator()(death_notice m) { inner_->on(m); }
  void operator()(verdict_notice m) { inner_->on(m); }
  void operator()(watermark_notice m) { inner_->on(m); }
  void operator()(portions m) { inner_->on(std::move(m)); }
  void operator()(order m) { inner_->on(m); }

 private:
  std::unique_ptr<member> inner_;
};

using member_address = address_of<member_actor>;

}  // namespace troupe::runtime
