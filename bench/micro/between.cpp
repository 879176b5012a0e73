// bench/micro/between.cpp - messages between the actors of two processes, our side: wall seconds of one workload.
// Usage: between one_way COUNT DIRECTORY [LETTERS]     items of 64 bytes; LETTERS in the name of each (15)
//        between ask COUNT DIRECTORY                   questions, each awaited before the next
//        between bulk COUNT DIRECTORY SIZE [WINDOW]    payloads; WINDOW: bytes that the receiver lets come (4 MiB)
//        between idle_peer|slow_peer COUNT DIRECTORY   items to each of two processes, beside a third one that nobody
//                                                      speaks to, or one that is stopped and has its windows full
// Prints "seconds check", from the first message until the receiver has told what all of them come to. DIRECTORY: an
// empty one of mode 0700 for the sockets; whoever made it removes it. bench/peers/ has the others.

#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/promise.hpp>
#include <troupe/actors/task.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <bench/second_process.hpp>
#include <bench/workload.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using bench::clock_type;
using bench::outcome;
using std::uint64_t;

constexpr uint64_t page = 4096;

template <class T>
T must(troupe::result<T> made) {
  if (made) return std::move(*made);
  std::fprintf(stderr, "%s\n", made.error().message().c_str());
  std::exit(1);
}

struct item {
  uint64_t number = 0;
  double x = 0, y = 0;
  std::string name;
};
struct block {
  troupe::bytes content;
};

/// What an item or a block adds to the check: all of an item, a byte of each page of a block.
uint64_t worth(const item& one) {
  return one.number + static_cast<uint64_t>(one.x + one.y) + one.name.size();
}
uint64_t worth(const block& one) {
  uint64_t sum = one.content.size();
  for (std::size_t at = 0; at < one.content.size(); at += page)
    sum += static_cast<uint64_t>(one.content.data()[at]);
  return sum;
}

/// Answered when so many messages have come since the last answer: what they are worth.
struct expect {
  uint64_t messages = 0;
  using reply = uint64_t;
};

template <class M>
class sink {
 public:
  using receives = troupe::receives<expect, M>;
  void operator()(expect all, troupe::promise<uint64_t> answer) {
    left_ += static_cast<std::int64_t>(all.messages);
    answer_ = std::move(answer);
    answer_if_all();
  }
  void operator()(M one) {
    sum_ += worth(one);
    --left_;
    if (left_ == 0) answer_if_all();
  }

 private:
  void answer_if_all() {
    if (left_ == 0) static_cast<void>(answer_.set(std::exchange(sum_, 0)));
  }
  std::int64_t left_ = 0;  // below 0: they came before they were expected
  uint64_t sum_ = 0;
  troupe::promise<uint64_t> answer_;
};
using items = troupe::address_of<sink<item>>;
using blocks = troupe::address_of<sink<block>>;

struct twice {
  uint64_t value = 0;
  using reply = uint64_t;
};
class doubler {
 public:
  using receives = troupe::receives<twice>;
  uint64_t operator()(twice question) { return 2 * question.value; }
};

/// An actor system that other processes reach.
struct node {
  troupe::transport::ipc_directory directory;
  std::unique_ptr<troupe::actor_system> system = must(troupe::actor_system::start());
  troupe::runtime::gateway gate;
  std::unique_ptr<troupe::transport::zmq_post> post;

  node(const std::string& in, const std::string& name, troupe::transport::window window = {})
      : directory(must(troupe::transport::ipc_directory::join(in))),
        gate(*system, {.endpoint_of = [this](const std::string& whom) { return directory.endpoint(whom); },
                       .window = window}) {
    post = must(troupe::transport::zmq_post::start(
        {.own = {.self = {name, 1}, .system = "bench"}, .endpoint = must(directory.endpoint(name))}, gate,
        {troupe::runtime::actors_channel}));
    gate.use(*post);
  }
  ~node() {
    gate.close();
    post.reset();
  }
};

template <class Address>
Address reached(node& here, const std::string& there, const std::string& name) {
  return must(here.gate.reach<Address>(there, name));
}

/// The other process: all that is reached in it.
int serve(const std::string& name, const std::string& directory, uint64_t window) {
  node here(directory, name, {.bytes = window == 0 ? troupe::transport::window{}.bytes : window});
  const auto item_sink = here.system->spawn<sink<item>>();
  const auto block_sink = here.system->spawn<sink<block>>();
  const auto answers = here.system->spawn<doubler>();
  if (!here.gate.offer("items", item_sink) || !here.gate.offer("blocks", block_sink) ||
      !here.gate.offer("doubler", answers))
    return 1;
  bench::say_ready();
  bench::rest();
}

struct more {};

/// Sends `count` messages that `make` gives, in bursts: see bench/micro/in_process.cpp.
template <class Address, class Make>
class sender {
 public:
  using receives = troupe::receives<more>;
  sender(troupe::context& self, Address to, uint64_t count, Make make)
      : self_(self), to_(std::move(to)), count_(count), make_(std::move(make)) {}
  void operator()(more) {
    for (uint64_t i = 0; i < burst && next_ != count_; ++i) to_.send(make_(next_++));
    if (next_ != count_) self_.address<sender>().send(more{});
  }

 private:
  static constexpr uint64_t burst = 256;
  troupe::context& self_;
  const Address to_;
  uint64_t next_ = 0;
  const uint64_t count_;
  const Make make_;
};

struct make_item {
  std::string name;
  item operator()(uint64_t number) const { return {number, static_cast<double>(number), 0.5, name}; }
};
struct make_block {
  troupe::bytes content;
  block operator()(uint64_t) const { return {content}; }
};

/// Messages to one sink: ready when the link is up, run by start(), over when the sink has told the check.
template <class Address, class Make>
class stream {
 public:
  stream(node& here, Address to, uint64_t count, Make make) : to_(std::move(to)) {
    must(to_.ask(expect{0}).get());
    from_ = here.system->spawn<sender<Address, Make>>({}, to_, count, std::move(make));
    all_ = to_.ask(expect{count}, bench::watchdog);
  }
  void start() const { from_.send(more{}); }
  [[nodiscard]] uint64_t check() { return must(all_.get()); }

 private:
  const Address to_;
  troupe::address<more> from_;
  troupe::future<uint64_t> all_;
};

int one_way(const std::string& directory, uint64_t count, uint64_t letters) {
  const bench::second_process other({"serve", "there", directory});
  node here(directory, "here");
  stream all(here, reached<items>(here, "there", "items"), count, make_item{std::string(letters, 'n')});
  const auto began = clock_type::now();
  all.start();
  return bench::say_since(began, all.check());
}

int bulk(const std::string& directory, uint64_t count, uint64_t size, const std::string& window) {
  const bench::second_process other({"serve", "there", directory, window});
  node here(directory, "here");
  const auto content = troupe::bytes::adopt(std::vector<std::byte>(size, std::byte{1}));
  stream all(here, reached<blocks>(here, "there", "blocks"), count, make_block{content});
  const auto began = clock_type::now();
  all.start();
  return bench::say_since(began, all.check());
}

class asker {
 public:
  using receives = troupe::receives<uint64_t>;
  asker(troupe::address<twice> whom, outcome& result) : whom_(std::move(whom)), result_(result) {}
  troupe::task<> operator()(uint64_t questions) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < questions; ++i) {
      auto answer = whom_.ask(twice{i});
      const auto got = co_await answer;
      if (got) sum += *got;
    }
    result_.set(sum);
  }

 private:
  const troupe::address<twice> whom_;
  outcome& result_;
};

int ask(const std::string& directory, uint64_t count) {
  const bench::second_process other({"serve", "there", directory});
  outcome sum;
  node here(directory, "here");
  const auto whom = reached<troupe::address_of<doubler>>(here, "there", "doubler");
  must(whom.ask(twice{}).get());
  const auto first = here.system->spawn<asker>({}, whom, sum);
  const auto began = clock_type::now();
  first.send(count);
  return bench::say_since(began, sum.wait());
}

int three_peers(const std::string& directory, uint64_t count, bool third_is_stopped) {
  const bench::second_process one({"serve", "one", directory}), two({"serve", "two", directory});
  bench::second_process three({"serve", "three", directory});
  node here(directory, "here");
  const make_item make{std::string(15, 'n')};
  stream to_one(here, reached<items>(here, "one", "items"), count, make);
  stream to_two(here, reached<items>(here, "two", "items"), count, make);
  const auto third = reached<items>(here, "three", "items");
  must(third.ask(expect{0}).get());
  // Whoever is held up by the third one, for as long as this takes: all windows are full, and its sender waits.
  const auto held = here.system->spawn<sender<items, make_item>>({}, third, count, make);
  if (third_is_stopped) {
    three.stop();
    while (third.try_send(make(0))) continue;
    held.send(more{});
  }
  const auto began = clock_type::now();
  to_one.start();
  to_two.start();
  const uint64_t sum = to_one.check() + to_two.check();
  const double seconds = std::chrono::duration<double>(clock_type::now() - began).count();
  if (third_is_stopped && third.try_send(make(0))) return std::fputs("the third one has room\n", stderr), 1;
  return bench::say(seconds, sum);
}

}  // namespace

int main(int argc, char** argv) {
  bench::end_with_starter();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto word = [&](std::size_t at) { return at < words.size() ? words[at] : std::string(); };
  const auto number = [&](std::size_t at) { return bench::count_in(word(at).c_str()); };
  if (word(0) == "serve") return serve(word(1), word(2), number(3));
  const uint64_t count = number(1);
  if (count == 0 || word(2).empty()) return std::fputs("usage: see the source\n", stderr), 2;
  if (word(0) == "one_way") return one_way(word(2), count, words.size() > 3 ? number(3) : 15);
  if (word(0) == "ask") return ask(word(2), count);
  if (word(0) == "bulk" && number(3) != 0) return bulk(word(2), count, number(3), word(4));
  if (word(0) == "idle_peer") return three_peers(word(2), count, false);
  if (word(0) == "slow_peer") return three_peers(word(2), count, true);
  return std::fprintf(stderr, "there is no workload '%s'\n", argv[1]), 2;
}
