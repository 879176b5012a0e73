// tests/runtime/actors/offices.hpp - the actors of a file in three processes on one thread.
// Threads: one.
#pragma once
#include "../remote/two_stages.hpp"

#include <troupe/runtime/actors/process_company.hpp>
#include <troupe/runtime/actors/topic_bridge.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace troupe::runtime::process_company_test {
using lines = std::vector<std::string>;

struct note {
  std::string text;
};
struct fail_now {};
struct roll_call {
  using reply = std::string;
};
struct price {
  int pence = 0;
};
struct secret {
  std::unique_ptr<int> value;
};

/// Keeps what it gets in this life; passes short notes on; hears prices.
class clerk {
 public:
  struct options {
    address<note> next;
  };
  using receives = troupe::receives<note, fail_now, roll_call, price>;
  clerk(context& self, options o) : my_(std::move(o)) { self.subscribe<clerk, price>(); }
  void operator()(const note& n) {
    seen_ += n.text + " ";
    if (n.text.size() < 4) my_.next.send(note{n.text + "+"});
  }
  void operator()(fail_now) { throw std::runtime_error("no more ink"); }
  std::string operator()(roll_call) { return seen_; }
  void operator()(const price& p) { seen_ += std::to_string(p.pence) + " "; }

 private:
  const options my_;
  std::string seen_;
};
using clerk_address = address_of<clerk>;

/// Nobody elsewhere can reach it: its messages cannot travel.
class hermit {
 public:
  using receives = troupe::receives<secret>;
  void operator()(const secret&) {}
};

inline registry program() {
  registry all;
  EXPECT_TRUE(all.add(define_actor<clerk>("clerk")));
  EXPECT_TRUE(all.add(define_actor<hermit>("hermit")));
  return all;
}

inline constexpr auto three_offices = R"([process.back]
[process.third]
[actor.a]
call = "clerk"
options = { next = "b" }
[actor.b]
call = "clerk"
place = "back"
options = { next = "c" }
[actor.c]
call = "clerk"
place = "third"
options = { next = "a" }
restart = { policy = "always" }
[actor.hermit]
)";

/// One process.
struct office {
  far_stage at;
  lines& told;
  process_company company;
  address_of<topic_bridge> topics;

  office(transport::memory_network& network, const config::file& file, const registry& program,
         const std::string& name, std::uint64_t epoch, lines& to)
      : at(network, name, epoch),
        told(to),
        company(
            at.stage.system(), at.gate, file, program, name,
            [this](const std::string& actor, std::uint32_t life, const end_reason& why, bool for_good) {
              told.push_back(actor + std::to_string(life) + " " + why.text + (for_good ? ", for good" : ""));
            }),
        topics(at.stage.spawn<topic_bridge>({.name = "topics", .mailbox = {.capacity = 0}}, at.gate,
                                            topics_heard_in(name, file, program))) {
    EXPECT_TRUE(offer_topics(at.gate, topics_of(file, program)));
  }
  void hear_of(const std::string& node) {
    at.gate.node_is_up(node);
    topics.send(node_came{node});
  }
};

struct offices {
  const config::file file = config::parse(three_offices, "p.toml").value();
  const registry known = program();
  transport::memory_network network;
  lines told;
  std::map<std::string, std::unique_ptr<office>> all;
  std::map<std::string, std::uint64_t> epochs;

  offices() {
    for (const std::string name : {director_node, "back", "third"}) open(name);
    begin("a", 1);
    begin("b", 1);
    begin("c", 1);
    settle();
  }
  void settle() {
    for (bool more = true; more;) {
      more = network.run_until_idle() > 0;
      for (auto& [name, each] : all) more = each->at.stage.run_until_idle() > 0 || more;
    }
  }
  /// Its next process; each hears of each.
  void open(const std::string& name) {
    all[name] = std::make_unique<office>(network, file, known, name, ++epochs[name], told);
    for (auto& [other, each] : all) {
      if (other == name) continue;
      each->hear_of(name);
      all[name]->hear_of(other);
    }
  }
  void die(const std::string& name) {
    all.erase(name);
    for (auto& [other, each] : all) each->topics.send(node_went{name});
    settle();
  }
  /// The director's word, to all as it is.
  void begin(const std::string& actor, std::uint32_t life) {
    for (auto& [name, each] : all) each->company.begin(actor, life);
  }
  void kill(const std::string& actor, std::uint32_t life) {
    for (auto& [name, each] : all) each->company.end(actor, life);
    settle();
  }
  void over(const std::string& actor, const end_reason& why) {
    for (auto& [name, each] : all) each->company.over(actor, why);
    settle();
  }
  office& at(const std::string& name) { return *all.at(name); }
  clerk_address find(const std::string& node, const std::string& actor) {
    return at(node).at.stage.system().find<clerk_address>(actor).value_or(clerk_address());
  }
  /// What that actor has seen in this life, as somebody in that node hears it.
  std::string seen(const std::string& node, const std::string& actor) {
    auto answer = find(node, actor).ask(roll_call{}, std::chrono::hours(1));
    settle();
    return answer.ready() ? answer.get().value_or("nobody") : "no answer";
  }
  std::string seen_at_home(const std::string& actor) {
    return seen(actor == "b" ? "back" : actor == "c" ? "third" : std::string(director_node), actor);
  }
  void send(const std::string& node, const std::string& actor, note what) {
    EXPECT_TRUE(find(node, actor).send(std::move(what)));
    settle();
  }
  void fail(const std::string& actor) {
    find(director_node, actor).send(fail_now{});
    settle();
  }
  void publish(const std::string& node, int pence) {
    at(node).at.stage.system().publish(price{pence});
    settle();
  }
  void wait(nanoseconds time) {
    for (auto& [name, each] : all) each->at.stage.advance(time);
    settle();
  }
};

}  // namespace troupe::runtime::process_company_test
