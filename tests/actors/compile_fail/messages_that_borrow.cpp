// Messages that hold what is not theirs: each is one error, with its field.
#include <troupe/actors/sendable.hpp>

#include <coroutine>
#include <functional>
#include <memory_resource>
#include <mutex>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

using troupe::actors::require_sendable;

// error: message \'raw_pointer\' cannot be sent: its field \'text\' is a raw pointer, which does not own what
struct raw_pointer {
  int id = 0;
  const char* text = nullptr;
};
template void require_sendable<raw_pointer>();

// error: message \'reference\' cannot be sent: its field \'field 2\' is a reference: hold the value itself
struct reference {
  int id = 0;
  std::string& text;
};
template void require_sendable<reference>();

// error: message \'wrapped_reference\' cannot be sent: its field \'text\' is a reference: hold the value itself
struct wrapped_reference {
  std::reference_wrapper<std::string> text;
};
template void require_sendable<wrapped_reference>();

// error: message \'text_view\' cannot be sent: its field \'text\' is a view of data that somebody else owns: use
struct text_view {
  int id = 0;
  std::string_view text;
};
template void require_sendable<text_view>();

// error: message \'span_of_numbers\' cannot be sent: its field \'numbers\' is a view of data
struct span_of_numbers {
  std::span<const int> numbers;
};
template void require_sendable<span_of_numbers>();

// error: message \'range\' cannot be sent: its field \'numbers\' is a view of data
struct range {
  std::ranges::ref_view<std::vector<int>> numbers;
};
template void require_sendable<range>();

// error: message \'listed\' cannot be sent: its field \'numbers\' is a view of data that somebody else owns: use std::vector
struct listed {
  std::initializer_list<int> numbers;
};
template void require_sendable<listed>();

// error: message \'place\' cannot be sent: its field \'where\' is an iterator over data that somebody else owns
struct place {
  int id = 0;
  std::vector<int>::iterator where;
};
template void require_sendable<place>();

// error: message \'suspended\' cannot be sent: its field \'where\' is a handle of a coroutine
struct suspended {
  std::coroutine_handle<> where;
};
template void require_sendable<suspended>();

// error: message \'guarded\' cannot be sent: its field \'held\' is a lock, which only the thread that took it
struct guarded {
  std::unique_lock<std::mutex> held;
};
template void require_sendable<guarded>();

// error: message \'in_an_arena\' cannot be sent: its field \'text\' takes its memory from an allocator
struct in_an_arena {
  std::pmr::string text;
};
template void require_sendable<in_an_arena>();

// error: message \'job<<lambda()>>\' cannot be sent: its field \'work\' is a lambda, into whose captures nobody can look
template <class Work>
struct job {
  Work work;
};
void wrong(int here) {
  auto by_reference = [&here] { return here; };
  require_sendable<job<decltype(by_reference)>>();
}

// error: the reply of message \'ask_name\' cannot be sent: its field \'name\' is a raw pointer
struct ask_name {
  struct reply {
    char* name = nullptr;
  };
};
template void require_sendable<ask_name>();
