// error: actor \'greeter\' does not list \'tick\' in its `receives`
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct tick {};
struct greeter {
  using receives = troupe::receives<hello>;
  explicit greeter(troupe::context& self) { self.after<greeter>(std::chrono::seconds(1), tick{}); }
  void operator()(hello) {}
};
