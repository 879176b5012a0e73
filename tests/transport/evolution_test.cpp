// Each row of the table is a change of a message type: what a reader of one version makes of the bytes of the other, and
// what two living nodes of both say to each other at the handshake. docs/wire-values.md, "When a message changes", has the
// same table in words.
#include <troupe/base/codec.hpp>
#include <troupe/base/json.hpp>
#include <troupe/transport/handshake.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::transport::evolution_test {
namespace {

template <class Reader>
std::string read_as(const bytes& written) {
  const auto value = decode<Reader>(written);
  if (!value) return value.error().context;
  std::string json;
  to_json(json, *value);
  return json;
}

/// Empty when a node that declares `theirs` is let in by one that knows `ours`; else what the first is told.
std::string told_at_the_handshake(const std::string& ours, const std::string& theirs) {
  const identity mine{{"new", 1}, "run", {}}, other{{"old", 1}, "run", {}};
  const connector greeter(mine, other.self, {{1, "orders", ours}}, window{}, 1);
  acceptor door(other, {{1, "orders", theirs}}, window{});
  const auto judged = door.read(bytes::adopt(encode(greeter.hello().value())));
  const auto* away = std::get_if<acceptor::turned_away>(&judged);
  if (away == nullptr) return {};
  const auto told = greeter.read(decode(bytes::adopt(encode(away->answer))).value()).error();
  EXPECT_EQ(told.code, errc::type_mismatch);
  constexpr std::string_view opening =
      "node 'old' epoch 1 refuses node 'new' epoch 1: the message types differ on channel 1 'orders'\n"
      "  channel 1 'orders': ";
  EXPECT_EQ(told.context.substr(0, opening.size()), opening);
  return told.context.substr(opening.size());
}

struct change {
  const char* what;
  bytes written;
  std::string (*read)(const bytes&);
  const std::string& writers;
  const std::string& readers;
  std::string expected;  // JSON, or the error
  std::string told;      // what the writer hears when it connects; empty: it is let in
};

/// `value` is written by a program that has the type From, and read by one that has To.
template <class To, class From>
change row(const char* what, const From& value, std::string expected, std::string told) {
  byte_buffer out;
  encode(out, value);
  return {what,           out.take(),          read_as<To>,    shape_of<From>(),
          shape_of<To>(), std::move(expected), std::move(told)};
}

void expect(const std::vector<change>& table) {
  for (const auto& each : table) {
    EXPECT_EQ(each.read(each.written), each.expected) << each.what;
    EXPECT_EQ(told_at_the_handshake(each.writers, each.readers), each.told) << each.what;
  }
}

// The type as it was, and in each namespace another that followed it. Names stand without their namespaces in shapes.
namespace before {
enum class kind : std::uint8_t { sale, gift };
struct order {
  std::uint32_t id = 0;
  std::string name = "nobody";
  friend bool operator==(const order&, const order&) = default;
};
}  // namespace before
const before::order seven{7, "Ada"};

// clang-format off
namespace appended { struct order { std::uint32_t id = 0; std::string name = "nobody"; std::int32_t count = 1; }; }
namespace appended_optional { struct order { std::uint32_t id = 0; std::string name; std::optional<std::string> note; }; }
namespace appended_two { struct order { std::uint32_t id = 0; std::string name; std::int32_t count = 1; bool paid = true; }; }
namespace front { struct order { std::uint64_t key = 0; std::uint32_t id = 0; std::string name; }; }
namespace other_defaults { struct order { std::uint32_t id = 9; std::string name = "somebody"; }; }
namespace wide { struct order { std::uint64_t id = 0; std::string name; }; }
namespace with_sign { struct order { std::int32_t id = 0; std::string name; }; }
namespace real { struct order { double id = 0; std::string name; }; }
namespace renamed { struct order { std::uint32_t id = 0; std::string title; }; }
namespace retyped { struct order { std::uint32_t id = 0; std::vector<std::string> name; }; }
namespace reordered { struct order { std::string name; std::uint32_t id = 0; }; }
namespace blob { struct order { std::uint32_t id = 0; bytes name; }; }
namespace optional { struct order { std::uint32_t id = 0; std::optional<std::string> name; }; }
namespace other_name { struct purchase { std::uint32_t id = 0; std::string name = "nobody"; }; }
// clang-format on

TEST(evolution, a_field_appended_is_its_default_to_the_new_and_nothing_to_the_old) {
  expect({
      row<appended::order>("new reads old", seven, R"({"id":7,"name":"Ada","count":1})",
                           "order has the field 'count' (i32) there and not here"),
      row<before::order>("old reads new", appended::order{7, "Ada", 3}, R"({"id":7,"name":"Ada"})",
                         "order has the field 'count' (i32) here and not there"),
      row<appended_optional::order>("an optional", seven, R"({"id":7,"name":"Ada","note":null})",
                                    "order has the field 'note' (?str) there and not here"),
      row<before::order>("old reads an optional", appended_optional::order{7, "Ada", "x"},
                         R"({"id":7,"name":"Ada"})", "order has the field 'note' (?str) here and not there"),
      row<appended_two::order>("two versions later", seven, R"({"id":7,"name":"Ada","count":1,"paid":true})",
                               "order has the field 'count' (i32) there and not here"),
      row<std::vector<appended::order>>(
          "in a container", std::vector{seven, seven},
          R"([{"id":7,"name":"Ada","count":1},{"id":7,"name":"Ada","count":1}])",
          "[] has the field 'count' (i32) there and not here"),
      row<before::order>("one that is removed from the end is the same, seen from the other side",
                         appended_two::order{7, "Ada", 3, false}, R"({"id":7,"name":"Ada"})",
                         "order has the field 'count' (i32) here and not there"),
  });
}

TEST(evolution, a_field_elsewhere_moves_those_behind_it) {
  expect({
      row<front::order>("one in front", seven, "order.id: expected an integer, found str",
                        "field 1 of order is 'id' here and 'key' there"),
      row<before::order>("the first removed", front::order{1, 2, "Ada"},
                         "order.name: expected str or bin, found an integer",
                         "field 1 of order is 'key' here and 'id' there"),
      row<reordered::order>("two changed places", seven, "order.name: expected str or bin, found an integer",
                            "field 1 of order is 'id' here and 'name' there"),
  });
}

// clang-format off
namespace swapped_before { struct point { std::int32_t x = 0; std::int32_t y = 0; }; }
namespace swapped { struct point { std::int32_t y = 0; std::int32_t x = 0; }; }
namespace shortened_before { struct point { std::int32_t x = 0; std::int32_t y = 0; std::int32_t z = 0; }; }
namespace shortened { struct point { std::int32_t x = 0; std::int32_t z = 0; }; }
// clang-format on

TEST(evolution, where_the_types_agree_only_the_handshake_sees_that_a_field_moved) {
  expect({
      row<swapped::point>("two changed places", swapped_before::point{1, 2}, R"({"y":1,"x":2})",
                          "field 1 of point is 'x' here and 'y' there"),
      row<shortened::point>("one left the middle", shortened_before::point{1, 2, 3}, R"({"x":1,"z":2})",
                            "field 2 of point is 'y' here and 'z' there"),
      row<renamed::order>("one has a new name", seven, R"({"id":7,"title":"Ada"})",
                          "field 2 of order is 'name' here and 'title' there"),
      row<other_name::purchase>(
          "the struct has", seven, R"({"id":7,"name":"Ada"})",
          "the message is order{id:u32,name:str} here and purchase{id:u32,name:str} there"),
  });
}

TEST(evolution, a_number_of_another_width_is_taken_when_it_fits) {
  constexpr std::uint64_t large = 5'000'000'000;
  expect({
      row<wide::order>("u32 to u64", seven, R"({"id":7,"name":"Ada"})", "order.id is u32 here and u64 there"),
      row<before::order>("u64 to u32, fits", wide::order{7, "Ada"}, R"({"id":7,"name":"Ada"})",
                         "order.id is u64 here and u32 there"),
      row<before::order>("u64 to u32, does not fit", wide::order{large, "Ada"},
                         "order.id: 5000000000 does not fit into u32", "order.id is u64 here and u32 there"),
      row<with_sign::order>("u32 to i32, fits", seven, R"({"id":7,"name":"Ada"})",
                            "order.id is u32 here and i32 there"),
      row<before::order>("i32 to u32, negative", with_sign::order{-1, ""},
                         "order.id: -1 does not fit into u32", "order.id is i32 here and u32 there"),
      row<std::int64_t>("int to long", std::int32_t{-5}, "-5", "the message is i32 here and i64 there"),
      row<std::uint64_t>("int to unsigned long", std::int32_t{-5}, "unsigned long: -5 does not fit into u64",
                         "the message is i32 here and u64 there"),
      row<real::order>("integer to float", seven, R"({"id":7,"name":"Ada"})",
                       "order.id is u32 here and f64 there"),
      row<before::order>("float to integer, also a whole one", real::order{7, ""},
                         "order.id: expected an integer, found float", "order.id is f64 here and u32 there"),
      row<double>("float to double", 0.5F, "0.5", "the message is f32 here and f64 there"),
      row<float>("double to float, fits", 0.5, "0.5", "the message is f64 here and f32 there"),
      row<float>("double to float, does not fit", 1e300, "float: a float64 does not fit into float32",
                 "the message is f64 here and f32 there"),
  });
}

TEST(evolution, a_field_of_another_type_is_taken_when_its_bytes_look_alike) {
  expect({
      row<retyped::order>("string to list", seven, "order.name: expected array, found str",
                          "order.name is str here and [str] there"),
      row<blob::order>("string to bytes", seven, R"({"id":7,"name":"QWRh"})",
                       "order.name is str here and bin there"),
      row<optional::order>("to optional", seven, R"({"id":7,"name":"Ada"})",
                           "order.name is str here and ?str there"),
      row<before::order>("from optional, one is there", optional::order{7, "Ada"}, R"({"id":7,"name":"Ada"})",
                         "order.name is ?str here and str there"),
      row<before::order>("from optional, none is there", optional::order{7, {}},
                         "order.name: expected str or bin, found nil",
                         "order.name is ?str here and str there"),
      row<std::set<int>>("list to set", std::vector{2, 1}, "[1,2]",
                         "the message is [i32] here and <i32> there"),
      row<std::set<int>>("list to set, one is there twice", std::vector{1, 1},
                         "set<int>[1]: holds an element twice", "the message is [i32] here and <i32> there"),
      row<std::array<int, 3>>("array of another length", std::array{1, 2},
                              "array<int, 3>: expected 3 elements, found 2",
                              "the message is [i32;2] here and [i32;3] there"),
      row<before::order>("pair to struct", std::pair<std::uint32_t, std::string>{7, "Ada"},
                         R"({"id":7,"name":"Ada"})",
                         "the message is (u32,str) here and order{id:u32,name:str} there"),
  });
}

// clang-format off
namespace more_kinds { enum class kind : std::uint8_t { sale, gift, lease }; }
namespace wide_kind { enum class kind : std::uint16_t { sale, gift, late = 300 }; }
// clang-format on

TEST(evolution, an_enumerator_the_reader_does_not_know_stays_a_number) {
  expect({
      row<more_kinds::kind>("new reads old", before::kind::gift, R"("gift")", ""),
      row<before::kind>("old reads new", more_kinds::kind::lease, "2", ""),
      row<wide_kind::kind>("a wider number", before::kind::gift, R"("gift")",
                           "the message is kind(u8) here and kind(u16) there"),
      row<before::kind>("a narrower number", wide_kind::kind::late, "kind: 300 does not fit into u8",
                        "the message is kind(u16) here and kind(u8) there"),
  });
}

// clang-format off
namespace two_ways { struct payment { std::variant<std::uint32_t, std::string> by; }; }
namespace three_ways { struct payment { std::variant<std::uint32_t, std::string, bool> by; }; }
namespace first_way { struct payment { std::variant<bool, std::uint32_t, std::string> by; }; }
// clang-format on

TEST(evolution, an_alternative_appended_is_unknown_to_the_old_and_one_in_front_moves_the_others) {
  expect({
      row<three_ways::payment>("new reads old", two_ways::payment{"cash"}, R"({"by":"cash"})",
                               "payment.by is |u32,str| here and |u32,str,bool| there"),
      row<two_ways::payment>("old reads what it knows", three_ways::payment{"cash"}, R"({"by":"cash"})",
                             "payment.by is |u32,str,bool| here and |u32,str| there"),
      row<two_ways::payment>("old reads the new one", three_ways::payment{true},
                             "payment.by: alternative 2 of a variant of 2",
                             "payment.by is |u32,str,bool| here and |u32,str| there"),
      row<first_way::payment>("one in front", two_ways::payment{"cash"},
                              "payment.by[1]: expected an integer, found str",
                              "payment.by is |u32,str| here and |bool,u32,str| there"),
  });
}

// clang-format off
namespace flat { struct line { std::int32_t x = 0; std::int32_t y = 0; std::string name; }; }
namespace nested { struct point { std::int32_t x = 0; std::int32_t y = 0; }; struct line { point at; std::string name; }; }
namespace nested_more { struct point { std::int32_t x = 0; std::int32_t y = 0; std::int32_t z = 5; }; struct line { point at; std::string name; }; }
// clang-format on

TEST(evolution, fields_put_into_a_struct_are_another_message_and_such_a_struct_may_grow_at_its_end) {
  expect({
      row<nested::line>("nested reads flat", flat::line{1, 2, "a"},
                        "line.at: expected array, found an integer",
                        "field 1 of line is 'x' here and 'at' there"),
      row<flat::line>("flat reads nested", nested::line{{1, 2}, "a"},
                      "line.x: expected an integer, found array",
                      "field 1 of line is 'at' here and 'x' there"),
      row<nested_more::line>("the inner one grew", nested::line{{1, 2}, "a"},
                             R"({"at":{"x":1,"y":2,"z":5},"name":"a"})",
                             "line.at has the field 'z' (i32) there and not here"),
      row<nested::line>("old reads it", nested_more::line{{1, 2, 3}, "a"},
                        R"({"at":{"x":1,"y":2},"name":"a"})",
                        "line.at has the field 'z' (i32) here and not there"),
  });
}

// A struct of the name of one around it, and another type.
// clang-format off
namespace same_name { namespace within { struct box { std::int32_t side = 0; }; } struct box { within::box inner; }; }
namespace same_name_later { namespace within { struct box { std::string side; }; } struct box { within::box inner; }; }
// clang-format on

TEST(evolution, a_struct_of_the_name_of_the_one_around_it_is_compared) {
  expect({
      row<same_name_later::box>("its field has another type", same_name::box{{5}},
                                "box.inner.side: expected str or bin, found an integer",
                                "box.inner.side is i32 here and str there"),
  });
}

TEST(evolution, what_shapes_do_not_tell_the_handshake_does_not_see) {
  using namespace std::chrono_literals;
  expect({
      row<other_defaults::order>("another default", seven, R"({"id":7,"name":"Ada"})", ""),
      row<std::chrono::seconds>("a coarser unit rounds towards zero", 1999ms, "1", ""),
      row<std::chrono::milliseconds>("a finer unit", 2s, "2", ""),
      row<std::deque<int>>("another sequence", std::vector{1, 2}, "[1,2]", ""),
      row<std::unordered_map<int, bool>>("another map", std::map<int, bool>{{1, true}}, R"({"1":true})", ""),
      row<std::tuple<int, bool>>("another product", std::pair{1, true}, "[1,true]", ""),
  });
}

}  // namespace
}  // namespace troupe::transport::evolution_test
