// Values that many cannot hold at once: each is one error.
#include <troupe/actors/shared.hpp>

#include <any>
#include <memory>
#include <string_view>

struct settings {
  std::unique_ptr<int> limit;
};
struct text {
  std::string_view words;
};
struct anything {
  std::any held;
};

void wrong() {
  // error: \'settings\' cannot be shared: its field \'limit\' lets everybody who reads it change what it points to
  static_cast<void>(troupe::share<settings>());
  // error: \'text\' cannot be shared: its field \'words\' is a view of data
  static_cast<void>(troupe::share(text{}));
  // error: \'anything\' cannot be shared: its field \'held\' holds what cannot be seen: use std::variant
  static_cast<void>(troupe::share<anything>());
}

// error: troupe: what many actors hold at once never changes: write shared<const T>
troupe::shared<int> not_constant;
