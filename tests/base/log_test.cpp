#include <troupe/base/log.hpp>
#include <troupe/base/unique_fd.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>  // setenv, which <cstdlib> does not promise
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace log_test {
namespace {

using troupe::errc;
using troupe::escape_for_terminal;
using troupe::log_colour;
using troupe::log_level;
using troupe::log_options;
using troupe::logger;

struct captured {
  std::vector<std::string> writes;
  logger log;
};

std::unique_ptr<captured> capture(log_options options) {
  auto out = std::make_unique<captured>();
  options.write = [to = out.get()](std::string_view text) { to->writes.emplace_back(text); };
  out->log = logger::make(std::move(options));
  return out;
}

/// Without the time of day, which every line must begin with.
std::string timeless(const std::string& text) {
  static const std::regex time("[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} ");
  return std::regex_replace(text, time, "");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

TEST(log, a_default_logger_discards) {
  const logger none;
  none.error("nobody hears this");
  EXPECT_FALSE(none.takes(log_level::error));
  EXPECT_FALSE(none.named("still nobody").takes(log_level::error));
}

TEST(log, a_line_has_time_level_name_and_text) {
  const auto to = capture({});
  to->log.named("count.0").warn("worker ", std::string("ended"), std::string_view("."));
  ASSERT_EQ(to->writes.size(), 1U);
  EXPECT_TRUE(std::regex_match(
      to->writes[0], std::regex("[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} warn  count\\.0: worker ended\\.\n")))
      << to->writes[0];
}

TEST(log, without_a_name_the_text_follows_the_level) {
  const auto to = capture({});
  to->log.info("started");
  EXPECT_EQ(timeless(to->writes.at(0)), "info  started\n");
}

TEST(log, every_level_has_its_word) {
  const auto to = capture({.level = log_level::trace});
  to->log.trace("x");
  to->log.debug("x");
  to->log.info("x");
  to->log.warn("x");
  to->log.error("x");
  std::string all;
  for (const std::string& each : to->writes) all += timeless(each);
  EXPECT_EQ(all, "trace x\ndebug x\ninfo  x\nwarn  x\nerror x\n");
}

TEST(log, what_is_below_the_level_is_discarded) {
  const auto to = capture({.level = log_level::warn});
  to->log.info("quiet");
  to->log.warn("loud");
  EXPECT_EQ(to->writes.size(), 1U);
  EXPECT_FALSE(to->log.takes(log_level::info));
  EXPECT_TRUE(to->log.takes(log_level::error));
}

TEST(log, text_of_several_lines_is_prefixed_on_each_and_written_at_once) {
  const auto to = capture({});
  to->log.named("w").info("one\ntwo\n\nfour\n");
  ASSERT_EQ(to->writes.size(), 1U);
  EXPECT_EQ(timeless(to->writes[0]), "info  w: one\ninfo  w: two\ninfo  w: \ninfo  w: four\n");
}

TEST(log, an_empty_text_is_one_line) {
  const auto to = capture({});
  to->log.info("");
  EXPECT_EQ(timeless(to->writes.at(0)), "info  \n");
}

TEST(log, control_characters_cannot_reach_the_terminal) {
  const auto to = capture({.colour = log_colour::never});
  to->log.named("evil\x1b[2J").info("\x1b[31mred\x1b]0;title\x07\rover\btab\there");
  EXPECT_EQ(timeless(to->writes.at(0)),
            "info  evil\\x1b[2J: \\x1b[31mred\\x1b]0;title\\x07\\x0dover\\x08tab\there\n");
}

TEST(log, escaping_keeps_text_and_shows_the_rest) {
  EXPECT_EQ(escape_for_terminal("plain \u00e9\n\tx"), "plain \u00e9\n\tx");
  EXPECT_EQ(escape_for_terminal("\x7f"), "\\x7f");
  EXPECT_EQ(escape_for_terminal(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escape_for_terminal("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(escape_for_terminal("\u009b31m"), "\\xc2\\x9b31m") << "a C1 control sequence introducer";
}

TEST(log, colours_surround_the_level_when_they_are_wanted) {
  const auto to = capture({.colour = log_colour::always});
  to->log.warn("x");
  EXPECT_EQ(timeless(to->writes.at(0)), "\x1b[33mwarn \x1b[0m x\n");
}

TEST(log, colours_are_not_used_for_an_override_unless_asked_for) {
  const auto to = capture({.colour = log_colour::automatic});
  to->log.error("x");
  EXPECT_EQ(to->writes.at(0).find('\x1b'), std::string::npos);
}

TEST(log, stderr_that_is_no_terminal_gets_plain_lines) {
  testing::internal::CaptureStderr();
  logger::make({}).named("w").info("to stderr");
  EXPECT_EQ(timeless(testing::internal::GetCapturedStderr()), "info  w: to stderr\n");
}

TEST(log, copies_and_names_share_one_destination) {
  const auto to = capture({});
  const logger one = to->log.named("one");
  const logger copy = one;
  copy.info("a");
  one.named("two").info("b");
  to->log.info("c");
  EXPECT_EQ(one.name(), "one");
  EXPECT_EQ(to->writes.size(), 3U);
  EXPECT_EQ(timeless(to->writes[1]), "info  two: b\n");
}

TEST(log, lines_of_many_threads_are_never_mixed) {
  const auto to = capture({});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([log = to->log.named(std::to_string(t)), t] {
      const std::string text(20, static_cast<char>('a' + t));
      for (int i = 0; i < 500; ++i) log.info(text, "\n", text);
    });
  }
  for (std::thread& each : threads) each.join();
  ASSERT_EQ(to->writes.size(), 2000U);
  for (const std::string& each : to->writes) {
    const auto lines = lines_of(timeless(each));
    ASSERT_EQ(lines.size(), 2U);
    ASSERT_EQ(lines[0], lines[1]);
    ASSERT_EQ(lines[0].substr(0, 9), "info  " + lines[0].substr(6, 1) + ": ");
  }
}

TEST(log, levels_are_known_by_their_names) {
  for (const auto level :
       {log_level::trace, log_level::debug, log_level::info, log_level::warn, log_level::error})
    EXPECT_EQ(troupe::parse_log_level(troupe::log_level_name(level)), level);
  const auto got = troupe::parse_log_level("loud");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::invalid_argument);
  EXPECT_EQ(got.error().context, "'loud' is not a log level: write trace, debug, info, warn or error");
}

}  // namespace
}  // namespace log_test
