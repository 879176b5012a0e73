#include "looking.hpp"

#include <troupe/spawn/process_handle.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <type_traits>

namespace troupe::spawn::process_handle_test {

using test::becomes_readable;
using test::pose;
using test::poser;

namespace {

/// Signals without a handler would show in the status: a child that is ended by SIGKILL has had no other.
void expect_untouched(poser& one) {
  EXPECT_EQ(one.process.try_wait(), std::nullopt);
  one.process.kill();
  EXPECT_EQ(one.process.wait().status.signal(), SIGKILL);
}

process_key end_and_reap(poser one) {
  const process_key key = one.key();
  one.process.kill();
  one.process.wait();
  return key;
}

/// Another process with the number of one that has been reaped; nullopt when we may not choose numbers.
std::optional<poser> reuse_number(process_key old) {
  const auto until = deadline::after(test::watchdog);
  while (!until.passed()) {
    const unique_fd last(::open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC));
    if (!last || !write_all(last.get(), as_bytes_view(std::to_string(old.id - 1)))) return std::nullopt;
    poser one = pose({"stay"});  // somebody else may be quicker, or all of this within one tick
    if (one.id() == old.id && one.key() != old) return one;
  }
  return std::nullopt;
}

}  // namespace

static_assert(std::is_nothrow_move_constructible_v<process_handle> &&
              !std::is_copy_constructible_v<process_handle>);

TEST(process_handle, signals_reach_the_process) {
  poser one = pose({"stay"});
  auto handle = process_handle::open(one.key());
  ASSERT_TRUE(handle) << handle.error().message();
  EXPECT_EQ(handle->key(), one.key());
  EXPECT_FALSE(handle->has_ended());
  ASSERT_TRUE(handle->signal(0));
  ASSERT_TRUE(handle->signal(SIGTERM));
  EXPECT_EQ(one.process.wait().status.signal(), SIGTERM);
}

TEST(process_handle, one_call_signals_the_process) {
  poser one = pose({"stay"});
  ASSERT_TRUE(signal_process(one.key(), SIGUSR1));
  EXPECT_EQ(one.process.wait().status.signal(), SIGUSR1);
}

TEST(process_handle, a_grandchild_can_be_watched_to_its_end) {
  poser one = pose({"nest", "1"}, "");
  test::read_line(one.out.get());
  const pid_t grandchild = std::stoi(test::read_line(one.out.get()));
  auto handle = process_handle::open(inspect(grandchild).value().key);
  ASSERT_TRUE(handle) << handle.error().message();
  EXPECT_EQ(handle->wait_until(deadline::after(milliseconds(1))), false);
  ASSERT_TRUE(handle->signal(SIGKILL));
  EXPECT_EQ(handle->wait_until(deadline::after(test::watchdog)), true);
  EXPECT_TRUE(handle->has_ended());
  EXPECT_TRUE(becomes_readable(handle->pidfd()));
}

TEST(process_handle, a_wrong_start_time_is_refused_and_nobody_signalled) {
  poser one = pose({"stay"});
  for (const std::uint64_t off :
       {std::uint64_t{1}, ~std::uint64_t{0}, one.key().started}) {  // later, earlier, 0
    const process_key stranger{one.id(), one.key().started - off};
    const auto opened = process_handle::open(stranger);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::not_found);
    EXPECT_NE(opened.error().context.find("process " + std::to_string(one.id())), std::string::npos);
    EXPECT_NE(opened.error().context.find("another process's by now"), std::string::npos);
    EXPECT_EQ(signal_process(stranger, SIGTERM).error().code, errc::not_found);
  }
  expect_untouched(one);
}

TEST(process_handle, one_that_was_reaped_is_not_found) {
  const process_key key = end_and_reap(pose({"stay"}));
  EXPECT_EQ(process_handle::open(key).error().code, errc::not_found);
  const auto sent = signal_process(key, SIGTERM);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, errc::not_found);
  EXPECT_NE(sent.error().context.find("SIGTERM"), std::string::npos);
  EXPECT_NE(sent.error().context.find("process " + std::to_string(key.id)), std::string::npos);
}

TEST(process_handle, a_zombie_has_ended_and_takes_signals) {
  poser one = pose({"stay"});
  auto handle = process_handle::open(one.key());
  ASSERT_TRUE(handle);
  one.process.kill();
  EXPECT_TRUE(becomes_readable(handle->pidfd()));
  EXPECT_TRUE(handle->has_ended());
  EXPECT_TRUE(handle->signal(SIGTERM));
  EXPECT_TRUE(process_handle::open(handle->key())->has_ended());
}

TEST(process_handle, a_handle_outlives_the_reaping_and_reaches_nobody) {
  poser one = pose({"stay"});
  auto handle = process_handle::open(one.key());
  ASSERT_TRUE(handle);
  end_and_reap(std::move(one));
  EXPECT_TRUE(handle->has_ended());
  EXPECT_EQ(handle->wait_until(deadline::after(nanoseconds(0))), true);
  const auto late = handle->signal(SIGTERM);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::not_found);
  EXPECT_EQ(late.error().context, "send SIGTERM to process " + std::to_string(handle->key().id));
}

TEST(process_handle, whoever_gets_the_number_next_is_not_hit) {
  poser one = pose({"stay"});
  auto handle = process_handle::open(one.key());
  ASSERT_TRUE(handle);
  const process_key old = end_and_reap(std::move(one));
  auto stranger = reuse_number(old);
  if (!stranger) {  // not root: the same with a number that is in use and a start time that is not
    stranger = pose({"stay"});
    EXPECT_FALSE(signal_process({stranger->id(), old.started - 1}, SIGTERM));
    return expect_untouched(*stranger);
  }
  EXPECT_EQ(stranger->id(), old.id);
  EXPECT_EQ(signal_process(old, SIGTERM).error().code, errc::not_found);
  EXPECT_EQ(process_handle::open(old).error().code, errc::not_found);
  EXPECT_EQ(tree_below(old).error().code, errc::not_found);
  EXPECT_EQ(handle->signal(SIGTERM).error().code, errc::not_found);
  EXPECT_TRUE(handle->has_ended());
  expect_untouched(*stranger);
}

TEST(process_handle, a_number_that_is_no_signal_is_refused) {
  poser one = pose({"stay"});
  for (const int number : {-1, 65, 12345}) {
    const auto sent = signal_process(one.key(), number);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, errc::invalid_argument);
    EXPECT_EQ(sent.error().context,
              "send signal " + std::to_string(number) + " to process " + std::to_string(one.id()));
  }
  expect_untouched(one);
}

TEST(process_handle, a_number_that_is_no_process_is_refused) {
  for (const pid_t id : {0, -1, -getpid()}) {
    EXPECT_EQ(process_handle::open({id, 1}).error().code, errc::invalid_argument);
    EXPECT_EQ(signal_process({id, 1}, 0).error().code, errc::invalid_argument);
  }
}

TEST(process_handle, the_process_of_another_user_may_be_watched_and_not_signalled) {
  const process_key target = inspect(geteuid() == 0 ? getpid() : 1).value().key;
  const auto what = test::in_another_process([&] {
    if (geteuid() == 0 && setuid(test::another_user) != 0) return 1;
    auto handle = process_handle::open(target);
    if (!handle || handle->has_ended()) return 2;
    const auto sent = handle->signal(SIGTERM);
    if (sent || sent.error().code != errc::permission_denied) return 3;
    return sent.error().context == "send SIGTERM to process " + std::to_string(target.id) ? 0 : 4;
  });
  EXPECT_EQ(what, 0);
}

TEST(process_handle, it_leaks_no_descriptor) {
  poser one = pose({"stay"});
  const process_key key = one.key();
  const auto before = test::count_open_descriptors();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(process_handle::open(key));
    EXPECT_FALSE(process_handle::open({key.id, key.started + 1}));
    EXPECT_TRUE(inspect(key.id));
    EXPECT_TRUE(list_processes());
  }
  EXPECT_EQ(test::count_open_descriptors(), before);
}

}  // namespace troupe::spawn::process_handle_test
