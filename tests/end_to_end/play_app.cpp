// The program that the end-to-end tests run: stages that do what the line says, also what no stage should.
// Environment: PLAY_FOLDER is where marker files and the ledger lie; PLAY_SKIP_RUN makes workers return from
// main() before run().
#include "play_machine.hpp"

#include <troupe/app.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct said {
  std::string text;
};
struct numbered {
  std::int64_t value = 0;
};
struct summed {
  std::uint64_t count = 0;
  std::int64_t sum = 0;
};
struct measured {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
};

std::string in_folder(const std::string& name) {
  const char* folder = std::getenv("PLAY_FOLDER");
  return std::string(folder == nullptr ? "." : folder) + '/' + name;
}

[[noreturn]] void hang() {
  while (true) ::poll(nullptr, 0, -1);
}

/// The real thing, also where a sanitizer has a handler of its own.
[[noreturn]] void die_by(int signal) {
  std::signal(signal, SIG_DFL);
  ::raise(signal);
  std::abort();
}

/// True for the first caller in any process: then the marker file is new.
bool first_time(const std::string& name) {
  const int marker = ::open(in_folder(name).c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (marker < 0) return false;
  ::close(marker);
  return true;
}

void append(const std::string& name, std::string_view text) {
  const int file = ::open(in_folder(name).c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0 || ::write(file, text.data(), text.size()) < 0)
    throw std::runtime_error(name + " cannot be written");
  ::close(file);
}

/// Does what a line asks for. "tally NAME segv" first adds a letter to the file NAME; "once NAME segv"
/// crashes only where the file NAME is not there yet.
void perform(std::string_view line) {
  const auto takes = [&line](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  const auto take_name = [&line] {
    const std::string name(line.substr(0, line.find(' ')));
    line.remove_prefix(std::min(line.size(), name.size() + 1));
    return name;
  };
  if (takes("tally ")) append(take_name(), "x");
  if (takes("once ") && !first_time(take_name())) return;
  if (takes("shout ")) std::cerr << "last words of " << take_name() << '\n' << std::flush;
  if (takes("segv")) die_by(SIGSEGV);
  if (takes("abort")) die_by(SIGABRT);
  if (takes("kill")) die_by(SIGKILL);
  if (takes("throw")) throw std::runtime_error("the line says throw");
  if (takes("garble")) {
    troupe::end_to_end::garble_links();
    hang();
  }
  if (takes("stop")) ::raise(SIGSTOP);
  if (takes("hang")) hang();
  if (takes("desert")) troupe::end_to_end::desert();
  if (takes("exit0")) std::_Exit(0);
}

std::string capitals(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

said upper(troupe::line l) {
  return {capitals(std::move(l.text))};
}

std::vector<said> upper_block(troupe::lines block) {
  std::vector<said> all;
  for (const std::string_view text : block) all.push_back({capitals(std::string(text))});
  return all;
}

std::vector<said> echo_block(troupe::lines block) {
  std::vector<said> all;
  for (const std::string_view text : block) all.push_back({std::string(text)});
  return all;
}

said exclaim(said s) {
  return {s.text + '!'};
}

/// Two for each.
std::vector<said> twice(said s) {
  return {{s.text + " 1"}, {s.text + " 2"}};
}

said fragile(troupe::line l) {
  perform(l.text);
  return {std::move(l.text)};
}

said fragile_echo(said s) {
  perform(s.text);
  return s;
}

std::vector<said> fragile_block(troupe::lines block) {
  std::vector<said> all;
  for (const std::string_view text : block) {
    perform(text);
    all.push_back({std::string(text)});
  }
  return all;
}

said shout(troupe::line l) {
  std::cerr << "shout: " << l.text << '\n' << std::flush;
  std::cout << "aside: " << l.text << '\n' << std::flush;
  return {std::move(l.text)};
}

/// So many bytes for a number.
said inflate(std::int64_t bytes) {
  return {std::string(static_cast<std::size_t>(bytes), 'x')};
}

said refuse_large(said s) {
  if (s.text.size() > 1'000'000) throw std::runtime_error("that is too large for me");
  return s;
}

/// Works once, and its process ends when the next stage has taken what it made.
said work_once(troupe::line l) {
  if (!first_time("worked")) throw std::runtime_error("once is enough");
  append("worker", std::to_string(::getpid()));
  std::thread([] {
    while (::access(in_folder("taken").c_str(), F_OK) != 0) std::this_thread::yield();
    std::_Exit(3);
  }).detach();
  return {std::move(l.text)};
}

/// Throws when the process of work_once has gone.
said outlive(said) {
  append("taken", "x");
  std::ifstream file(in_folder("worker"));
  pid_t worker = 0;
  file >> worker;
  while (::kill(worker, 0) == 0) std::this_thread::yield();
  throw std::runtime_error("it is gone");
}

numbered number(std::int64_t n) {
  return {n};
}

measured measure(troupe::lines block) {
  measured all{0, block.text().size()};
  for ([[maybe_unused]] const std::string_view text : block) ++all.lines;
  return all;
}

said path_of(troupe::file f) {
  return {std::move(f.path)};
}

/// A leaf: what it does is seen in the ledger only.
void enter(troupe::line l) {
  append("ledger", l.text + '\n');
}

said enter_and_pass(troupe::line l) {
  append("ledger", l.text + '\n');
  return {std::move(l.text)};
}

said machine(troupe::line l) {
  return {troupe::end_to_end::machine_says(l.text)};
}

/// The first that is made never is.
class late {
 public:
  late() {
    if (first_time("late")) hang();
  }
  said operator()(troupe::line l) { return {std::move(l.text)}; }
};

/// Writes down that it got SIGUSR1.
class noting {
 public:
  noting() {
    std::signal(SIGUSR1, [](int) {
      const int file = ::open(in_folder("noted").c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
      static_cast<void>(::write(file, "x", 1));
      ::close(file);
    });
  }
  said operator()(troupe::line l) { return {std::move(l.text)}; }
};

/// Is done when `in_all` processes are at it: one alone waits until the watchdog of its test ends it.
said meet_said(said s) {
  const auto in_all = std::stoi(s.text);
  const int news = ::inotify_init1(IN_CLOEXEC);
  if (news < 0 || ::inotify_add_watch(news, in_folder("").c_str(), IN_CREATE) < 0)
    throw std::runtime_error("the folder cannot be watched");
  append("met." + std::to_string(::getpid()), "x");
  const auto are_here = [&] {
    const std::filesystem::directory_iterator all(in_folder(""));
    return std::count_if(begin(all), end(all), [](const auto& each) {
      return each.path().filename().string().starts_with("met.");
    });
  };
  std::array<char, 4096> events{};
  while (are_here() < in_all)
    if (::read(news, events.data(), events.size()) < 0) break;
  ::close(news);
  return {"met"};
}

said meet(troupe::line l) {
  return meet_said({std::move(l.text)});
}

/// Takes some tens of microseconds, so that a kill finds it at work.
std::string grind(std::string_view text) {
  volatile std::uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) state = state * 6364136223846793005U + 1442695040888963407U;
  return capitals(std::string(text));
}

said grind_line(troupe::line l) {
  return {grind(l.text)};
}

std::vector<said> grind_block(troupe::lines block) {
  std::vector<said> all;
  for (const std::string_view text : block) all.push_back({grind(text)});
  return all;
}

class sum {
 public:
  void operator()(numbered n) {
    ++total_.count;
    total_.sum += n.value;
  }
  void finish(troupe::emitter<summed>& out) { out(total_); }

 private:
  summed total_;
};

class total_size {
 public:
  void operator()(measured m) {
    total_.lines += m.lines;
    total_.bytes += m.bytes;
  }
  void finish(troupe::emitter<measured>& out) { out(total_); }

 private:
  measured total_;
};

/// A stage with state that throws when it is asked to.
class fragile_keeper {
 public:
  void operator()(said s) { perform(s.text); }
  void finish(troupe::emitter<said>& out) { out({"kept"}); }
};

struct act {};

/// An actor that acts `times` times, which it has told itself to do when it was made.
class player {
 public:
  struct options {
    std::string does = "nothing";
    int times = 0;
  };
  using receives = troupe::receives<act>;
  player(troupe::context& self, options o) : self_(self), my_(std::move(o)) {
    if (my_.does == "hang when made") {
      std::cout << "hanging" << std::endl;
      hang();
    }
    for (int i = 0; i < my_.times; ++i) self.address<player>().send(act{});
  }
  void operator()(act) {
    if (my_.does == "say") std::cout << self_.name() << std::endl;
    if (my_.does == "stop") self_.stop();
    if (my_.does == "throw") throw std::runtime_error("stage fright");
    if (my_.does == "hang") {
      std::cout << "hanging" << std::endl;
      hang();
    }
  }

 private:
  troupe::context& self_;
  const options my_;
};

class unmade {
 public:
  unmade() { throw std::runtime_error("no licence for this machine"); }
  said operator()(troupe::line l) { return {std::move(l.text)}; }
};

}  // namespace

int main(int argc, char** argv) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // crashes are what it is for
  troupe::app app{argc, argv};
  if (app.is_worker() && std::getenv("PLAY_SKIP_RUN") != nullptr) return 0;
  app.stage("upper", upper);
  app.stage("upper_block", upper_block);
  app.stage("echo_block", echo_block);
  app.stage("grind_line", grind_line);
  app.stage("grind_block", grind_block);
  app.stage("exclaim", exclaim);
  app.stage("twice", twice);
  app.stage("fragile", fragile);
  app.stage("fragile_echo", fragile_echo);
  app.stage("fragile_block", fragile_block);
  app.stage("shout", shout);
  app.stage("inflate", inflate);
  app.stage("work_once", work_once);
  app.stage("outlive", outlive);
  app.stage("refuse_large", refuse_large);
  app.stage("number", number);
  app.stage("measure", measure);
  app.stage("path_of", path_of);
  app.stage("enter", enter);
  app.stage("meet", meet);
  app.stage("meet_said", meet_said);
  app.stage<sum>("sum");
  app.stage<total_size>("total_size");
  app.stage<fragile_keeper>("fragile_keeper");
  app.stage<unmade>("unmade");
  app.stage("enter_and_pass", enter_and_pass);
  app.stage("machine", machine);
  app.stage<late>("late");
  app.stage<noting>("noting");
  app.actor<player>("player");
  return app.run();
}
