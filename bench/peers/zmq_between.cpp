// bench/peers/zmq_between.cpp - bench/micro/between.cpp with plain libzmq over ipc: one frame for each message.
// Usage: zmq_between one_way|ask COUNT DIRECTORY, zmq_between bulk COUNT DIRECTORY SIZE. Prints "seconds check".
// Default settings, but for HWM where said. One thread for each process, besides the one of libzmq.

#include <bench/second_process.hpp>
#include <bench/workload.hpp>
#include <zmq.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bench::clock_type;
using std::uint64_t;

constexpr std::size_t page = 4096;

/// 64 bytes, as they are in memory.
struct item {
  uint64_t number;
  double x, y;
  char name[40];
};
static_assert(sizeof(item) == 64);

void must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  std::exit(1);
}

/// A socket of a context of its own. Not closed: the process ends.
class socket {
 public:
  explicit socket(void* context, int type) : handle_(zmq_socket(context, type)) {
    must(handle_ != nullptr, "socket");
  }
  void set(int option, int value) {
    must(zmq_setsockopt(handle_, option, &value, sizeof(value)) == 0, "setsockopt");
  }
  void bind(const std::string& endpoint) { must(zmq_bind(handle_, endpoint.c_str()) == 0, "bind"); }
  void connect(const std::string& endpoint) { must(zmq_connect(handle_, endpoint.c_str()) == 0, "connect"); }
  template <class T>
  void send(const T& value) {
    must(zmq_send(handle_, &value, sizeof(value), 0) == sizeof(value), "send");
  }
  template <class T>
  T receive() {
    T value;
    must(zmq_recv(handle_, &value, sizeof(value), 0) == sizeof(value), "receive");
    return value;
  }
  [[nodiscard]] void* handle() const noexcept { return handle_; }

 private:
  void* handle_;
};

/// What both processes have: a way for the messages and one for questions and answers.
struct links {
  void* context = zmq_ctx_new();
  socket data;
  socket talk{context, ZMQ_PAIR};

  links(const std::string& directory, bool is_receiver, uint64_t size)
      : data(context, is_receiver ? ZMQ_PULL : ZMQ_PUSH) {
    // The default lets a thousand messages wait at each end: of large ones, 64 MiB.
    if (size > page)
      data.set(is_receiver ? ZMQ_RCVHWM : ZMQ_SNDHWM, static_cast<int>(std::max(1UL, (64UL << 20) / size)));
    const std::string where = "ipc://" + directory;
    if (is_receiver) {
      data.bind(where + "/data");
      talk.bind(where + "/talk");
    } else {
      data.connect(where + "/data");
      talk.connect(where + "/talk");
    }
  }
};

struct order {
  uint64_t messages, size;  // size 0: items
};

uint64_t sum_of_items(socket& from, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto one = from.receive<item>();
    sum += one.number + static_cast<uint64_t>(one.x + one.y) + std::string_view(one.name).size();
  }
  return sum;
}

uint64_t sum_of_blocks(socket& from, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    must(zmq_msg_recv(&message, from.handle(), 0) >= 0, "receive");
    const auto* content = static_cast<const unsigned char*>(zmq_msg_data(&message));
    const std::size_t size = zmq_msg_size(&message);
    sum += size;
    for (std::size_t at = 0; at < size; at += page) sum += content[at];
    zmq_msg_close(&message);
  }
  return sum;
}

int serve(const std::string& workload, const std::string& directory, uint64_t size) {
  links to(directory, true, size);
  bench::say_ready();
  if (workload == "ask") {
    for (;;) to.talk.send(2 * to.talk.receive<uint64_t>());
  }
  for (;;) {
    const auto all = to.talk.receive<order>();
    to.talk.send(all.size == 0 ? sum_of_items(to.data, all.messages) : sum_of_blocks(to.data, all.messages));
  }
}

void send_items(socket& to, uint64_t count) {
  item one{0, 0, 0.5, "nnnnnnnnnnnnnnn"};
  for (; one.number < count; ++one.number) {
    one.x = static_cast<double>(one.number);
    to.send(one);
  }
}

void send_blocks(socket& to, std::vector<unsigned char>& content, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    zmq_msg_t message;
    zmq_msg_init_data(
        &message, content.data(), content.size(), [](void*, void*) {}, nullptr);
    must(zmq_msg_send(&message, to.handle(), 0) >= 0, "send");
  }
}

int stream(links& to, uint64_t count, uint64_t size) {
  std::vector<unsigned char> content(size, 1);
  const auto run = [&](uint64_t messages) {
    to.talk.send(order{messages, size});
    size == 0 ? send_items(to.data, messages) : send_blocks(to.data, content, messages);
    return to.talk.receive<uint64_t>();
  };
  run(1);  // the links are up
  const auto began = clock_type::now();
  return bench::say_since(began, run(count));
}

int ask(links& to, uint64_t count) {
  const auto question = [&](uint64_t value) {
    to.talk.send(value);
    return to.talk.receive<uint64_t>();
  };
  question(0);  // the link is up
  uint64_t sum = 0;
  const auto began = clock_type::now();
  for (uint64_t i = 0; i < count; ++i) sum += question(i);
  return bench::say_since(began, sum);
}

}  // namespace

int main(int argc, char** argv) {
  bench::end_with_starter();
  const std::string workload = argc < 4 ? "" : argv[1], directory = argc < 4 ? "" : argv[3];
  const uint64_t count = argc < 4 ? 0 : bench::count_in(argv[2]),
                 size = argc < 5 ? 0 : bench::count_in(argv[4]);
  if (workload == "serve") return serve(argv[5], directory, size);
  const bool known = workload == "one_way" || workload == "ask" || (workload == "bulk" && size != 0);
  if (count == 0 || !known) return std::fputs("usage: see the source\n", stderr), 2;
  const bench::second_process other({"serve", "1", directory, std::to_string(size), workload});
  links to(directory, false, size);
  return workload == "ask" ? ask(to, count) : stream(to, count, size);
}
