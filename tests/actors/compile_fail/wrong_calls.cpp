// What is wrong with a use of an address: each is one error.
#include <troupe/actors/actor_system.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// error: message \'hello\' is no question (it has no `reply`): use send
namespace ask_without_reply {
struct hello {};

void wrong(const troupe::address<hello>& to) {
  static_cast<void>(to.ask(hello{}));
}
}  // namespace ask_without_reply

// error: message \'question\' is not among those that this address takes
namespace message_not_received {
struct hello {};
struct question {};

void wrong(const troupe::address<hello>& to) {
  to.send(question{});
}
}  // namespace message_not_received

// error: message \'hello\' cannot be sent: its field \'who[].text\' is a view of data
namespace message_that_shows_foreign_data {
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
}  // namespace message_that_shows_foreign_data

// error: message \'hello\' is moved in: write std::move(message)
namespace named_message_not_moved {
struct hello {
  std::string who;
};

void wrong(const troupe::address<hello>& to, const hello& message) {
  to.send(message);
}
}  // namespace named_message_not_moved

// error: co_await takes a named future: `auto answer = a.ask(...); auto got = co_await answer;`
namespace await_of_a_temporary {
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
}  // namespace await_of_a_temporary

// error: co_await takes a named future, not an assignment: `answer = a.ask(...); co_await answer;`
namespace await_of_an_assignment {
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
    auto answer = to_.ask(question{"what?"});
    co_await (answer = to_.ask(question{"and now?"}));
  }

 private:
  troupe::address<question> to_;
};
}  // namespace await_of_an_assignment
