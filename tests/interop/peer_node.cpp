// A node for peer_test.py: it echoes items, answers questions, and does what lines on stdin ask. Its first line on stdout
// is JSON and says where it listens and what it knows; each further one is an event.
//   connect ENDPOINT NODE EPOCH | send N | ask N | flush | close; the end of stdin ends it
#include <troupe/base/codec.hpp>
#include <troupe/base/json.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::interop {
namespace {

struct item {
  std::uint64_t number = 0;
  std::string text;
};
struct question {
  std::uint64_t number = 0;
  std::string text;
};
struct answer {
  std::uint64_t number = 0;
  std::string text;
  std::uint32_t length = 0;
};
enum channels : std::uint32_t { items = 1, questions, answers };

struct described {
  std::string endpoint, system, token, node;
  std::uint64_t epoch = 0;
  std::map<std::uint32_t, std::pair<std::string, std::string>> channels;  // number: name and shape
};

std::vector<transport::channel> known() {
  return {{items, "items", shape_of<item>()},
          {questions, "questions", shape_of<question>()},
          {answers, "answers", shape_of<answer>()}};
}

template <class T>
bytes encoded(const T& value) {
  byte_buffer out;
  encode(out, value);
  return out.take();
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

class node final : public transport::link_events {
 public:
  void serve(transport::zmq_post& post) { post_ = &post; }

  void on_up(transport::link_id link, const transport::peer& who, bool) override {
    latest_ = link;
    say("up " + who.node + " " + std::to_string(who.epoch));
  }
  void on_down(transport::link_id, const error& why) override { say("down " + one_line(why)); }
  void on_turned_away(const error& why) override { say("turned away " + one_line(why)); }
  void on_records(transport::link_id link, std::vector<transport::record>&& arrived) override {
    for (const auto& one : arrived) {
      if (one.channel == items) echo(link, one.payload);
      if (one.channel == questions) reply(link, one.payload);
      if (one.channel == answers) compare(one.payload);
      post_.load()->dequeued(link, one.channel, 1, one.payload.size());
    }
  }

  void send(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      post_.load()->send(latest_, items, {}, encoded(item{i, "item " + std::to_string(i)}));
  }
  void ask(std::uint64_t count) {
    {
      const std::scoped_lock hold(lock_);
      for (std::uint64_t i = 0; i < count; ++i) open_[i] = "question " + std::to_string(i);
    }
    for (std::uint64_t i = 0; i < count; ++i)
      post_.load()->send(latest_, questions, {}, encoded(question{i, "question " + std::to_string(i)}));
  }
  [[nodiscard]] transport::link_id latest() const { return latest_; }

 private:
  static std::string one_line(const error& why) {
    std::string text = why.message();
    for (char& each : text)
      if (each == '\n') each = ' ';
    return text;
  }
  void echo(transport::link_id link, const bytes& payload) {
    const auto got = decode<item>(payload);
    if (!got) return say("no item: " + one_line(got.error()));
    post_.load()->send(link, items, {}, encoded(*got));
  }
  void reply(transport::link_id link, const bytes& payload) {
    const auto got = decode<question>(payload);
    if (!got) return say("no question: " + one_line(got.error()));
    const auto length = static_cast<std::uint32_t>(got->text.size());
    post_.load()->send(link, answers, {}, encoded(answer{got->number, "re: " + got->text, length}));
  }
  void compare(const bytes& payload) {
    const auto got = decode<answer>(payload);
    if (!got) return say("no answer: " + one_line(got.error()));
    const std::scoped_lock hold(lock_);
    const auto asked = open_.find(got->number);
    if (asked == open_.end() || got->text != "re: " + asked->second || got->length != asked->second.size())
      return say("a wrong answer to " + std::to_string(got->number) + ": " + got->text);
    open_.erase(asked);
    if (open_.empty()) say("all answered");
  }

  std::atomic<transport::zmq_post*> post_ = nullptr;
  std::atomic<transport::link_id> latest_{};
  std::mutex lock_;
  std::map<std::uint64_t, std::string> open_;  // our questions without an answer
};

std::string hex(const transport::token& key) {
  std::string out;
  for (const std::byte each : key.secret) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[std::to_integer<unsigned>(each) >> 4];
    out += digits[std::to_integer<unsigned>(each) & 15];
  }
  return out;
}

std::string description(const transport::post_options& of) {
  described words{of.endpoint, of.own.system, hex(of.own.key), of.own.self.node, of.own.self.epoch, {}};
  for (const auto& one : known()) words.channels[one.number] = {one.name, one.shape};
  std::string json;
  to_json(json, words);
  return json;
}

void obey(const std::string& line, node& own, transport::zmq_post& post) {
  std::istringstream words(line);
  std::string verb, endpoint, name;
  std::uint64_t number = 0;
  words >> verb;
  if (verb == "connect") {
    words >> endpoint >> name >> number;
    (void)post.connect(endpoint, {name, number}, known());
  } else if (verb == "send" && words >> number) {
    own.send(number);
  } else if (verb == "ask" && words >> number) {
    own.ask(number);
  } else if (verb == "flush") {
    const auto flushed = post.flush(deadline::after(std::chrono::minutes(1)));
    say(flushed ? "flushed" : flushed.error().message());
  } else if (verb == "close") {
    post.close(own.latest());
  } else {
    say("no such word: " + line);
  }
}

int run(const std::string& base) {
  const auto directory = transport::ipc_directory::create_under(base);
  const auto key = transport::token::random();
  if (!directory || !key) return say("no directory below " + base), 1;
  transport::post_options options;
  options.own = {{"node", 7}, "interop", *key};
  options.endpoint = directory->endpoint("node").value();
  options.receive = {64, 16 << 10};
  node own;
  const auto post = transport::zmq_post::start(options, own, known());
  if (!post) return say(post.error().message()), 1;
  own.serve(**post);
  say(description(options));
  for (std::string line; std::getline(std::cin, line);) obey(line, own, **post);
  return 0;
}

}  // namespace
}  // namespace troupe::interop

int main(int count, char** words) {
  return count == 2 ? troupe::interop::run(words[1]) : 2;
}
