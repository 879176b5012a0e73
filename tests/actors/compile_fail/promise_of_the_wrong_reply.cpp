// error: actor \'clerk\' lists \'buy\' in its `receives` but has no operator() that takes it by value
#include <troupe/actors/actor_system.hpp>

struct buy {
  using reply = int;
};
struct clerk {
  using receives = troupe::receives<buy>;
  void operator()(buy, troupe::promise<long>) {}
};
void start(troupe::actor_system& system) {
  system.spawn<clerk>();
}
