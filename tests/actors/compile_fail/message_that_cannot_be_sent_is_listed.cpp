// error: message \'hello\' cannot be sent: its field \'who\' is a raw pointer
#include <troupe/actors/actor_system.hpp>

struct hello {
  char* who = nullptr;
};
struct greeter {
  using receives = troupe::receives<hello>;
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
