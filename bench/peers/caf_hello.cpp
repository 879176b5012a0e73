// bench/peers/caf_hello.cpp - bench/micro/hello.cpp with CAF, for the row compile/hello. The headers one by one: with
// <caf/all.hpp>, as CAF's own examples do it, it compiles no faster.

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <cstdio>
#include <string>

namespace {

class greeter : public caf::event_based_actor {
 public:
  using event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](const std::string& whom) {
      std::printf("hello, %s\n", whom.c_str());
      quit();
    }};
  }
};

}  // namespace

int main() {
  caf::actor_system_config config;
  caf::actor_system system(config);
  caf::anon_send(system.spawn<greeter>(), std::string("world"));
  system.await_all_actors_done();
}
