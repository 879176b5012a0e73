// error: actor \'greeter\' handles \'question\' with the wrong return type
#include <troupe/actors/actor_system.hpp>

struct question {
  using reply = std::string;
};
struct greeter {
  using receives = troupe::receives<question>;
  int operator()(question) { return 1; }
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
