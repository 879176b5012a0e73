#include <troupe/spawn/spawner.hpp>

#include <fcntl.h>
#include <tests/spawn/support.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <string>

namespace troupe::spawn::pid_reuse_test {

using test::event_box;

namespace {

/// The next process gets the number `id`, if nobody else starts one in between.
bool ask_for_number(pid_t id) {
  const unique_fd file(open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC));
  return file && write_all(file.get(), as_bytes_view(std::to_string(id - 1))).has_value();
}

bool may_choose_numbers() {
  std::ifstream last("/proc/sys/kernel/ns_last_pid");
  pid_t id = 0;
  return static_cast<bool>(last >> id) && ask_for_number(id + 1);
}

command waiting() {
  command what(REPORT_CHILD);
  return std::move(what.arg("wait").stdout_to(stdio::piped()).new_session());
}

/// A process with this number that leads a group and a session of this number; nullopt when somebody else in
/// this machine has taken it.
std::optional<child> stranger_with(pid_t id) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (!ask_for_number(id)) return std::nullopt;
    auto made = waiting().spawn();
    if (!made) return std::nullopt;
    if (made->id() != id) continue;
    const auto out = made->take_stdout();
    if (test::read_line(out.get()) == "ready") return std::move(*made);
  }
  return std::nullopt;
}

/// Alive, and not signalled with anything that ends it: it has the default action for all.
void expect_unharmed(child& stranger) {
  ASSERT_TRUE(stranger.signal(0)) << "it is gone";
  ASSERT_EQ(stranger.try_wait(), std::nullopt);
  // What was sent before this arrives before: a lower number is delivered first, and SIGKILL before all.
  ASSERT_TRUE(stranger.signal(SIGRTMAX));
  EXPECT_EQ(stranger.wait().status.signal(), SIGRTMAX);
}

/// Everything a handle can do to its process.
void attack_with(child& handle) {
  EXPECT_FALSE(handle.signal(SIGTERM));
  EXPECT_FALSE(handle.signal_group(SIGTERM));
  handle.kill();
  handle.kill_group();
  handle.look_at_memory();
  static_cast<void>(handle.stop(SIGTERM, nanoseconds(0)));
  static_cast<void>(handle.wait());
}

/// A child that has been waited for by somebody else than its handle.
child reaped_by_somebody_else() {
  auto made = waiting().spawn();
  EXPECT_TRUE(made);
  EXPECT_EQ(kill(made->id(), SIGKILL), 0);
  EXPECT_EQ(waitpid(made->id(), nullptr, 0), made->id());
  return std::move(*made);
}

template <class Handle>
pid_t number_of(const Handle& handle) {
  return handle.id();
}

pid_t number_of(const std::unique_ptr<child>& handle) {
  return handle->id();
}

class pid_reuse : public testing::Test {
 protected:
  void SetUp() override {
    if (!may_choose_numbers()) GTEST_SKIP() << "/proc/sys/kernel/ns_last_pid is not writable: root is needed";
  }
  /// Runs `test` with a stranger in the place of what `make` has made and ended; again, with another number,
  /// when somebody has taken the number.
  template <class Make, class Test>
  static void with_stranger(const Make& make, const Test& test) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      auto gone = make();
      auto stranger = stranger_with(number_of(gone));
      if (!stranger) continue;
      test(gone, *stranger);
      return;
    }
    FAIL() << "no number could be had a second time";
  }
};

}  // namespace

TEST_F(pid_reuse, a_handle_whose_child_it_has_reaped_does_not_touch_the_stranger) {
  with_stranger(
      [] {
        auto made = std::move(*waiting().spawn());
        made.kill();
        made.wait();
        return made;
      },
      [](child& gone, child& stranger) {
        attack_with(gone);
        expect_unharmed(stranger);
      });
}

TEST_F(pid_reuse, a_handle_whose_child_somebody_else_has_reaped_does_not_touch_the_stranger) {
  with_stranger(reaped_by_somebody_else, [](child& gone, child& stranger) {
    attack_with(gone);
    EXPECT_TRUE(gone.wait().status.is_unknown());
    expect_unharmed(stranger);
  });
}

TEST_F(pid_reuse, a_handle_that_is_destroyed_does_not_touch_the_stranger) {
  with_stranger([] { return std::make_unique<child>(reaped_by_somebody_else()); },
                [](std::unique_ptr<child>& gone, child& stranger) {
                  gone.reset();
                  expect_unharmed(stranger);
                });
}

TEST_F(pid_reuse, a_supervised_child_that_has_ended_does_not_touch_the_stranger) {
  event_box<exit_report> ends;
  auto crew = spawner::start();
  ASSERT_TRUE(crew);
  with_stranger(
      [&] {
        const auto before = ends.wait_for(0).size();
        auto one =
            (*crew)->launch(waiting(), {.on_exit = [&](const exit_report& report) { ends.put(report); }});
        EXPECT_TRUE(one);
        one->kill();
        EXPECT_EQ(ends.wait_for(before + 1).size(), before + 1);
        return *one;
      },
      [](supervised_child& gone, child& stranger) {
        EXPECT_FALSE(gone.signal(SIGTERM));
        gone.kill();
        gone.kill_group();
        gone.stop(SIGTERM, nanoseconds(0));
        expect_unharmed(stranger);
      });
}

}  // namespace troupe::spawn::pid_reuse_test
