#include <troupe/actors/message.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/base/bytes.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sendable_test {
namespace {

using troupe::sendable;

struct plain {
  int a = 0;
  std::string b;
};
struct owning {
  std::unique_ptr<int> p;
  std::shared_ptr<const plain> shared;
  troupe::bytes payload;
};
struct tree {
  std::vector<tree> children;
};
struct with_view {
  plain first;
  std::string_view text;
};
struct deep {
  std::map<std::string, std::optional<with_view>> found;
};
struct shares {
  std::shared_ptr<plain> mine_and_yours;
};
struct immovable {
  immovable() = default;
  immovable(immovable&&) = delete;
};
struct trusted {
  int* into_static_memory = nullptr;
};

}  // namespace
}  // namespace sendable_test

template <>
inline constexpr bool troupe::sendable_v<sendable_test::trusted> = true;

namespace sendable_test {
namespace {

TEST(sendable, accepts_what_owns_its_data) {
  static_assert(sendable<std::uint64_t> && sendable<plain> && sendable<owning> && sendable<tree>);
  static_assert(sendable<std::vector<std::string>> && sendable<troupe::down>);
}

TEST(sendable, refuses_what_points_into_somebody_elses_data) {
  static_assert(!sendable<int*> && !sendable<int&> && !sendable<std::string_view> &&
                !sendable<std::span<int>>);
  static_assert(!sendable<with_view> && !sendable<deep> && !sendable<std::vector<const char*>>);
  static_assert(!sendable<shares> && !sendable<std::shared_ptr<int>>);
}

TEST(sendable, refuses_what_cannot_be_moved) {
  static_assert(!sendable<immovable>);
}

TEST(sendable, believes_a_signed_exception) {
  static_assert(sendable<trusted>);
}

TEST(sendable, names_the_message_and_its_field) {
  constexpr auto why = troupe::actors::why_not_sendable<deep>();
  EXPECT_EQ(why.view().substr(0, 82),
            "troupe: message 'deep' cannot be sent: what its field 'found' holds is a view of d");
}

}  // namespace
}  // namespace sendable_test
