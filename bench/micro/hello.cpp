// bench/micro/hello.cpp - the smallest program with an actor that is spawned, told something and waited for. The row
// compile/hello times how long it takes to compile; bench/peers/caf_hello.cpp says the same with CAF.

#include <troupe/actors/actor_system.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace {

struct hello {
  std::string whom;
};

class greeter {
 public:
  using receives = troupe::receives<hello>;
  explicit greeter(troupe::context& self) : self_(self) {}
  void operator()(hello message) {
    std::printf("hello, %s\n", message.whom.c_str());
    self_.stop();
  }

 private:
  troupe::context& self_;
};

}  // namespace

int main() {
  const auto system = troupe::actor_system::start();
  if (!system) return 1;
  const auto someone = (*system)->spawn<greeter>();
  someone.send(hello{"world"});
  return (*system)->wait_ended(someone, troupe::deadline::after(std::chrono::seconds(10))) ? 0 : 1;
}
