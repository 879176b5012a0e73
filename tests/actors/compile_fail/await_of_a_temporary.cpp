// error: co_await takes a named future: `auto answer = a.ask(...); auto got = co_await answer;`
#include <troupe/actors/actor_system.hpp>

struct question {
  std::string text;
  using reply = std::string;
};
struct tick {};
class asker {
 public:
  using receives = troupe::receives<tick>;
  explicit asker(troupe::address<question> to) : to_(std::move(to)) {}
  troupe::task<> operator()(tick) {
    auto got = co_await to_.ask(question{"what?"});
    static_cast<void>(got);
  }

 private:
  troupe::address<question> to_;
};
