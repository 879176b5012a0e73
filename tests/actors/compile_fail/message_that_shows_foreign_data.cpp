// error: message \'hello\' cannot be sent: its field \'who[].text\' is a view of data
#include <troupe/actors/actor_system.hpp>

#include <string_view>
#include <vector>

struct name {
  std::string_view text;
};
struct hello {
  int id = 0;
  std::vector<name> who;
};

void wrong(const troupe::address<hello>& to) {
  to.send(hello{});
}
