// bench/peers/caf_between.cpp - bench/micro/between.cpp with CAF's actors and CAF's own way between processes (BASP).
// Usage: caf_between sharing|stealing one_way|ask COUNT. Prints "seconds check".

#include <bench/second_process.hpp>
#include <bench/workload.hpp>
#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using bench::clock_type;
using bench::outcome;
using std::uint64_t;

constexpr uint64_t burst = 256;

struct item {
  uint64_t number = 0;
  double x = 0, y = 0;
  std::string name;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& with, item& one) {
  return with(caf::meta::type_name("item"), one.number, one.x, one.y, one.name);
}

/// Reads neither files nor arguments; as many threads as there are processors, as on our side.
class configuration : public caf::actor_system_config {
 public:
  explicit configuration(std::string_view policy) {
    load<caf::io::middleman>();
    add_message_type<item>("item");
    set("scheduler.policy", policy == "sharing" ? caf::atom("sharing") : caf::atom("stealing"));
    set("scheduler.max-threads", static_cast<std::size_t>(std::thread::hardware_concurrency()));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

using expect = caf::atom_constant<caf::atom("expect")>;
using twice = caf::atom_constant<caf::atom("twice")>;
using more = caf::atom_constant<caf::atom("more")>;

/// Takes items, tells what so many of them are worth, and doubles numbers.
class server : public caf::event_based_actor {
 public:
  using event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](expect, uint64_t messages) {
              left_ = messages;
              answer_ = make_response_promise<uint64_t>();
              if (left_ == 0) answer_.deliver(uint64_t{0});
              return answer_;
            },
            [this](const item& one) {
              sum_ += one.number + static_cast<uint64_t>(one.x + one.y) + one.name.size();
              if (--left_ == 0) answer_.deliver(sum_);
            },
            [](twice, uint64_t value) { return 2 * value; }};
  }

 private:
  uint64_t left_ = 0, sum_ = 0;
  caf::typed_response_promise<uint64_t> answer_;
};

class sender : public caf::event_based_actor {
 public:
  sender(caf::actor_config& config, caf::actor to, uint64_t count)
      : event_based_actor(config), to_(std::move(to)), count_(count) {}
  caf::behavior make_behavior() override {
    return {[this](more) {
      for (uint64_t i = 0; i < burst && next_ != count_; ++i, ++next_)
        send(to_, item{next_, static_cast<double>(next_), 0.5, "nnnnnnnnnnnnnnn"});
      if (next_ != count_) return send(this, more::value);
      quit();  // the other process knows it now, which would keep it alive
    }};
  }

 private:
  caf::actor to_;
  uint64_t next_ = 0;
  const uint64_t count_;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::_Exit(1);
}

int one_way(caf::actor_system& system, const caf::actor& to, uint64_t count) {
  caf::scoped_actor self(system);
  uint64_t sum = 0;
  const auto fails = [&](const caf::error& why) { give_up(system.render(why)); };
  self->request(to, caf::infinite, expect::value, uint64_t{0}).receive([](uint64_t) {}, fails);
  const auto from = system.spawn<sender>(to, count);
  auto all = self->request(to, caf::infinite, expect::value, count);  // the end would wait for a deadline
  const auto began = clock_type::now();
  caf::anon_send(from, more::value);
  all.receive([&](uint64_t got) { sum = got; }, fails);
  return bench::say_since(began, sum);
}

class asker : public caf::event_based_actor {
 public:
  asker(caf::actor_config& config, caf::actor whom, outcome& result)
      : event_based_actor(config), whom_(std::move(whom)), result_(result) {}
  caf::behavior make_behavior() override {
    return {[this](uint64_t questions) {
      questions_ = questions;
      ask_next();
    }};
  }

 private:
  void ask_next() {
    if (asked_ == questions_) {
      quit();
      return result_.set(sum_);
    }
    request(whom_, caf::infinite, twice::value, asked_++).await([this](uint64_t got) {
      sum_ += got;
      ask_next();
    });
  }

  caf::actor whom_;
  uint64_t questions_ = 0, asked_ = 0, sum_ = 0;
  outcome& result_;
};

int ask(caf::actor_system& system, const caf::actor& whom, uint64_t count) {
  outcome sum;
  {
    caf::scoped_actor self(system);
    self->request(whom, caf::infinite, twice::value, uint64_t{0})
        .receive([](uint64_t) {}, [&](const caf::error& why) { give_up(system.render(why)); });
  }
  const auto first = system.spawn<asker>(whom, std::ref(sum));
  const auto began = clock_type::now();
  caf::anon_send(first, count);
  return bench::say_since(began, sum.wait());
}

int serve(caf::actor_system& system) {
  const auto whom = system.spawn<server>();
  const auto port = system.middleman().publish(whom, 0, "127.0.0.1");
  if (!port) give_up(system.render(port.error()));
  bench::say_ready(std::to_string(*port));
  bench::rest();
}

}  // namespace

int main(int argc, char** argv) {
  bench::end_with_starter();
  const std::string policy = argc < 4 ? "" : argv[1], workload = argc < 4 ? "" : argv[2];
  const uint64_t count = argc < 4 ? 0 : bench::count_in(argv[3]);
  const bool known = workload == "one_way" || workload == "ask" || workload == "serve";
  if (count == 0 || !known || (policy != "sharing" && policy != "stealing"))
    return std::fputs("usage: see the source\n", stderr), 2;
  if (workload == "serve") {
    configuration config(policy);
    caf::actor_system system(config);
    return serve(system);
  }
  const bench::second_process other({policy, "serve", "1"});
  configuration config(policy);
  caf::actor_system system(config);
  const auto port = static_cast<std::uint16_t>(bench::count_in(other.said().c_str()));
  const auto there = system.middleman().remote_actor("127.0.0.1", port);
  if (!there) give_up(system.render(there.error()));
  return workload == "ask" ? ask(system, *there, count) : one_way(system, *there, count);
}
