// The program of process_actors_test and its siblings: actors that do what they are told and write down, each in a file
// of its name, what they see. One that is placed in a file with `stdin = true` tells others what comes on stdin: "NAME
// what to do".
// Environment: PLAY_FOLDER is where these files lie; PLAY_SKIP_RUN makes workers return from main() before run().
#include <troupe/app.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct numbered {
  std::string from;
  std::int64_t number = 0;
};
/// What an actor is to do.
struct told {
  std::string what;
};
struct news {
  std::string text;
};
struct person {
  std::int64_t process = 0;
  std::uint64_t heard = 0;  // numbered messages in this life
  troupe::address<numbered> whom;
};
struct who {
  using reply = person;
};
struct tick {};
struct typed {
  std::string line;
};

std::string in_folder(const std::string& name) {
  const char* folder = std::getenv("PLAY_FOLDER");
  return std::string(folder == nullptr ? "." : folder) + '/' + name;
}

void write_down(std::string_view name, const std::string& line) {
  const auto path = in_folder(std::string(name));
  const int file = ::open(path.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  const auto text = line + '\n';
  if (file < 0 || ::write(file, text.data(), text.size()) < 0) throw std::runtime_error(path);
  ::close(file);
}

bool is_there(const std::string& name) {
  return ::access(in_folder(name).c_str(), F_OK) == 0;
}

/// True for the first caller in any process: then the marker file is new.
bool first_time(const std::string& name) {
  const int marker = ::open(in_folder(name).c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (marker < 0) return false;
  ::close(marker);
  return true;
}

[[noreturn]] void hang() {
  while (true) ::poll(nullptr, 0, -1);
}

void await(const std::string& name) {
  while (!is_there(name)) ::poll(nullptr, 0, 1);
}

[[noreturn]] void die_by(int signal) {
  std::signal(signal, SIG_DFL);
  ::raise(signal);
  std::abort();
}

/// Memory that is in use, until somebody minds.
[[noreturn]] void gorge() {
  constexpr std::size_t bite = 8U << 20U;
  std::vector<std::unique_ptr<char[]>> all;
  while (true) {
    all.push_back(std::make_unique<char[]>(bite));
    std::memset(all.back().get(), static_cast<int>(all.size()), bite);
  }
}

const char* word_for(troupe::ending how) {
  switch (how) {
    case troupe::ending::stopped:
      return "stopped";
    case troupe::ending::killed:
      return "killed";
    case troupe::ending::failed:
      return "failed";
    case troupe::ending::linked:
      return "linked";
    case troupe::ending::unreachable:
      return "unreachable";
    case troupe::ending::process_lost:
      return "process_lost";
    case troupe::ending::link_lost:
      return "link_lost";
  }
  return "?";
}

std::string word_for(const troupe::error& why) {
  if (why.code == troupe::errc::closed) return "closed";
  if (why.code == troupe::errc::full) return "full";
  if (why.code == troupe::errc::timed_out) return "timed_out";
  if (why.code == troupe::errc::handler_failed) return "handler_failed";
  return why.message();
}

class player {
 public:
  using anybody = troupe::address<numbered, told, who>;
  struct options {
    std::map<std::string, anybody> known = {};  // others are found by their names
    std::vector<std::string> monitors = {};
    std::string when_made = "";  // "throw", "throw_once", "hang", "stop", "await FILE"
    std::chrono::milliseconds patience{60'000};
  };
  using receives = troupe::receives<numbered, told, who, news, troupe::down>;

  player(troupe::context& self, options o) : self_(self), my_(std::move(o)) {
    say("born " + std::to_string(::getpid()));
    if (my_.when_made == "throw") throw std::runtime_error("no wish to play");
    if (my_.when_made == "throw_once" && first_time("thrown")) throw std::runtime_error("not yet");
    if (my_.when_made == "hang") hang();
    if (my_.when_made == "stop") self_.stop();
    if (my_.when_made.starts_with("await ")) await(my_.when_made.substr(6));
    self_.subscribe<player, news>();
    for (const auto& name : my_.monitors) self_.monitor<player>(find(name));
    say("ready");
  }

  void operator()(const numbered& n) {
    ++heard_;
    say("got " + n.from + ' ' + std::to_string(n.number));
  }
  void operator()(const news& n) { say("news " + n.text); }
  person operator()(who) {
    if (!when_asked_.empty()) {
      say("asked");
      misbehave(when_asked_);
    }
    return {::getpid(), heard_, self_.address<player>()};
  }
  void operator()(const troupe::down& d) {
    say("down " + d.name + ' ' + word_for(d.reason.how) + ": " + d.reason.text);
  }

  troupe::task<> operator()(told t) {
    std::istringstream words(t.what);
    std::string verb, name, rest;
    words >> verb >> name >> std::ws;
    std::getline(words, rest);
    if (verb == "ask") {
      auto answer = find(name).ask(who{}, my_.patience);
      const auto got = co_await answer;
      say("answer of " + name + ' ' +
          (got ? std::to_string(got->process) + " who heard " + std::to_string(got->heard)
               : word_for(got.error())));
      // The address that came with it is as good as any other.
      if (got && !rest.empty()) got->whom.send(numbered{std::string(self_.name()), std::stoll(rest)});
    } else {
      act(verb, name, rest);
    }
  }

 private:
  void act(const std::string& verb, const std::string& name, const std::string& rest) {
    if (verb == "send") {
      const auto to = find(name);
      const auto count = std::stoll(rest);
      for (std::int64_t i = 1; i <= count; ++i) to.send(numbered{std::string(self_.name()), i});
      say("sent " + name);
    } else if (verb == "pass") {
      find(name).send(told{rest});
    } else if (verb == "publish") {
      self_.publish(news{name});
    } else if (verb == "say") {
      say(name);
    } else if (verb == "monitor") {
      self_.monitor<player>(find(name));
      say("monitors " + name);
    } else if (verb == "when_asked") {
      when_asked_ = name;
      say("warned");
    } else if (verb == "await") {
      say("awaits " + name);
      await(name);
    } else {
      misbehave(verb);
    }
  }

  void misbehave(const std::string& how) {
    if (how == "stop") self_.stop();
    if (how == "throw") throw std::runtime_error("told to throw");
    if (how == "segv") die_by(SIGSEGV);
    if (how == "gorge") gorge();
    if (how == "hang") {
      say("hangs");
      hang();
    }
  }

  anybody find(const std::string& name) {
    if (const auto at = my_.known.find(name); at != my_.known.end()) return at->second;
    auto found = self_.system().find<anybody>(name);
    if (!found) say("no " + name + ": " + found.error().message());
    return found.value_or(anybody());
  }
  void say(const std::string& line) { write_down(self_.name(), line); }

  troupe::context& self_;
  const options my_;
  std::uint64_t heard_ = 0;
  std::string when_asked_;
};

/// Sends numbers to one actor and asks it, all the time, until it is told to rest. It waits for no answer while few are
/// missing: so a slow machine does little.
class pusher {
 public:
  static constexpr bool reentrant = true;
  struct options {
    player::anybody to;
    std::chrono::milliseconds patience{3'600'000};
  };
  using receives = troupe::receives<tick, told>;
  pusher(troupe::context& self, options o) : self_(self), my_(std::move(o)) {
    pace_ = self_.every<pusher>(2ms, tick{});
  }
  troupe::task<> operator()(tick) {
    if (open_ == most_open) co_return;
    my_.to.send(numbered{std::string(self_.name()), ++last_});
    auto answer = my_.to.ask(who{}, my_.patience);
    ++open_;
    const auto got = co_await answer;
    --open_;
    ++ends_[got ? "answered" : word_for(got.error())];
    say_when_settled();
  }
  void operator()(const told&) {
    pace_.cancel();
    rests_ = true;
    say_when_settled();
  }

 private:
  static constexpr std::uint64_t most_open = 64;

  void say_when_settled() {
    if (!rests_ || open_ != 0) return;
    std::string line = "settled";
    for (const auto& [how, often] : ends_) line += ' ' + how + ' ' + std::to_string(often);
    write_down(self_.name(), line);
  }

  troupe::context& self_;
  const options my_;
  troupe::timer pace_;
  std::int64_t last_ = 0;
  std::uint64_t open_ = 0;
  std::map<std::string, std::uint64_t> ends_;
  bool rests_ = false;
};

/// "NAME what to do", line by line on stdin.
class console {
 public:
  using receives = troupe::receives<typed>;
  explicit console(troupe::context& self) : self_(self) {
    std::thread([own = self_.address<console>()] {
      std::string text;
      std::array<char, 4096> chunk{};
      for (ssize_t got = 0; (got = ::read(STDIN_FILENO, chunk.data(), chunk.size())) > 0;) {
        text.append(chunk.data(), static_cast<std::size_t>(got));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
          own.send(typed{text.substr(0, end)});
          text.erase(0, end + 1);
        }
      }
      hang();  // it keeps its actor
    }).detach();
  }
  void operator()(typed t) {
    const auto end = t.line.find(' ');
    const auto name = t.line.substr(0, end);
    const auto whom = self_.system().find<troupe::address<told>>(name);
    if (whom)
      whom->send(told{t.line.substr(end + 1)});
    else
      write_down("console", "no " + name + ": " + whom.error().message());
  }

 private:
  troupe::context& self_;
};

// What cannot travel.
struct canvas {
  std::unique_ptr<int> pixels;
};
struct picture {
  std::string title;
  canvas on;
};
class painter {
 public:
  using receives = troupe::receives<picture>;
  void operator()(picture) {}
};
class admirer {
 public:
  struct options {
    troupe::address<picture> of;
  };
  using receives = troupe::receives<told>;
  admirer(troupe::context& /*self*/, options /*o*/) {}
  void operator()(const told&) {}
};

struct said {
  std::string text;
};
said echo(troupe::line l) {
  return {std::move(l.text)};
}

}  // namespace

int main(int argc, char** argv) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // crashes are what it is for
  troupe::app app{argc, argv};
  if (app.is_worker() && std::getenv("PLAY_SKIP_RUN") != nullptr) return 0;
  app.stage("echo", echo);
  app.actor<player>("player");
  app.actor<pusher>("pusher");
  app.actor<console>("console");
  app.actor<painter>("painter");
  app.actor<admirer>("admirer");
  return app.run();
}
