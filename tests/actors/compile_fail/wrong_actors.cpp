// What is wrong with the class of an actor: each is one error, where it is spawned.
#include <troupe/actors/actor_system.hpp>

#include <chrono>
#include <memory>
#include <string>

// error: actor \'greeter\' does not say what it receives: write `using receives = troupe::receives<...>;` into it, public
namespace without_a_list {
struct hello {};
struct greeter {
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  const auto made = system.spawn<greeter>();
}
}  // namespace without_a_list

// error: actor \'clerk\' does not say what it receives
namespace with_a_list_of_something_else {
struct hello {};
struct clerk {
  using receives = hello;
  void operator()(hello) {}
};

void wrong(troupe::supervisor& boss) {
  boss.spawn<clerk>({.name = "clerk"});
}
}  // namespace with_a_list_of_something_else

// error: actor \'greeter\' lists \'hello\' more than once
namespace listed_twice {
struct hello {};
struct greeter {
  using receives = troupe::receives<hello, hello>;
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
}  // namespace listed_twice

// error: actor \'greeter\' lists \'question\' in its `receives` but has no operator()
namespace listed_without_handler {
struct hello {};
struct question {};
struct greeter {
  using receives = troupe::receives<hello, question>;
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
}  // namespace listed_without_handler

// error: message \'hello\' cannot be sent: its field \'who\' is a raw pointer
namespace message_that_cannot_be_sent_is_listed {
struct hello {
  char* who = nullptr;
};
struct greeter {
  using receives = troupe::receives<hello>;
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
}  // namespace message_that_cannot_be_sent_is_listed

// error: actor \'clerk\' lists \'buy\' in its `receives` but has no operator() that takes it by value
namespace promise_of_the_wrong_reply {
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
}  // namespace promise_of_the_wrong_reply

// error: actor \'greeter\' handles \'question\' with the wrong return type
namespace wrong_reply {
struct question {
  using reply = std::string;
};
struct greeter {
  using receives = troupe::receives<question>;
  int operator()(question) { return 1; }
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>();
}
}  // namespace wrong_reply

// error: actor \'greeter\' has no constructor for the arguments given to spawn
namespace wrong_arguments {
struct hello {};
struct greeter {
  using receives = troupe::receives<hello>;
  greeter(troupe::context&, int) {}
  void operator()(hello) {}
};

void wrong(troupe::actor_system& system) {
  system.spawn<greeter>({}, std::string("seven"));
}
}  // namespace wrong_arguments

// error: a supervisor starts actor \'owner\' again and again from copies of its arguments, but
namespace supervised_with_what_cannot_be_copied {
struct hello {};
struct owner {
  using receives = troupe::receives<hello>;
  explicit owner(std::unique_ptr<int>) {}
  void operator()(hello) {}
};
void start(troupe::supervisor& boss) {
  boss.spawn<owner>({}, std::make_unique<int>(1));
}
}  // namespace supervised_with_what_cannot_be_copied

// error: actor \'listener\' cannot subscribe to \'news\': what is published is shown to many, so its handler has to take it as const news&
namespace subscribe_by_value {
struct news {};
struct listener {
  using receives = troupe::receives<news>;
  explicit listener(troupe::context& self) { self.subscribe<listener, news>(); }
  void operator()(news) {}
};
}  // namespace subscribe_by_value

// error: actor \'greeter\' does not list \'down\' in its `receives`
namespace monitor_without_down {
struct hello {};
struct greeter {
  using receives = troupe::receives<hello>;
  greeter(troupe::context& self, troupe::address<hello> other) { self.monitor<greeter>(other); }
  void operator()(hello) {}
};
}  // namespace monitor_without_down

// error: actor \'greeter\' does not list \'tick\' in its `receives`
namespace timer_of_a_message_not_received {
struct hello {};
struct tick {};
struct greeter {
  using receives = troupe::receives<hello>;
  explicit greeter(troupe::context& self) { self.after<greeter>(std::chrono::seconds(1), tick{}); }
  void operator()(hello) {}
};
}  // namespace timer_of_a_message_not_received
