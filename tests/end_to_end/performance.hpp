// tests/end_to_end/performance.hpp - a run of troupe_app: who is told what, and what each has written down.
// Threads: one owner.
#pragma once
#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::end_to_end {

/// left and right live together in back, alone by itself, here in the director.
inline constexpr auto four = R"(
[actor.console]
[actor.here]
call = "player"
[actor.alone]
call    = "player"
place   = "process"
restart = { burst = 1000, delay = "1ms", max_delay = "2ms" }
[actor.left]
call    = "player"
place   = "back"
restart = { burst = 1000, delay = "1ms", max_delay = "2ms" }
[actor.right]
call    = "player"
place   = "back"
restart = { burst = 1000, delay = "1ms", max_delay = "2ms" }
[process.back]
)";
inline const std::vector<std::string> all_four{"here", "alone", "left", "right"};

inline std::size_t count_of(std::string_view part, const std::string& in) {
  std::size_t found = 0;
  for (auto at = in.find(part); at != std::string::npos; at = in.find(part, at + part.size())) ++found;
  return found;
}

/// The file is play.toml with an [actor.console]. All that waits throws when the watchdog barks.
class performance {
 public:
  explicit performance(const std::string& file, program_options options = {})
      : program_(start(file, options)) {}

  [[nodiscard]] const folder& home() const noexcept { return home_; }
  [[nodiscard]] program& running() noexcept { return program_; }

  /// "NAME what to do"; see troupe_app.cpp.
  void tell(const std::string& line) {
    if (!program_.feed(line + '\n'))
      throw std::runtime_error("it does not listen any more\n" + program_.err());
  }
  [[nodiscard]] std::vector<std::string> notes(const std::string& actor) const {
    return lines_of(home_.read(actor));
  }
  [[nodiscard]] std::size_t count(const std::string& actor, const std::string& beginning) const {
    const auto all = notes(actor);
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](const auto& each) { return each.starts_with(beginning); }));
  }
  void wait_for(const std::string& actor, const std::string& beginning, std::size_t times = 1) {
    const auto what = actor + " has written '" + beginning + "' " + std::to_string(times) + " times";
    try {
      program_.wait_until(what, [&] { return count(actor, beginning) >= times; });
    } catch (const std::runtime_error& late) {
      throw std::runtime_error(late.what() + ("\n" + actor + " has written:\n") + home_.read(actor));
    }
  }
  /// The processes in which it has lived, one for each life.
  [[nodiscard]] std::vector<pid_t> lives_of(const std::string& actor) const {
    std::vector<pid_t> all;
    for (const auto& line : notes(actor))
      if (line.starts_with("born ")) all.push_back(std::stoi(line.substr(5)));
    return all;
  }
  /// Waits until it has begun so many lives and says where the last one is.
  pid_t process_of(const std::string& actor, std::size_t lives = 1) {
    wait_for(actor, "born ", lives);
    return lives_of(actor).back();
  }
  void kill_process_of(const std::string& actor, int signal = SIGKILL) {
    wait_for(actor, "ready");
    stranger(lives_of(actor).back()).kill(signal);
  }
  void open_gate(std::string_view name) const { home_.write(name, ""); }

  ended interrupt() {
    program_.signal(SIGINT);
    return program_.wait();
  }
  /// What lies where the sockets are.
  [[nodiscard]] std::vector<std::string> sockets() const {
    auto names = home_.list("troupe");
    std::erase(names, "lock");
    return names;
  }

 private:
  program start(const std::string& file, program_options options) const {
    home_.write("play.toml", file);
    options.in = stream::ours;
    options.path = troupe_app();
    return {home_, {"run", "play.toml"}, std::move(options)};
  }

  const folder home_;
  program program_;
};

inline void wait_until_all_are_there(performance& play, const std::vector<std::string>& names = all_four) {
  for (const auto& name : names) play.wait_for(name, "ready");
}

/// Watches all children of a director, to say later who of them is left.
class audience {
 public:
  explicit audience(pid_t director) {
    for (const auto id : workers_of(director)) all_.emplace_back(id);
  }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] testing::AssertionResult is_alone(nanoseconds patience = nanoseconds(0)) const {
    for (const auto& each : all_)
      if (!each.ends_within(patience))
        return testing::AssertionFailure() << "process " << each.id() << " lives";
    return testing::AssertionSuccess();
  }

 private:
  std::vector<stranger> all_;
};

}  // namespace troupe::end_to_end
