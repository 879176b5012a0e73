// error: actor \'greeter\' has no constructor for the arguments given to spawn
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct greeter {
  using receives = troupe::receives<hello>;
  greeter(troupe::context&, int) {}
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>({}, std::string("seven"));
}
