// error: message \'hello\' is moved in: write std::move(message)
#include <troupe/actors/actor_system.hpp>

struct hello {
  std::string who;
};

void wrong(const troupe::address<hello>& to, const hello& message) {
  to.send(message);
}
