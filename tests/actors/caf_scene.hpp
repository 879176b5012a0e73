// tests/actors/caf_scene.hpp - real CAF actors and their messages, for the tests of both directions.
// Threads: a scene belongs to the test; CAF's and our threads run the actors.
#pragma once
#include "probe.hpp"

#include <troupe/actors/caf.hpp>
#include <troupe/base/log.hpp>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace caf_test {

struct deliver {
  std::string item;
  int count = 0;
};
struct stock {
  int left = 0;
};
struct buy {
  std::string item;
  using reply = stock;
};
struct clear {
  using reply = void;
};
struct fail_now {};
struct stop_now {};
struct unknown {};

/// Counts how often it is copied.
struct counted {
  counted() = default;
  counted(const counted& other) : copies(other.copies + 1) {}
  counted(counted&&) noexcept = default;
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) noexcept = default;
  int copies = 0;
};

}  // namespace caf_test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::stock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::buy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::clear)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::fail_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::stop_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::unknown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(caf_test::counted)

namespace caf_test {

struct quiet : caf::actor_system_config {
  quiet() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2U);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// CAF's system outlives ours.
struct scene {
  quiet config;
  caf::actor_system there{config};
  std::string said;
  std::mutex mutex;
  troupe::logger log =
      troupe::logger::make({.colour = troupe::log_colour::never, .write = [this](std::string_view line) {
                              const std::lock_guard lock(mutex);
                              said += line;
                            }});
  std::unique_ptr<troupe::actor_system> here =
      std::move(*troupe::actor_system::start({.threads = 2, .log = log}));

  ~scene() {
    here.reset();
    there.await_all_actors_done();
  }
};

using answering = caf::result<stock>;

/// What a CAF actor of the tests does; its functions run in its turns. One class for all of them: CAF's templates take the
/// compiler long.
struct script {
  std::function<void(caf::event_based_actor*)> begin;
  std::function<answering(caf::event_based_actor*, const buy&)> sell;
  std::function<void(int copies)> count_copies;
};

inline caf::behavior play(caf::event_based_actor* self, const script& does, int left) {
  const auto count = std::make_shared<int>(left);
  self->set_default_handler(caf::drop);
  if (does.begin) does.begin(self);
  return {[count](const deliver& d) { *count += d.count; },
          [self, does, count](const buy& question) -> answering {
            if (does.sell) return does.sell(self, question);
            if (*count == 0) return caf::make_error(caf::sec::invalid_argument, "sold out");
            return stock{--*count};
          },
          [count](clear) { *count = 0; },
          [self](fail_now) { self->quit(caf::make_error(caf::sec::runtime_error, "no more paper")); },
          [self](stop_now) { self->quit(); },
          [self, does](const counted& c) {
            does.count_copies(c.copies);
            self->quit();
          }};
}

inline caf::actor spawn_shop(scene& s, int left, script does = {}) {
  return s.there.spawn(play, std::move(does), left);
}

/// What a CAF actor answers to a request: a value, or an error.
template <class R, class Q>
struct answer_in_caf {
  std::optional<R> value;
  caf::error why;
  answer_in_caf(const caf::scoped_actor& self, const caf::actor& whom, Q question) {
    self->request(whom, caf::infinite, std::move(question))
        .receive([this](R got) { value = std::move(got); },
                 [this](caf::error& error) { why = std::move(error); });
  }
};
using stock_in_caf = answer_in_caf<stock, buy>;

using shop_address = troupe::address<deliver, buy, clear, fail_now, stop_now>;
inline shop_address among_us(scene& s, const caf::actor& whom, troupe::spawn_options options = {}) {
  return troupe::from_caf<deliver, buy, clear, fail_now, stop_now>(*s.here, whom, std::move(options));
}

}  // namespace caf_test
