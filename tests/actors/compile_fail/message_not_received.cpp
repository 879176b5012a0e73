// error: message \'question\' is not among those that this address takes
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct question {};

void wrong(const troupe::address<hello>& to) {
  to.send(question{});
}
