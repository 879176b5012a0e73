// The theorems of Rust's Send and Sync in our words: Send is `sendable`, Sync is `shareable`, Box<T> is
// std::unique_ptr<T>, Arc<T> is troupe::shared<const T> or std::shared_ptr<const T>. Each is checked with four
// witnesses, one for every combination of the two properties.
#include <troupe/actors/address.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/actors/sendable.hpp>
#include <troupe/actors/shared.hpp>
#include <troupe/base/bytes.hpp>

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace send_and_sync_test {
namespace {

using troupe::sendable;
using troupe::shareable;

struct value {  // Send and Sync
  int number = 0;
  std::string text;
};
struct cell {  // Send, not Sync: as Cell<T> is
  mutable int number = 0;
};
struct guard {  // Sync, not Send: as MutexGuard<T> is
  const int* number = nullptr;
};
struct pointer {  // neither: as *mut T and Rc<T> are
  int* number = nullptr;
};

}  // namespace
}  // namespace send_and_sync_test

template <>
inline constexpr bool troupe::shareable_v<send_and_sync_test::guard> = true;

namespace send_and_sync_test {
namespace {

/// Whether Theorem<T>::holds for every T.
template <template <class> class Theorem, class... Ts>
constexpr bool for_each_of = (Theorem<Ts>::holds && ...);
template <template <class> class Theorem>
constexpr bool for_all = for_each_of<Theorem, value, cell, guard, pointer>;

TEST(send_and_sync, the_witnesses_are_the_four_combinations) {
  static_assert(sendable<value> && shareable<value>);
  static_assert(sendable<cell> && !shareable<cell>);
  static_assert(!sendable<guard> && shareable<guard>);
  static_assert(!sendable<pointer> && !shareable<pointer>);
}

/// Box<T>: Send <=> T: Send. The owner goes, and what it owns goes with it.
template <class T>
struct box_is_send {
  static constexpr bool holds = sendable<std::unique_ptr<T>> == sendable<T> &&
                                sendable<std::unique_ptr<const T>> == sendable<T> &&
                                sendable<std::unique_ptr<T[]>> == sendable<T>;
};
/// Box<T>: Sync <=> T: Sync; but only of a const T, because a const unique_ptr gives its T to be changed.
template <class T>
struct box_is_sync {
  static constexpr bool holds =
      shareable<std::unique_ptr<const T>> == shareable<T> && !shareable<std::unique_ptr<T>>;
};
TEST(send_and_sync, of_a_box) {
  static_assert(for_all<box_is_send>);
  static_assert(for_all<box_is_sync>);
}

/// Arc<T>: Send <=> T: Send + Sync. Many read the T, and whoever lets go last destroys it.
template <class T>
struct arc_is_send {
  static constexpr bool holds = sendable<troupe::shared<const T>> ==
                                (sendable<T> && shareable<T>)&&sendable<std::shared_ptr<const T>> ==
                                (sendable<T> && shareable<T>)&&sendable<std::weak_ptr<const T>> ==
                                (sendable<T> && shareable<T>);
};
/// Arc<T>: Sync <=> T: Send + Sync. Whoever reads a const Arc can copy it.
template <class T>
struct arc_is_sync {
  static constexpr bool holds = shareable<troupe::shared<const T>> ==
                                (sendable<T> && shareable<T>)&&shareable<std::shared_ptr<const T>> ==
                                (sendable<T> && shareable<T>);
};
/// Rc<UnsafeCell<T>>: what several may change is neither.
template <class T>
struct shared_mutable_is_neither {
  static constexpr bool holds =
      !sendable<std::shared_ptr<T>> && !shareable<std::shared_ptr<T>> && !sendable<std::weak_ptr<T>>;
};
TEST(send_and_sync, of_an_arc) {
  static_assert(for_all<arc_is_send>);
  static_assert(for_all<arc_is_sync>);
  static_assert(for_all<shared_mutable_is_neither>);
}

/// *const T, *mut T: neither. &T: Send <=> T: Sync in Rust, which knows how long the T lives; here neither.
template <class T>
struct what_borrows_is_neither {
  static constexpr bool holds = !sendable<T*> && !shareable<T*> && !sendable<const T&> &&
                                !shareable<const T*> && !sendable<std::reference_wrapper<const T>> &&
                                !shareable<std::reference_wrapper<const T>>;
};
TEST(send_and_sync, of_what_borrows) {
  static_assert(for_all<what_borrows_is_neither>);
}

/// Vec<T>, Option<T>, [T; N], HashMap<K, T>: Send <=> T: Send, Sync <=> T: Sync.
template <class T>
struct containers_are_what_they_hold {
  static constexpr bool sends = sendable<T>, shares = shareable<T>;
  static constexpr bool holds =
      sendable<std::vector<T>> == sends && shareable<std::vector<T>> == shares &&
      sendable<std::optional<T>> == sends && shareable<std::optional<T>> == shares &&
      sendable<std::array<T, 2>> == sends && shareable<std::array<T, 2>> == shares &&
      sendable<std::map<int, T>> == sends && shareable<std::map<int, T>> == shares &&
      sendable<std::vector<std::optional<T>>> == sends && shareable<std::vector<std::optional<T>>> == shares;
};
/// struct, tuple, enum: each is what all its parts are.
template <class T>
struct wholes_are_what_all_parts_are {
  struct with_others {
    std::string before;
    T held;
    int after = 0;
  };
  static constexpr bool sends = sendable<T>, shares = shareable<T>;
  static constexpr bool holds =
      sendable<with_others> == sends && shareable<with_others> == shares &&
      sendable<std::tuple<int, T>> == sends && shareable<std::tuple<int, T>> == shares &&
      sendable<std::pair<T, value>> == sends && shareable<std::pair<T, value>> == shares &&
      sendable<std::variant<value, T>> == sends && shareable<std::variant<value, T>> == shares &&
      !sendable<std::pair<T, pointer>> && !shareable<std::pair<T, pointer>>;
};
TEST(send_and_sync, of_containers_and_wholes) {
  static_assert(for_all<containers_are_what_they_hold>);
  static_assert(for_all<wholes_are_what_all_parts_are>);
  static_assert(!sendable<std::pair<cell, guard>> && !shareable<std::pair<cell, guard>>, "one lacks each");
}

/// AtomicT, Mutex<T>: Sync. They do not move here, a pointer to one does: Arc<AtomicT>: Send.
TEST(send_and_sync, of_what_synchronises_itself) {
  static_assert(shareable<std::atomic<int>> && shareable<std::mutex> && shareable<std::once_flag>);
  static_assert(sendable<troupe::shared<const std::atomic<int>>> && sendable<std::unique_ptr<std::mutex>>);
  static_assert(!shareable<std::atomic<int*>>, "an atomic pointer points, still");
}

/// dyn Fn(), dyn Any: neither, unless they say so. Here they are taken for Send, because an actor is full of them, and
/// never for Sync: a const std::function may change what it holds.
TEST(send_and_sync, of_what_cannot_be_seen) {
  static_assert(sendable<std::function<int()>> && !shareable<std::function<int()>>);
  static_assert(sendable<std::any> && !shareable<std::any>);
  static_assert(sendable<int (*)()> && shareable<int (*)()>, "a plain function holds nothing");
}

/// unsafe impl Send, unsafe impl Sync: two signatures, one for each.
struct signed_once {
  int* number = nullptr;
};
struct signed_twice {
  int* number = nullptr;
};

}  // namespace
}  // namespace send_and_sync_test

template <>
inline constexpr bool troupe::sendable_v<send_and_sync_test::signed_once> = true;
template <>
inline constexpr bool troupe::sendable_v<send_and_sync_test::signed_twice> = true;
template <>
inline constexpr bool troupe::shareable_v<send_and_sync_test::signed_twice> = true;

namespace send_and_sync_test {
namespace {

TEST(send_and_sync, of_what_is_signed) {
  static_assert(sendable<signed_once> && !shareable<signed_once>);
  static_assert(!sendable<troupe::shared<const signed_once>>, "the second signature is missing");
  static_assert(!sendable<troupe::shared<const guard>>, "here the first");
  static_assert(sendable<troupe::shared<const signed_twice>> && shareable<std::vector<signed_twice>>);
}

TEST(send_and_sync, of_our_own_types) {
  static_assert(sendable<troupe::bytes> && shareable<troupe::bytes>, "bytes never change");
  static_assert(sendable<troupe::address<pointer>> && shareable<troupe::address<pointer>>,
                "it holds no message");
  static_assert(sendable<troupe::shared<const troupe::bytes>> && shareable<troupe::down>);
}

TEST(send_and_sync, says_what_is_wrong_with_a_shared_value) {
  struct rules {
    std::vector<cell> counters;
  };
  constexpr auto why = troupe::actors::ownership::why_not_shareable<rules>();
  EXPECT_EQ(why.view(),
            "troupe: 'rules' cannot be shared: its field 'counters[]' has a mutable field, which may change "
            "while many "
            "read it: synchronise it and sign shareable_v");
}

}  // namespace
}  // namespace send_and_sync_test
