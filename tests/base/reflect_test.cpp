#include <troupe/base/reflect.hpp>

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace outer {

struct hit {
  std::string url;
  std::uint64_t bytes = 0;
  using reply = int;
  [[nodiscard]] bool large() const { return bytes > 1000; }
  static int instances;
  struct nested {
    int inside = 0;
  };
};

template <class A, class B>
struct pair_of {
  A a;
  B b;
};

}  // namespace outer

namespace reflect_test {
namespace {

using outer::hit;
using troupe::field_count;
using troupe::field_names;
using troupe::type_name;

struct empty {};

struct everything {
  std::string text;
  std::optional<int> maybe;
  std::optional<hit> maybe_hit;
  std::unique_ptr<int> owned;
  std::vector<everything> children;
  std::function<void()> call;
  std::variant<int, std::string, hit> choice;
  std::map<std::string, int> table;
  std::any anything;
  std::chrono::milliseconds time{};
  std::array<int, 3> three{};
  std::pair<int, double> two;
  std::tuple<std::any, int> some;
  std::shared_ptr<int> shared;
  std::string_view view;
  void* pointer = nullptr;
  hit inner;
  empty nothing;
  std::atomic<int> immovable{0};
};

struct no_default {
  explicit no_default(int) {}
};
struct holds_no_default {
  int first = 0;
  no_default second;
  no_default third;
  int fourth = 0;
};

struct thirty_two {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5;
  int b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1;
};
struct thirty_three {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6;
  int b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2;
};

TEST(reflect, fields_are_counted_whatever_their_types) {
  EXPECT_EQ(field_count<hit>, 2U);
  EXPECT_EQ(field_count<empty>, 0U);
  EXPECT_EQ(field_count<everything>, 19U);
  EXPECT_EQ(field_count<holds_no_default>, 4U);
  EXPECT_EQ(field_count<thirty_two>, 32U);
}

TEST(reflect, a_first_field_that_takes_anything_is_no_base) {
  struct any_first {
    std::any held;
    int after = 0;
  };
  struct maybe_any_first {
    std::optional<std::any> held;
  };
  EXPECT_EQ(troupe::why_not_reflectable<any_first>(), "");
  EXPECT_EQ(field_count<any_first>, 2U);
  EXPECT_EQ(troupe::why_not_reflectable<maybe_any_first>(), "");
}

TEST(reflect, fields_have_their_names) {
  EXPECT_EQ(field_names<hit>[0], "url");
  EXPECT_EQ(field_names<hit>[1], "bytes");
  EXPECT_EQ(field_names<everything>[0], "text");
  EXPECT_EQ(field_names<everything>[18], "immovable");
  EXPECT_EQ(field_names<thirty_two>[31], "d1");
  EXPECT_EQ((field_names<outer::pair_of<std::string, hit>>[1]), "b");
}

TEST(reflect, local_structs_work) {
  struct local {
    int alpha = 1;
    std::string beta = "b";
  };
  EXPECT_EQ(field_names<local>[1], "beta");
  EXPECT_EQ(type_name<local>(), "local");
}

TEST(reflect, fields_are_visited_in_order_and_may_be_changed) {
  hit value{"/a", 3};
  std::string seen;
  troupe::for_each_field(value, [&]<class F>(std::string_view name, F& field) {
    seen += std::string(name) + ",";
    if constexpr (std::is_same_v<F, std::uint64_t>) field = 4;
  });
  EXPECT_EQ(seen, "url,bytes,");
  EXPECT_EQ(value.bytes, 4U);
}

TEST(reflect, const_values_give_const_fields) {
  const hit value{"/a", 3};
  troupe::for_each_field(value, []<class F>(std::string_view, F&) { static_assert(std::is_const_v<F>); });
}

TEST(reflect, a_struct_without_fields_is_visited_without_a_call) {
  empty nothing;
  int calls = 0;
  troupe::for_each_field(nothing, [&](std::string_view, auto&) { ++calls; });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(troupe::with_fields(nothing, [](auto&... fields) { return sizeof...(fields); }), 0U);
}

TEST(reflect, all_32_fields_are_reached) {
  thirty_two value{};
  int next = 0;
  troupe::for_each_field(value, [&](std::string_view, int& field) { field = next++; });
  EXPECT_EQ(value.a0, 0);
  EXPECT_EQ(value.b5, 15);
  EXPECT_EQ(value.d1, 31);
}

TEST(reflect, field_types_are_the_declared_ones) {
  struct held {
    int& reference;
    const std::string constant;
  };
  using expected = troupe::type_list<int&, const std::string>;
  EXPECT_TRUE((std::is_same_v<troupe::field_types<held>, expected>));
  EXPECT_EQ(field_names<held>[0], "field 1") << "compilers do not tell the names beside a reference";
}

struct based : hit {
  int more = 0;
};
struct empty_base {};
struct based_on_nothing : empty_base {
  int more = 0;
};
struct array_of_many {
  int before = 0;
  int many[3] = {};
  int after = 0;
};
struct array_of_one {
  int one[1] = {};
};
struct array_of_hits {
  hit hits[2];
};
class closed {
 public:
  int open = 0;

 private:
  int hidden_ = 0;
};
struct constructed {
  constructed() {}
  int value = 0;
};
struct with_virtual {
  virtual ~with_virtual() = default;
  int value = 0;
};

TEST(reflect, what_cannot_be_seen_is_refused_with_its_reason) {
  const auto base = "has a base class, whose fields cannot be seen: make it a field";
  const auto array = "has a C array: use std::array";
  const auto not_plain =
      "is not a plain struct (it has constructors, private fields, virtual functions or a private base)";
  EXPECT_EQ(troupe::why_not_reflectable<based>(), base);
  EXPECT_EQ(troupe::why_not_reflectable<based_on_nothing>(), base);
  EXPECT_EQ(troupe::why_not_reflectable<array_of_many>(), array);
  EXPECT_EQ(troupe::why_not_reflectable<array_of_one>(), array);
  EXPECT_EQ(troupe::why_not_reflectable<array_of_hits>(), array);
  EXPECT_EQ(troupe::why_not_reflectable<closed>(), not_plain);
  EXPECT_EQ(troupe::why_not_reflectable<constructed>(), not_plain);
  EXPECT_EQ(troupe::why_not_reflectable<with_virtual>(), not_plain);
  EXPECT_EQ(troupe::why_not_reflectable<thirty_three>(),
            "has more than 32 fields: group some of them in a struct");
  EXPECT_EQ(troupe::why_not_reflectable<int>(), "is not a struct");
  EXPECT_EQ(troupe::why_not_reflectable<hit>(), "");
}

TEST(type_name, has_no_namespaces_and_no_enclosing_classes) {
  EXPECT_EQ(type_name<hit>(), "hit");
  EXPECT_EQ(type_name<const hit&>(), "hit");
  EXPECT_EQ(type_name<hit::nested>(), "nested");
  EXPECT_EQ(type_name<empty>(), "empty");
  EXPECT_EQ(type_name<int>(), "int");
  EXPECT_EQ((type_name<outer::pair_of<hit, empty>>()), "pair_of<hit, empty>");
  EXPECT_EQ((type_name<outer::pair_of<outer::pair_of<hit, int>, empty>>()),
            "pair_of<pair_of<hit, int>, empty>");
}

TEST(type_name, is_the_same_from_every_compiler) {
  EXPECT_EQ(type_name<unsigned long long>(), "unsigned long long");
  EXPECT_EQ((type_name<outer::pair_of<long, short*>>()), "pair_of<long, short*>");
  EXPECT_EQ((type_name<outer::pair_of<unsigned short, unsigned long>>()),
            "pair_of<unsigned short, unsigned long>");
}

struct maker {
  [[nodiscard]] auto make() const {
    struct made {
      int value = 0;
    };
    return made{};
  }
};

TEST(type_name, of_a_type_in_a_const_member_function_is_its_own) {
  EXPECT_EQ(type_name<decltype(maker{}.make())>(), "made");
}

enum class colour : unsigned char { red, green = 3, far = 200 };
enum class signed_one : std::int8_t { low = -16, minus = -1, zero, high = 127, below = -17 };
enum class yes_no : bool { no, yes };
enum class no_enumerators {};
enum fixed_unscoped : int { first_fixed = 1, second_fixed = 2 };
enum plain_unscoped { plain_value };

TEST(enum_name, enumerators_have_their_names) {
  EXPECT_EQ(troupe::enum_name(colour::red), "red");
  EXPECT_EQ(troupe::enum_name(colour::green), "green");
  EXPECT_EQ(troupe::enum_name(signed_one::low), "low");
  EXPECT_EQ(troupe::enum_name(signed_one::minus), "minus");
  EXPECT_EQ(troupe::enum_name(signed_one::high), "high");
  EXPECT_EQ(troupe::enum_name(yes_no::yes), "yes");
  EXPECT_EQ(troupe::enum_name(second_fixed), "second_fixed");
}

TEST(enum_name, is_empty_without_an_enumerator_or_out_of_range) {
  EXPECT_EQ(troupe::enum_name(static_cast<colour>(1)), "");
  EXPECT_EQ(troupe::enum_name(colour::far), "");
  EXPECT_EQ(troupe::enum_name(signed_one::below), "");
  EXPECT_EQ(troupe::enum_name(no_enumerators{}), "");
}

TEST(enum_name, an_unscoped_enum_without_a_fixed_type_has_no_names) {
  EXPECT_FALSE(troupe::named_enum<plain_unscoped>);
  EXPECT_EQ(troupe::enum_name(plain_value), "");
}

TEST(enum_name, enumerators_are_listed_by_value) {
  const auto& all = troupe::enumerators<signed_one>;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].name, "low");
  EXPECT_EQ(all[3].value, signed_one::high);
  EXPECT_TRUE(troupe::enumerators<no_enumerators>.empty());
}

}  // namespace
}  // namespace reflect_test
