#include <troupe/base/portable.hpp>
#include <troupe/base/shape.hpp>

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <variant>
#include <vector>

namespace shape_test {
namespace {

using troupe::portable;
using troupe::shape_difference;
using troupe::shape_of;

enum class colour : std::uint8_t { red };
struct hit {
  std::string url;
  std::uint64_t bytes = 0;
};
struct empty {};
struct tree {
  int value = 0;
  std::vector<tree> children;
};
template <class A, class B>
struct pair_of {
  A a{};
  B b{};
};

TEST(shape, names_every_kind) {
  EXPECT_EQ(shape_of<hit>(), "hit{url:str,bytes:u64}");
  EXPECT_EQ(shape_of<empty>(), "empty{}");
  EXPECT_EQ(shape_of<bool>(), "bool");
  EXPECT_EQ(shape_of<std::int8_t>(), "i8");
  EXPECT_EQ(shape_of<unsigned>(), "u32");
  EXPECT_EQ(shape_of<float>(), "f32");
  EXPECT_EQ(shape_of<double>(), "f64");
  EXPECT_EQ(shape_of<colour>(), "colour(u8)");
  EXPECT_EQ(shape_of<troupe::bytes>(), "bin");
  EXPECT_EQ(shape_of<std::vector<std::byte>>(), "bin");
  EXPECT_EQ((shape_of<std::array<std::byte, 16>>()), "bin16");
  EXPECT_EQ(shape_of<std::vector<hit>>(), "[hit{url:str,bytes:u64}]");
  EXPECT_EQ((shape_of<std::array<int, 3>>()), "[i32;3]");
  EXPECT_EQ(shape_of<std::set<std::string>>(), "<str>");
  EXPECT_EQ((shape_of<std::map<std::string, std::vector<int>>>()), "{str:[i32]}");
  EXPECT_EQ((shape_of<std::unordered_map<int, bool>>()), "{i32:bool}");
  EXPECT_EQ(shape_of<std::optional<hit>>(), "?hit{url:str,bytes:u64}");
  EXPECT_EQ((shape_of<std::tuple<int, std::string>>()), "(i32,str)");
  EXPECT_EQ(shape_of<std::tuple<>>(), "()");
  EXPECT_EQ((shape_of<std::variant<std::monostate, int>>()), "|nil,i32|");
  EXPECT_EQ(shape_of<std::chrono::hours>(), "ns");
  EXPECT_EQ((shape_of<pair_of<hit, int>>()), "pair_of<hit, int>{a:hit{url:str,bytes:u64},b:i32}");
}

TEST(shape, a_struct_inside_itself_stands_by_its_name) {
  EXPECT_EQ(shape_of<tree>(), "tree{value:i32,children:[tree]}");
}

TEST(shape, the_hash_is_fnv_1a) {
  // The published test vectors of draft-eastlake-fnv.
  EXPECT_EQ(troupe::shape_hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(troupe::shape_hash("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(troupe::shape_hash("foobar"), 0x85944171f73967e8U);
}

struct difference {
  std::string_view ours, theirs, sentence;
};

TEST(shape_difference, names_the_first_difference_and_both_sides) {
  const difference table[] = {
      {"hit{url:str,bytes:u64}", "hit{url:str,bytes:u64}", ""},
      {"hit{url:str,bytes:u64}", "hit{url:str,bytes:u32}", "hit.bytes is u64 here and u32 there"},
      {"hit{url:str,bytes:u64}", "hit{url:str,size:u64}", "field 2 of hit is 'bytes' here and 'size' there"},
      {"hit{url:str,bytes:u64}", "hit{url:str}", "hit has the field 'bytes' (u64) here and not there"},
      {"hit{url:str}", "hit{url:str,bytes:u64}", "hit has the field 'bytes' (u64) there and not here"},
      {"hit{url:str}", "hit{}", "the message is hit{url:str} here and hit{} there"},
      {"hit{url:str}", "page{url:str}", "the message is hit{url:str} here and page{url:str} there"},
      {"a{b:b{c:i32}}", "a{b:b{c:i64}}", "a.b.c is i32 here and i64 there"},
      {"a{b:[b{c:i32}]}", "a{b:[b{c:i64}]}", "a.b[].c is i32 here and i64 there"},
      {"a{b:{str:?i32}}", "a{b:{str:?i64}}", "a.b[1] is i32 here and i64 there"},
      {"a{b:?i32}", "a{b:i32}", "a.b is ?i32 here and i32 there"},
      {"a{b:(i32,str)}", "a{b:(i32,bin)}", "a.b[1] is str here and bin there"},
      {"a{b:(i32,str)}", "a{b:(i32)}", "a.b is (i32,str) here and (i32) there"},
      {"a{b:|nil,i32|}", "a{b:|nil,str|}", "a.b[1] is i32 here and str there"},
      {"a{b:[i32;3]}", "a{b:[i32;4]}", "a.b is [i32;3] here and [i32;4] there"},
      {"a{b:<i32>}", "a{b:[i32]}", "a.b is <i32> here and [i32] there"},
      {"a{b:colour(u8)}", "a{b:colour(u16)}", "a.b is colour(u8) here and colour(u16) there"},
      {"p<h, i>{a:i32}", "p<h, i>{a:i8}", "p<h, i>.a is i32 here and i8 there"},
      {"u64", "str", "the message is u64 here and str there"},
  };
  for (const auto& [ours, theirs, sentence] : table) EXPECT_EQ(shape_difference(ours, theirs), sentence);
}

TEST(shape_difference, garbage_of_a_peer_is_shown_cut_and_nothing_worse) {
  const std::string ours = "hit{url:str}";
  for (const std::string_view theirs :
       {"", "hit{", "hit{url", "hit{url:", "hit{url:str", "hit{url:str}}", "[", "?", "{a", "|", "(", "<",
        "[i32;", "hit(", "hit<<<<", ",", "hit{:str}", "\xff\x00"})
    EXPECT_EQ(shape_difference(ours, theirs),
              "the message is hit{url:str} here and " + std::string(theirs) + " there");
  const std::string deep = shape_difference(ours, std::string(100'000, '['));
  EXPECT_LT(deep.size(), 200U);
}

TEST(shape_difference, real_shapes_are_understood) {
  struct hit_of_before {
    std::string url;
    std::uint32_t bytes = 0;
  };
  std::string before = shape_of<std::map<std::string, std::vector<hit_of_before>>>();
  const std::string now = shape_of<std::map<std::string, std::vector<hit>>>();
  before.replace(before.find("hit_of_before"), std::string_view("hit_of_before").size(), "hit");
  EXPECT_EQ(shape_difference(now, before), "[1][].bytes is u64 here and u32 there");
}

struct holds_pointer {
  int fine = 0;
  std::vector<std::pair<int, char*>> pointers;
};
struct nested_trouble {
  hit fine;
  std::map<int, holds_pointer> table;
};
struct holds_reference {
  int& reference;
};
struct holds_const {
  const int constant = 0;
};
struct no_default {
  explicit no_default(int);
};
struct holds_no_default {
  no_default value;
};
struct holds_unique {
  std::unique_ptr<int> owned;
};
struct holds_view {
  std::string_view view;
};
struct holds_array {
  int values[2];
};
struct outer_of_array {
  holds_array inner;
};
struct holds_long_double {
  long double value = 0;
};
struct holds_empty_optional {
  std::optional<std::optional<int>> twice;
};

enum loose { loosely };
struct holds_loose_enum {
  loose value = loosely;
};
struct holds_frames {
  std::chrono::duration<int, std::ratio<1, 60>> frames{};
};

template <class T>
std::string why() {
  constexpr auto reason = troupe::internal::not_portable<T>();
  return std::string(reason.view());
}

TEST(portable, what_can_be_encoded_is) {
  EXPECT_TRUE(portable<hit>);
  EXPECT_TRUE(portable<tree>);
  EXPECT_TRUE(portable<empty>);
  EXPECT_TRUE((portable<std::variant<std::monostate, hit, std::vector<colour>>>));
  EXPECT_EQ(why<hit>(), "");
}

TEST(portable, what_cannot_is_refused_with_type_and_field) {
  EXPECT_EQ(why<holds_pointer>(),
            "troupe: 'holds_pointer' is not portable: field 'pointers' element of type 'char*' does not own "
            "its data");
  EXPECT_EQ(why<nested_trouble>(),
            "troupe: 'nested_trouble' is not portable: field 'table' value field 'pointers' element of type "
            "'char*' "
            "does not own its data");
  EXPECT_EQ(why<holds_reference>(),
            "troupe: 'holds_reference' is not portable: field 'field 1' is const or a reference, so it "
            "cannot be decoded");
  EXPECT_EQ(why<holds_const>(),
            "troupe: 'holds_const' is not portable: field 'constant' is const or a reference, so it cannot "
            "be decoded");
  EXPECT_EQ(why<holds_unique>().substr(0, 62),
            "troupe: 'holds_unique' is not portable: field 'owned' of type ");
  EXPECT_EQ(why<holds_view>(),
            "troupe: 'holds_view' is not portable: field 'view' of type 'basic_string_view<char>' does not "
            "own its data");
  EXPECT_EQ(why<outer_of_array>(),
            "troupe: 'outer_of_array' is not portable: field 'inner' of type 'holds_array' has a C array: "
            "use std::array");
  EXPECT_EQ(
      why<holds_long_double>(),
      "troupe: 'holds_long_double' is not portable: field 'value' of type 'long double' has no encoding");
  EXPECT_EQ(why<holds_empty_optional>(),
            "troupe: 'holds_empty_optional' is not portable: field 'twice' of type 'optional<int>' inside an "
            "optional cannot be told from none");
  EXPECT_EQ(why<holds_loose_enum>(),
            "troupe: 'holds_loose_enum' is not portable: field 'value' of type 'loose' has no fixed "
            "underlying type, so that not every number is one");
  EXPECT_NE(why<holds_frames>().find("is no whole number of nanoseconds"), std::string::npos)
      << why<holds_frames>();
  EXPECT_EQ(why<holds_no_default>(),
            "troupe: 'holds_no_default' is not portable: field 'value' of type 'no_default' has no encoding");
}

struct named_list : std::vector<std::string> {
  int lost = 0;
};
struct named_table : std::map<std::string, int> {
  int lost = 0;
};

TEST(portable, a_struct_derived_from_a_container_would_lose_its_fields) {
  EXPECT_EQ(why<named_list>(),
            "troupe: 'named_list' is not portable: it has a base class, whose fields cannot be seen: make it "
            "a field");
  EXPECT_EQ(
      why<std::vector<named_table>>(),
      "troupe: 'vector<named_table>' is not portable: element of type 'named_table' has a base class, whose "
      "fields cannot be seen: make it a field");
}

union either {
  int whole;
  float real;
};

/// What actors/ refuses to send between threads (sendable) is refused here, too; and so is what it shares.
TEST(portable, what_does_not_own_its_data_is_refused) {
  static_assert(!portable<int*> && !portable<std::reference_wrapper<int>> &&
                !portable<std::span<const int>> && !portable<std::initializer_list<int>> &&
                !portable<std::vector<int>::iterator> && !portable<std::map<int, int>::iterator> &&
                !portable<std::coroutine_handle<>>);
  static_assert(!portable<std::shared_ptr<int>> && !portable<std::shared_ptr<const int>> &&
                !portable<std::weak_ptr<int>> && !portable<std::exception_ptr>);
  static_assert(!portable<std::function<void()>> && !portable<std::any> && !portable<either>);
  int here = 0;
  const auto lambda = [&here] { return here; };
  static_assert(!portable<std::remove_const_t<decltype(lambda)>>);
}

}  // namespace
}  // namespace shape_test
