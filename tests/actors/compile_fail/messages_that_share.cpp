// Messages that share what can change: each is one error, with its field.
#include <troupe/actors/sendable.hpp>

#include <functional>
#include <memory>
#include <string>

using troupe::actors::require_sendable;

struct settings {
  std::string name;
};

// error: message \'shares\' cannot be sent: its field \'common\' shares something that can change: use std::unique_ptr<T>
struct shares {
  int id = 0;
  std::shared_ptr<settings> common;
};
template void require_sendable<shares>();

// error: message \'watches\' cannot be sent: its field \'common\' shares something that can change
struct watches {
  std::weak_ptr<settings> common;
};
template void require_sendable<watches>();

// error: message \'failed\' cannot be sent: its field \'why\' shares an exception that can change
struct failed {
  std::exception_ptr why;
};
template void require_sendable<failed>();

// error: message \'list\' cannot be sent: its field \'first->next\' lets everybody who reads it change what it points to
struct node {
  std::unique_ptr<node> next;
};
struct list {
  std::shared_ptr<const node> first;
};
template void require_sendable<list>();

// error: message \'rules\' cannot be sent: its field \'common->check\' may change when it is called
struct rule {
  std::function<bool(int)> check;
};
struct rules {
  std::shared_ptr<const rule> common;
};
template void require_sendable<rules>();

// error: message \'counts\' cannot be sent: its field \'*common\' has a mutable field
struct counter {
  mutable int hits = 0;
};
struct counts {
  std::shared_ptr<const counter> common;
};
template void require_sendable<counts>();
