// Where a fault is: each is one error, which names the way from the message to it.
#include <troupe/actors/sendable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

using troupe::actors::require_sendable;

struct line {
  int count = 0;
  const char* text = nullptr;
};
struct page {
  std::string title;
  std::vector<line> lines;
};

// error: message \'nested\' cannot be sent: its field \'first.lines[].text\' is a raw pointer
struct nested {
  page first;
};
template void require_sendable<nested>();

// error: message \'perhaps\' cannot be sent: its field \'found->lines[].text\' is a raw pointer
struct perhaps {
  std::optional<page> found;
};
template void require_sendable<perhaps>();

// error: message \'one_of_two\' cannot be sent: its field \'which<page>.lines[].text\' is a raw pointer
struct one_of_two {
  std::variant<int, page> which;
};
template void require_sendable<one_of_two>();

// error: message \'table\' cannot be sent: its field \'pages[].second->lines[].text\' is a raw pointer
struct table {
  std::map<std::string, std::unique_ptr<page>> pages;
};
template void require_sendable<table>();

// error: message \'both\' cannot be sent: its field \'pair<1>.text\' is a raw pointer
struct both {
  std::tuple<int, line> pair;
};
template void require_sendable<both>();

// error: message \'chapters\' cannot be sent: its field \'text\' is a raw pointer
struct chapters {
  std::vector<chapters> below;
  const char* text = nullptr;
};
template void require_sendable<chapters>();
