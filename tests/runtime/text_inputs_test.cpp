#include "../end_to_end/folder.hpp"

#include <troupe/base/codec.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/sources/reader.hpp>
#include <troupe/runtime/sources/text_source.hpp>
#include <troupe/spawn/pipes/pipe.hpp>
#include <troupe/spawn/pipes/unix_socket.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

namespace troupe::runtime::text_inputs_test {
namespace {

deadline watchdog() {
  return deadline::after(std::chrono::minutes(1));
}

class text_inputs_test : public ::testing::Test {
 protected:
  text_inputs_test() {
    auto started = spawn::spawner::start({.drain = nanoseconds(0)}, spawn::guarding::none);
    EXPECT_TRUE(started);
    programs = std::move(*started);
  }
  std::unique_ptr<text_source> reading(result<std::unique_ptr<text_inputs>> from) {
    EXPECT_TRUE(from) << from.error().message();
    auto source = text_source::open(std::move(*from), packing::single, {});
    EXPECT_TRUE(source);
    return std::move(*source);
  }
  std::unique_ptr<text_source> printed_by(std::vector<std::string> argv, std::vector<int> success = {0}) {
    return reading(inputs_from_program({std::move(argv), std::move(success)}, *programs, {}));
  }
  std::unique_ptr<text_source> printed_by_shell(std::string script) {
    return printed_by({"sh", "-c", std::move(script)});
  }
  std::string make_fifo() const {
    EXPECT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0);
    return home.path("fifo");
  }
  std::string socket() const { return home.path("socket"); }
  /// The texts of all lines until the end; "!" and the message where that is an error.
  static std::vector<std::string> texts(text_source& from) {
    std::vector<std::string> all;
    while (true) {
      auto next = from.next();
      if (!next) all.push_back('!' + next.error().message());
      if (!next || !*next) return all;
      all.push_back(decode<line>((*next)->payload)->text);
    }
  }
  static std::string next_text(text_source& from) {
    auto next = from.next();
    return next && *next ? decode<line>((*next)->payload)->text : "no line";
  }
  static void say(const unique_fd& to, const std::string& text) {
    EXPECT_TRUE(spawn::write_all(to.get(), as_bytes_view(text), watchdog()));
  }
  using lines_read = std::vector<std::string>;

  const end_to_end::folder home;
  std::unique_ptr<spawn::spawner> programs;
};

TEST_F(text_inputs_test, what_a_program_prints_comes_line_by_line_with_its_name) {
  const auto source = printed_by_shell("echo one; printf 'two\\r\\nlast without end'");
  const auto first = source->next();
  ASSERT_TRUE(first && *first);
  const auto line_one = decode<line>((*first)->payload);
  EXPECT_EQ(line_one->text, "one");
  EXPECT_EQ(line_one->file, "sh");
  EXPECT_EQ(line_one->number, 1U);
  EXPECT_EQ(texts(*source), (lines_read{"two", "last without end"}));
}

TEST_F(text_inputs_test, a_program_that_prints_nothing_gives_nothing) {
  EXPECT_EQ(texts(*printed_by({"true"})), lines_read{});
}

TEST_F(text_inputs_test, a_program_that_fails_is_an_error_behind_its_lines_with_what_it_said) {
  const auto all = texts(*printed_by_shell("echo one; echo trouble ahead >&2; exit 3"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], "one");
  EXPECT_NE(all[1].find("exit 3'"), std::string::npos) << all[1];
  EXPECT_NE(all[1].find("code 3"), std::string::npos) << all[1];
  EXPECT_NE(all[1].find("\n  stderr: trouble ahead"), std::string::npos) << all[1];
}

TEST_F(text_inputs_test, a_program_that_a_signal_ends_is_an_error) {
  const auto all = texts(*printed_by_shell("kill -KILL $$"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NE(all[0].find("SIGKILL"), std::string::npos) << all[0];
}

TEST_F(text_inputs_test, other_codes_may_be_a_success) {
  EXPECT_EQ(texts(*printed_by({"grep", "x", "/dev/null"}, {0, 1})), lines_read{});
}

TEST_F(text_inputs_test, a_program_that_is_not_there_is_an_error_with_its_name) {
  const auto all = texts(*printed_by({"/no/such/program"}));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NE(all[0].find("/no/such/program"), std::string::npos) << all[0];
}

TEST_F(text_inputs_test, a_program_reads_nothing) {
  EXPECT_EQ(texts(*printed_by_shell("cat; echo end")), lines_read{"end"});
}

TEST_F(text_inputs_test, what_a_program_left_behind_holds_nothing_up) {
  // In a session of its own it is not killed with the program's group, and holds the pipe.
  const auto id = home.path("id");
  const auto source = printed_by_shell("setsid sh -c 'echo $$ > " + id + ".new; mv " + id + ".new " + id +
                                       "; exec sleep 1000' & while [ ! -e " + id +
                                       " ]; do sleep 0.01; done; "
                                       "echo one");
  EXPECT_EQ(texts(*source), lines_read{"one"});
  const auto left = static_cast<pid_t>(std::stol(home.read("id")));
  EXPECT_EQ(::kill(left, SIGKILL), 0) << "it is still there";
}

TEST_F(text_inputs_test, a_stop_kills_the_program_that_is_waited_for) {
  const auto fifo = make_fifo();
  const unique_fd alive(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto source = printed_by_shell("exec 3> " + fifo + "; echo one; sleep 1000");
  EXPECT_EQ(next_text(*source), "one");
  std::thread waiting([&] { EXPECT_EQ(texts(*source), lines_read{}); });
  source->stop();
  waiting.join();
  std::byte end[1];
  ASSERT_TRUE(spawn::wait_ready(alive.get(), spawn::readiness::read, watchdog()).value_or(false));
  EXPECT_EQ(spawn::read_some(alive.get(), end).value_or(1), 0U) << "nobody holds the other end any more";
}

TEST_F(text_inputs_test, after_a_stop_no_program_is_started) {
  const auto source = printed_by_shell("echo begun > " + home.path("begun"));
  source->stop();
  EXPECT_EQ(texts(*source), lines_read{});
  EXPECT_FALSE(home.holds("begun"));
}

TEST_F(text_inputs_test, a_fifo_ends_when_all_who_wrote_have_gone) {
  const auto fifo = make_fifo();
  const auto source = reading(inputs_from_fifo({fifo}));
  unique_fd one(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  unique_fd other(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  say(one, "of one\n");
  one.reset();
  EXPECT_EQ(next_text(*source), "of one");
  say(other, "of the other");
  other.reset();
  EXPECT_EQ(texts(*source), lines_read{"of the other"});
}

TEST_F(text_inputs_test, a_fifo_that_is_kept_open_waits_for_the_next_writer) {
  const auto fifo = make_fifo();
  const auto source = reading(inputs_from_fifo({fifo, true}));
  for (const std::string text : {"one", "two"}) {
    say(unique_fd(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC)), text + '\n');
    EXPECT_EQ(next_text(*source), text);
  }
  EXPECT_TRUE(source->would_wait());
  std::thread waiting([&] { EXPECT_EQ(texts(*source), lines_read{}); });
  source->stop();
  waiting.join();
}

TEST_F(text_inputs_test, waiting_for_the_first_writer_of_a_fifo_ends_with_a_stop) {
  const auto source = reading(inputs_from_fifo({make_fifo()}));
  std::thread waiting([&] { EXPECT_EQ(texts(*source), lines_read{}); });
  source->stop();
  waiting.join();
}

TEST_F(text_inputs_test, what_is_no_fifo_is_refused) {
  home.write("file", "text\n");
  const auto opened = inputs_from_fifo({home.path("file")});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::wrong_kind);
}

TEST_F(text_inputs_test, connections_come_one_after_the_other) {
  const auto source = reading(inputs_from_socket({socket()}));
  auto one = spawn::connect_unix(socket(), watchdog());
  auto other = spawn::connect_unix(socket(), watchdog());
  ASSERT_TRUE(one && other);
  say(*other, "of the other\n");
  say(*one, "of one\nno end");
  EXPECT_EQ(next_text(*source), "of one");
  one->reset();
  EXPECT_EQ(next_text(*source), "no end");
  EXPECT_EQ(next_text(*source), "of the other");
  other->reset();
  EXPECT_EQ(texts(*source), lines_read{}) << "nobody is left";
}

TEST_F(text_inputs_test, a_socket_that_is_kept_open_waits_for_the_next_connection) {
  const auto source = reading(inputs_from_socket({socket(), true}));
  for (const std::string text : {"one", "two"}) {
    auto sender = spawn::connect_unix(socket(), watchdog());
    ASSERT_TRUE(sender);
    say(*sender, text + '\n');
    sender->reset();
    EXPECT_EQ(next_text(*source), text);
  }
  std::thread waiting([&] { EXPECT_EQ(texts(*source), lines_read{}); });
  source->stop();
  waiting.join();
}

TEST_F(text_inputs_test, the_path_of_a_socket_goes_with_its_source) {
  { const auto source = reading(inputs_from_socket({socket()})); }
  EXPECT_FALSE(home.holds("socket"));
}

TEST_F(text_inputs_test, a_socket_on_which_nobody_listens_any_more_is_replaced) {
  {
    auto dead = spawn::unix_listener::bind(home.path("first"));
    ASSERT_TRUE(dead);
    ASSERT_EQ(::rename(home.path("first").c_str(), socket().c_str()), 0);  // so it stays
  }
  ASSERT_TRUE(home.holds("socket"));
  const auto source = reading(inputs_from_socket({socket()}));
  auto sender = spawn::connect_unix(socket(), watchdog());
  ASSERT_TRUE(sender) << sender.error().message();
  say(*sender, "one\n");
  EXPECT_EQ(next_text(*source), "one");
}

TEST_F(text_inputs_test, a_socket_on_which_somebody_listens_is_refused) {
  const auto taken = spawn::unix_listener::bind(socket());
  ASSERT_TRUE(taken);
  const auto opened = inputs_from_socket({socket()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::already_exists);
  EXPECT_TRUE(spawn::connect_unix(socket(), watchdog())) << "it is still there";
}

TEST_F(text_inputs_test, a_file_in_the_place_of_a_socket_is_left_alone) {
  home.write("socket", "mine\n");
  const auto opened = inputs_from_socket({socket()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::already_exists);
  EXPECT_EQ(home.read("socket"), "mine\n");
}

class read_ahead : public text_inputs_test, public ::testing::WithParamInterface<std::string> {
 protected:
  /// Writes until nobody takes any more; how much was taken.
  static std::size_t fill(int into) {
    const std::string line = std::string(999, 'x') + '\n';
    std::size_t taken = 0;
    while (true) {
      const auto written = spawn::write_some(into, as_bytes_view(line));
      if (!written || !*written) return taken;
      taken += **written;
    }
  }
  unique_fd join(source_plan& plan) const {
    if (GetParam() == "unix") plan.from = config::unix_source{socket()};
    if (GetParam() == "unix") return {};
    const auto fifo = make_fifo();
    if (GetParam() == "fifo") plan.from = config::fifo_source{fifo};
    if (GetParam() == "command") plan.from = config::command_source{{"cat", fifo}};
    return unique_fd(::open(fifo.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  }
};

TEST_P(read_ahead, is_no_more_than_was_allowed_however_much_is_written) {
  source_plan plan;
  auto into = join(plan);
  auto source = open_source(plan, {programs.get(), {}});
  ASSERT_TRUE(source) << source.error().message();
  if (!into) {
    auto sender = spawn::connect_unix(socket(), watchdog());
    ASSERT_TRUE(sender && spawn::set_nonblocking(sender->get()));
    into = std::move(*sender);
  }
  std::mutex mutex;
  std::condition_variable came;
  std::size_t deliveries = 0, items = 0;
  reader ahead(std::move(*source), [&](const portions& read) {
    const std::lock_guard lock(mutex);
    ++deliveries;
    items += read.items.size();
    came.notify_all();
  });
  for (int i = 0; i < 2; ++i) ahead.grant();
  std::size_t written = 0;
  const auto end = watchdog();
  for (std::unique_lock lock(mutex); deliveries < 2 && !end.passed();) {
    written += fill(into.get());
    came.wait_for(lock, std::chrono::milliseconds(1));
  }
  // Two deliveries have come, and a third is not allowed: what is taken now fills the kernel's buffers and no more.
  for (int i = 0; i < 100; ++i) written += fill(into.get());
  const std::lock_guard lock(mutex);
  EXPECT_EQ(deliveries, 2U);
  EXPECT_LT(written, std::size_t{4} << 20U) << "a reader that goes on would take it all";
  EXPECT_LE(items, 2U * 512U);
}

INSTANTIATE_TEST_SUITE_P(of, read_ahead, ::testing::Values("fifo", "unix", "command"),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace troupe::runtime::text_inputs_test
