// What CAF cannot carry: one error for each message, in either direction.
#include <troupe/actors/caf.hpp>

#include <memory>

// error: \'greeting\' cannot go through CAF before that knows it: write CAF_ALLOW_UNSAFE_MESSAGE_TYPE(greeting) or an inspect() for it
namespace not_known_to_caf {
struct greeting {
  int number = 0;
};
void wrong(caf::actor_system& there, troupe::address<greeting> whom) {
  const auto joined = troupe::to_caf(there, whom);
}
}  // namespace not_known_to_caf

// error: \'parcel\' cannot go through CAF, whose messages are copied: it cannot be
namespace not_copied {
struct parcel {
  std::unique_ptr<int> content;
};
void wrong(troupe::actor_system& system, const caf::actor& whom) {
  const auto joined = troupe::from_caf<parcel>(system, whom);
}
}  // namespace not_copied
