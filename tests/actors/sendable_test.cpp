#include <troupe/actors/address.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <initializer_list>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <queue>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
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
  std::unique_ptr<plain[]> many;
  std::shared_ptr<const plain> shared;
  std::weak_ptr<const plain> watched;
  troupe::bytes payload;
  void (*function)(int) = nullptr;
  int plain::*member = nullptr;
};
struct with_view {
  plain first;
  std::string_view text;
};
struct based : plain {
  int more = 0;
};
struct c_array {
  int values[3] = {};
};
struct c_array_of_one {
  int value[1] = {};
};
union choice {
  int whole;
  float real;
};
struct many_fields {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6;
  int b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2;
};
struct immovable {
  immovable() = default;
  immovable(immovable&&) = delete;
};
struct trusted {
  int* into_static_memory = nullptr;
};
struct empty_base {};
struct based_on_nothing : empty_base {};

// Types that hold themselves.
struct tree {
  std::vector<tree> children;
};
struct list_node {
  std::string text;
  std::unique_ptr<list_node> next;
};
struct nested_optional {
  std::vector<std::optional<nested_optional>> below;
};
struct sum;
struct product;
using expression = std::variant<int, std::unique_ptr<sum>, std::unique_ptr<product>>;
struct sum {
  expression left, right;
};
struct product {
  expression left, right;
};
struct bad_tree {
  std::vector<bad_tree> children;
  std::map<std::string, std::unique_ptr<bad_tree>> by_name;
  char* text = nullptr;
};

// Classes whose members nobody sees.
class closed {
 public:
  explicit closed(int* p) : hidden_(p) {}

 private:
  [[maybe_unused]] int* hidden_;
};
template <class T>
class ring {
 public:
  ring() = default;

 private:
  std::vector<T> items_;
};
struct unknown;  // never defined
struct handle {
  std::unique_ptr<unknown, void (*)(unknown*)> owned{nullptr, [](unknown*) {}};
};
struct protocol {
  troupe::address<unknown> answer_to;
};

}  // namespace
}  // namespace sendable_test

template <>
inline constexpr bool troupe::sendable_v<sendable_test::trusted> = true;

namespace sendable_test {
namespace {

template <class... Ts>
constexpr bool all_sendable = (sendable<Ts> && ...);
template <class... Ts>
constexpr bool none_sendable = !(sendable<Ts> || ...);
template <class T>
struct holder {
  int before = 0;
  T held;
};
/// By themselves and as fields; whatever else holds them is the business of one test.
template <class... Ts>
constexpr bool refused = none_sendable<Ts..., holder<Ts>...>;

TEST(sendable, accepts_what_owns_its_data) {
  static_assert(all_sendable<std::uint64_t, bool, std::byte, std::nullptr_t, std::string, plain, owning>);
  static_assert(
      all_sendable<std::vector<std::string>, std::array<plain, 2>, std::deque<plain>, std::list<plain>,
                   std::set<std::string>, std::unordered_map<std::string, plain>, std::queue<plain>,
                   std::vector<bool>, std::bitset<8>, std::optional<plain>, troupe::result<plain>>);
  static_assert(all_sendable<std::tuple<>, std::tuple<int, plain>, std::variant<std::monostate, plain>,
                             std::pair<const int, std::string>>);
  static_assert(all_sendable<std::chrono::nanoseconds, std::chrono::steady_clock::time_point,
                             std::filesystem::path, std::error_code, std::thread, std::thread::id,
                             std::future<int>, std::promise<void>, troupe::unique_fd>);
  static_assert(all_sendable<troupe::down, troupe::error, troupe::bytes, troupe::address<plain>>);
  static_assert(all_sendable<based_on_nothing>, "an empty base hides nothing");
}

TEST(sendable, accepts_what_it_cannot_look_into) {
  static_assert(all_sendable<std::function<void(std::string_view)>, std::packaged_task<int()>, std::any>);
  static_assert(all_sendable<closed, ring<plain>, handle, protocol, std::shared_ptr<const void>>);
}

TEST(sendable, refuses_raw_pointers_and_references) {
  static_assert(refused<int*, const char*, void*, std::reference_wrapper<plain>>);
  static_assert(none_sendable<int&, const plain&, holder<int&>, std::tuple<int, plain&>>);
}

TEST(sendable, refuses_at_any_depth) {
  using bad = holder<const char*>;
  static_assert(none_sendable<holder<bad>, std::vector<bad>, holder<std::vector<bad>>, std::array<bad, 2>,
                              std::list<bad>, std::optional<bad>, std::map<int, bad>,
                              std::map<const char*, int>, std::pair<int, bad>, std::tuple<int, bad>,
                              std::variant<int, bad>, troupe::result<bad>, std::queue<bad>>);
  static_assert(none_sendable<std::unique_ptr<bad>, std::unique_ptr<bad[]>, std::shared_ptr<const bad>,
                              std::vector<std::optional<std::map<int, std::unique_ptr<holder<bad>>>>>>);
  static_assert(none_sendable<ring<bad>, std::future<bad>>, "of a closed class, what its template was given");
}

TEST(sendable, refuses_views) {
  static_assert(
      refused<std::string_view, std::span<int>, std::span<const std::byte, 4>, std::initializer_list<int>,
              std::coroutine_handle<>, std::ranges::ref_view<std::vector<int>>,
              std::ranges::subrange<std::vector<int>::iterator>>);
}

TEST(sendable, refuses_iterators) {
  static_assert(
      refused<std::vector<int>::iterator, std::string::const_iterator, std::map<int, plain>::iterator>);
  static_assert(
      none_sendable<std::deque<int>::iterator, std::list<int>::const_iterator, std::set<int>::iterator,
                    std::vector<bool>::iterator, std::vector<int>::reverse_iterator,
                    std::move_iterator<std::vector<int>::iterator>, std::istream_iterator<int>,
                    std::back_insert_iterator<std::vector<int>>, std::filesystem::directory_iterator>);
}

TEST(sendable, refuses_what_several_may_change) {
  static_assert(
      refused<std::shared_ptr<int>, std::weak_ptr<plain>, std::shared_ptr<int[]>, std::shared_ptr<void>>);
  static_assert(none_sendable<std::exception_ptr, std::shared_ptr<std::shared_ptr<const int>>>);
}

TEST(sendable, refuses_a_shared_constant_that_its_readers_can_change) {
  struct cache {
    mutable int hits = 0;
  };
  static_assert(sendable<cache> && none_sendable<std::shared_ptr<const cache>>);
  static_assert(
      none_sendable<std::shared_ptr<const std::unique_ptr<int>>, std::weak_ptr<const std::function<void()>>>);
}

TEST(sendable, refuses_lambdas_with_captures) {
  int here = 0;
  const auto by_reference = [&here] { return here; };
  const auto by_value = [here](int i) mutable { return here += i; };
  const auto generic = [here](auto i) { return here + i; };
  const auto of_nothing = [](int i) { return i; };
  static_assert(refused<std::remove_const_t<decltype(by_reference)>>);
  static_assert(none_sendable<decltype(by_value), decltype(generic)>);
  static_assert(none_sendable<std::set<int, std::remove_const_t<decltype(generic)>>,
                              std::unique_ptr<int, std::remove_const_t<decltype(generic)>>>,
                "in a comparison, in a deleter");
  static_assert(all_sendable<decltype(of_nothing), std::set<int, std::remove_const_t<decltype(of_nothing)>>>);
  auto makes_a_struct = [here]() mutable {
    struct local {
      explicit local(int n) : number(n) {}
      const int number;
    };
    return local(++here);
  };
  static_assert(
      !std::is_move_assignable_v<decltype(makes_a_struct())> && sendable<decltype(makes_a_struct())>,
      "a struct in a lambda is no lambda");
}

TEST(sendable, refuses_what_stands_for_a_bit) {
  static_assert(none_sendable<std::vector<bool>::reference, std::bitset<3>::reference>);
  static_assert(all_sendable<std::vector<bool>, std::bitset<3>, std::optional<bool>, std::true_type>);
}

TEST(sendable, refuses_what_bind_has_made) {
  struct adder {
    int operator()(int a, int b) const { return a + b; }
  };
  int here = 0;
  static_assert(
      none_sendable<decltype(std::bind(adder(), std::ref(here), 1)), decltype(std::bind(adder(), 1, 2))>);
  static_assert(all_sendable<adder, decltype(std::not_fn(adder()))>);
}

TEST(sendable, refuses_what_hides_its_fields) {
  static_assert(refused<based, c_array, c_array_of_one, choice>);
  static_assert(none_sendable<many_fields, int[3]>);
}

TEST(sendable, refuses_memory_and_locks_that_belong_to_somebody) {
  static_assert(refused<std::pmr::string, std::pmr::vector<int>, std::unique_lock<std::mutex>>);
  static_assert(none_sendable<std::unique_ptr<std::FILE, int (*)(std::FILE*)>>, "a struct of pointers");
}

TEST(sendable, refuses_what_cannot_be_moved) {
  static_assert(none_sendable<immovable, holder<immovable>, std::atomic<int>, std::mutex>);
  static_assert(all_sendable<std::unique_ptr<immovable>, std::unique_ptr<std::atomic<int>>>,
                "the pointer can");
}

TEST(sendable, ends_with_types_that_hold_themselves) {
  static_assert(all_sendable<tree, list_node, nested_optional, expression, sum>);
  static_assert(none_sendable<bad_tree, std::unique_ptr<bad_tree>>);
}

template <class... Ts>
class closed_pack {
  [[maybe_unused]] int number_ = 0;
};
template <std::size_t... I>
constexpr auto of_many_classes(std::index_sequence<I...>) -> closed_pack<std::array<int, I + 1>...>;

TEST(sendable, says_so_when_there_are_too_many_classes_to_follow) {
  static_assert(none_sendable<decltype(of_many_classes(std::make_index_sequence<127>()))>);
}

TEST(sendable, believes_a_signed_exception) {
  static_assert(all_sendable<trusted, holder<trusted>, std::vector<trusted>>);
}

template <class M>
std::string why_not_sendable() {
  constexpr auto why = troupe::actors::ownership::why_not_sendable<M>();
  return std::string(why.view());
}
/// What stands between the quotation marks after "its field" or "its part".
template <class M>
std::string path_of() {
  const std::string why = why_not_sendable<M>();
  const auto its = why.find("cannot be sent: its ");
  const auto from = why.find('\'', its) + 1;
  return its == std::string::npos ? why : why.substr(from, why.find('\'', from) - from);
}

TEST(sendable, names_the_message_and_says_what_is_wrong) {
  EXPECT_EQ(why_not_sendable<with_view>(),
            "troupe: message 'with_view' cannot be sent: its field 'text' is a view of data that somebody "
            "else owns: "
            "use std::string, std::vector or troupe::bytes");
  EXPECT_EQ(why_not_sendable<based>(),
            "troupe: message 'based' cannot be sent: it has a base class, whose fields cannot be seen: make "
            "it a field");
  EXPECT_EQ(
      why_not_sendable<std::unique_ptr<int*>>(),
      "troupe: message 'unique_ptr<int*>' cannot be sent: what it points to is a raw pointer, which does "
      "not own what it points to: use std::unique_ptr");
  EXPECT_EQ(why_not_sendable<immovable>(), "troupe: message 'immovable' cannot be sent: it cannot be moved");
  EXPECT_EQ(why_not_sendable<holder<std::atomic<int>>>(),
            "troupe: message 'holder<atomic<int>>' cannot be sent: its field 'held' cannot be moved");
}

/// More of them are in compile_fail/fields_at_depth.cpp.
TEST(sendable, names_the_field_at_any_depth) {
  struct line {
    int count = 0;
    const char* text = nullptr;
  };
  EXPECT_EQ((path_of<holder<std::optional<std::vector<line>>>>()), "held[].text");
  EXPECT_EQ((path_of<holder<std::unique_ptr<line[]>>>()), "held[].text");
  EXPECT_EQ((path_of<holder<std::shared_ptr<const line>>>()), "held->text");
  EXPECT_EQ((path_of<holder<std::optional<const char*>>>()), "*held");
  EXPECT_EQ((path_of<holder<std::array<const char*, 2>>>()), "held[]");
  EXPECT_EQ((path_of<std::map<const char*, int>>()), "[].first");
  EXPECT_EQ((path_of<std::tuple<int, int, int, int, int, int, int, int, int, int, line>>()), "<10>.text");
  EXPECT_EQ((path_of<ring<line>>()), "<line>.text");
  EXPECT_EQ((path_of<std::pair<int, line>>()), "second.text");
}

TEST(sendable, counts_the_fields_beside_a_reference) {
  EXPECT_EQ(path_of<holder<int&>>(), "field 2") << "compilers do not tell the names beside a reference";
}

}  // namespace
}  // namespace sendable_test
