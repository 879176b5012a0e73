// error: message \'hello\' is no question (it has no `reply`): use send
#include <troupe/actors/actor_system.hpp>

struct hello {};

void wrong(const troupe::address<hello>& to) {
  static_cast<void>(to.ask(hello{}));
}
