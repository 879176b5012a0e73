// Messages into which nobody can look, or that cannot be moved: each is one error.
#include <troupe/actors/sendable.hpp>

#include <atomic>
#include <string>
#include <vector>

using troupe::actors::require_sendable;

struct header {
  const char* from = nullptr;
};

// error: message \'derived\' cannot be sent: it has a base class, whose fields cannot be seen: make it a field
struct derived : header {
  std::string text;
};
template void require_sendable<derived>();

// error: message \'holds_derived\' cannot be sent: its field \'all[]\' has a base class, whose fields cannot be seen
struct holds_derived {
  std::vector<derived> all;
};
template void require_sendable<holds_derived>();

// error: message \'matrix\' cannot be sent: it has a C array: use std::array
struct matrix {
  double values[4] = {};
};
template void require_sendable<matrix>();

// error: message \'holds_matrix\' cannot be sent: its field \'turned\' has a C array: use std::array
struct holds_matrix {
  int id = 0;
  matrix turned;
};
template void require_sendable<holds_matrix>();

// error: message \'either\' cannot be sent: its field \'what\' is a union, whose members cannot be seen: use std::variant
union number {
  long whole;
  double real;
};
struct either {
  number what;
};
template void require_sendable<either>();

// error: message \'large\' cannot be sent: it has more than 32 fields: group some of them in a struct
struct large {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6;
  int b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2;
};
template void require_sendable<large>();

// error: message \'counted\' cannot be sent: its field \'hits\' cannot be moved
struct counted {
  std::string name;
  std::atomic<int> hits{0};
};
template void require_sendable<counted>();
