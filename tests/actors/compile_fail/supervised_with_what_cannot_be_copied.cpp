// error: a supervisor starts actor \'owner\' again and again from copies of its arguments, but
#include <troupe/actors/actor_system.hpp>

struct hello {};
struct owner {
  using receives = troupe::receives<hello>;
  explicit owner(std::unique_ptr<int>) {}
  void operator()(hello) {}
};
void start(troupe::supervisor& boss) {
  boss.spawn<owner>({}, std::make_unique<int>(1));
}
