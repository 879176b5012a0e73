// Two worlds in one program: a thermometer that is a CAF actor, a heating that is one of ours, and each knows the other.
#include <troupe/actors/caf.hpp>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <iostream>
#include <string>

struct heat {
  int degrees = 0;
};
struct how_warm {  // a question, to CAF a request
  using reply = int;
};
struct reading {
  int degrees = 0;
};

// CAF wants to know that these never leave the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(heat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(how_warm)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reading)

/// A CAF actor as there are many: it tells `report`, another CAF actor as far as it knows, whenever it gets warmer.
caf::behavior thermometer(caf::stateful_actor<int>* self, const caf::actor& report) {
  self->state = 15;
  return {[self, report](const heat& h) {
            if (self->state > 22) {
              self->quit(caf::make_error(caf::sec::runtime_error, "it melts"));
              return;
            }
            self->state += h.degrees;
            self->send(report, reading{self->state});
          },
          [self](how_warm) { return self->state; }};
}

/// One of ours: heats until it is told that it is warm enough.
class heating {
 public:
  using room_address = troupe::address<heat, how_warm>;
  struct begin {
    room_address room;
  };
  using receives = troupe::receives<begin, reading, troupe::down>;
  explicit heating(troupe::context& self) : self_(self) {}

  troupe::task<> operator()(begin b) {
    room_ = std::move(b.room);
    self_.monitor<heating>(room_);
    auto answer = room_.ask(how_warm{});
    const auto got = co_await answer;  // answered by CAF; no thread waits
    if (got) std::cout << "it was " << *got << " degrees" << std::endl;
    room_.send(heat{3});
  }
  void operator()(reading r) {
    std::cout << "now " << r.degrees << std::endl;
    room_.send(heat{3});
  }
  void operator()(const troupe::down& d) {
    std::cout << "the thermometer is gone: " << d.reason.text << std::endl;
    self_.stop();
  }

 private:
  troupe::context& self_;
  room_address room_;
};

int main() {
  caf::actor_system_config config;
  caf::actor_system theirs{config};  // before ours, so that it outlives it
  auto ours = troupe::actor_system::start();
  if (!ours) {
    std::cerr << ours.error().message() << '\n';
    return 1;
  }
  const auto boiler = (*ours)->spawn<heating>({.name = "heating"});
  const caf::actor report = troupe::to_caf(theirs, troupe::address<reading>(boiler));
  const caf::actor sensor = theirs.spawn(thermometer, report);
  boiler.send(heating::begin{troupe::from_caf<heat, how_warm>(**ours, sensor, {.name = "thermometer"})});
  const auto ended = (*ours)->wait_ended(boiler, troupe::deadline::after(std::chrono::seconds(30)));
  return ended && ended->how == troupe::ending::stopped ? 0 : 1;
}
