// error: actor \'listener\' cannot subscribe to \'news\': what is published is shown to many, so its handler has to take it as const news&
#include <troupe/actors/actor_system.hpp>

struct news {};
struct listener {
  using receives = troupe::receives<news>;
  explicit listener(troupe::context& self) { self.subscribe<listener, news>(); }
  void operator()(news) {}
};
