// error: actor \'greeter\' lists \'hello\' more than once
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct greeter {
  using receives = troupe::receives<hello, hello>;
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
