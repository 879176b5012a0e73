// error: actor \'greeter\' lists \'question\' in its `receives` but has no operator()
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct question {};
struct greeter {
  using receives = troupe::receives<hello, question>;
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
