// error: actor \'greeter\' does not list \'down\' in its `receives`
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct greeter {
  using receives = troupe::receives<hello>;
  greeter(troupe::context& self, troupe::address<hello> other) { self.monitor<greeter>(other); }
  void operator()(hello) {}
};
