#include "program.hpp"

#include <troupe/spawn/command.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace troupe::end_to_end {
namespace {

spawn::stdio end_of(stream what) {
  return what == stream::none ? spawn::stdio::null() : spawn::stdio::piped();
}

spawn::child start(const folder& home, std::vector<std::string> arguments, const program_options& options) {
  auto words = options.prefix;
  words.push_back(options.path);
  words.insert(words.end(), arguments.begin(), arguments.end());
  spawn::command command(words.front());
  words.erase(words.begin());
  // A group of its own, so that it has no terminal's signals; the death signal, so that it does not outlive a
  // test that is killed.
  command.args(std::move(words)).cwd(home.path()).new_group().death_signal(SIGKILL);
  command.env("XDG_RUNTIME_DIR", home.path()).env("PLAY_FOLDER", home.path()).env("TERM", "dumb");
  for (const auto& [name, value] : options.env) command.env(name, value);
  command.stdin_from(end_of(options.in)).stdout_to(end_of(options.out)).stderr_to(end_of(options.err));
  auto made = command.spawn();
  if (!made) throw std::runtime_error(made.error().message());
  return std::move(*made);
}

}  // namespace

const std::string& play() {
  static const std::string path = PLAY_APP;
  return path;
}

const std::string& troupe_app() {
  static const std::string path = TROUPE_APP;
  return path;
}

listener::listener(unique_fd from) : from_(std::move(from)), thread_([this] { listen(); }) {}

listener::~listener() {
  thread_.join();
}

std::string listener::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

bool listener::wait_for(const std::function<bool(const std::string&)>& enough) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, watchdog, [&] { return ended_ || enough(text_); });
  return enough(text_);
}

bool listener::wait_for_end() const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, watchdog, [&] { return ended_; });
}

void listener::listen() {
  std::array<std::byte, 65536> chunk;
  while (true) {
    const auto got = spawn::read_some(from_.get(), chunk);
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    ended_ = !got || !*got || **got == 0;
    if (ended_) return;
    text_.append(reinterpret_cast<const char*>(chunk.data()), **got);
  }
}

program::program(const folder& home, std::vector<std::string> arguments, program_options options)
    : child_(start(home, std::move(arguments), options)) {
  in_ = child_.take_stdin();
  out_ = child_.take_stdout();
  err_ = child_.take_stderr();
  if (in_ && !spawn::set_nonblocking(in_.get()))
    throw std::runtime_error("stdin cannot be made non-blocking");
  if (options.out == stream::captured) out_text_ = std::make_unique<listener>(std::move(out_));
  if (options.err == stream::captured) err_text_ = std::make_unique<listener>(std::move(err_));
}

void program::signal(int number) {
  if (!child_.signal(number)) throw std::runtime_error("it had ended before the signal\n" + said());
}

void program::signal_and_see_it_taken(int number) {
  signal(number);
  wait_until("the signal is taken", [&] { return !is_pending(id(), number); });
}

bool program::feed(std::string_view text) {
  while (!text.empty()) {
    const auto took = spawn::write_some(in_.get(), as_bytes_view(text));
    if (!took) return false;
    if (*took) {
      text.remove_prefix(**took);
      continue;
    }
    const auto ready = spawn::wait_ready(in_.get(), spawn::readiness::write, deadline::after(watchdog));
    if (!ready.value_or(false)) throw std::runtime_error("it does not read its stdin\n" + said());
  }
  return true;
}

int program::unread() const {
  int bytes = 0;
  if (::ioctl(in_.get(), FIONREAD, &bytes) != 0)
    throw std::runtime_error("the pipe to stdin does not answer");
  return bytes;
}

void program::wait_for_lines(std::size_t count) {
  const auto enough = [count](const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n')) >= count;
  };
  if (!out_text_->wait_for(enough))
    throw std::runtime_error("it did not print " + std::to_string(count) + " lines\n" + said());
}

void program::wait_for_err(const std::string& text) {
  if (!err_text_->wait_for([&](const std::string& all) { return all.find(text) != std::string::npos; }))
    throw std::runtime_error("it did not say '" + text + "'\n" + said());
}

void program::wait_until(const std::string& what, const std::function<bool()>& so) {
  const auto until = deadline::after(watchdog);
  while (!so()) {
    if (ends_within(milliseconds(2)) && !so())
      throw std::runtime_error("it ended before " + what + '\n' + said());
    if (until.passed()) throw std::runtime_error("waited in vain until " + what + '\n' + said());
  }
}

ended program::wait() {
  const auto report = child_.wait_until(deadline::after(watchdog));
  if (!report) throw std::runtime_error("it does not end\n" + said());
  if ((out_text_ && !out_text_->wait_for_end()) || (err_text_ && !err_text_->wait_for_end()))
    throw std::runtime_error("it has ended, but somebody holds its stdout or stderr\n" + said());
  return {report->status, out(), err()};
}

std::string program::said() const {
  const auto tail = [](const std::string& text) {
    constexpr std::size_t enough = 4000;
    return text.substr(text.size() - std::min(text.size(), enough));
  };
  return "stdout: " + tail(out()) + "\nstderr: " + tail(err());
}

ended run(const folder& home, std::vector<std::string> arguments, program_options options) {
  return program(home, std::move(arguments), std::move(options)).wait();
}

std::optional<std::uint64_t> summary(const std::string& err, const std::string& row) {
  for (const auto& line : lines_of(err)) {
    if (!line.starts_with("  " + row + ' ')) continue;
    std::string digits;
    for (const char c : line.substr(line.find_first_not_of(' ', 2 + row.size()))) {
      if (c == ',') continue;
      if (c < '0' || c > '9') break;
      digits += c;
    }
    if (!digits.empty()) return std::stoull(digits);
  }
  return std::nullopt;
}

}  // namespace troupe::end_to_end
