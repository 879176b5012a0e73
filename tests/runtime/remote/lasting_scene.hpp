// tests/runtime/remote/lasting_scene.hpp - a node whose processes come and go, and lasting addresses of its actors.
// Threads: as two_stages.
#pragma once
#include "shop.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace far_shop {

using troupe::address;
namespace runtime = troupe::runtime;
namespace actors = troupe::actors;

struct sign {
  std::string text;
};
struct introduce {
  address<sign> to;
};
struct sign_all {
  std::string text;
};
struct whom_you_know {
  using reply = address<sign>;
};

/// Knows one whom to write to.
class clerk {
 public:
  using receives = troupe::receives<introduce, sign_all, whom_you_know>;
  void operator()(introduce i) { known_ = std::move(i.to); }
  void operator()(const sign_all& s) { known_.send(sign{s.text}); }
  address<sign> operator()(whom_you_know) { return known_; }

 private:
  address<sign> known_;
};
using clerk_address = troupe::address_of<clerk>;

class wall {
 public:
  using receives = troupe::receives<sign>;
  wall(std::string name, probe::journal& journal) : name_(std::move(name)), journal_(journal) {}
  void operator()(const sign& s) { journal_.add(name_ + " " + s.text); }

 private:
  const std::string name_;
  probe::journal& journal_;
};

struct lasting : runtime::two_stages {
  probe::journal journal, heard;
  shop_address local;        // the shop, in the process that lives
  clerk_address desk;        // likewise
  address<sign> local_wall;  // likewise
  std::optional<runtime::far_stage> third;

  lasting() { back.reset(); }
  ~lasting() override {  // before the journals
    die();
    here.reset();
  }

  /// The next process of "back".
  void start(std::uint64_t epoch, troupe::transport::window window = {}) {
    back.emplace(network, "back", epoch, window);
    local = back->stage.spawn<shop>({.name = "shop"}, journal);
    desk = back->stage.spawn<clerk>({.name = "desk"});
    local_wall = back->stage.spawn<wall>({.name = "wall"}, "wall " + std::to_string(epoch), journal);
    offer("shop", local);
    offer("desk", desk);
    offer("wall", local_wall);
  }
  template <class Address>
  void offer(const std::string& name, const Address& whom) {
    EXPECT_TRUE(
        back->gate.offer_lasting(name, actors::address_access::cell(whom), actors::remote_types(&whom)));
  }
  void die() {
    local = {};
    desk = {};
    local_wall = {};
    back.reset();
  }
  template <class Address>
  Address reach_lasting(runtime::far_stage& from, const std::string& name) {
    constexpr const Address* type = nullptr;
    const auto port = from.gate.make_lasting("back", name, actors::remote_types(type));
    return actors::address_access::make<Address>(
        from.gate.represent_lasting(port, name, actors::stand_in_class(type), runtime::small_mailbox));
  }
  shop_address reach_shop() { return reach_lasting<shop_address>(*here, "shop"); }
  void settle_all() {
    for (bool more = true; more;) {
      settle();
      more = third && third->stage.run_until_idle() > 0;
    }
  }
  void come_up() {
    here->gate.node_is_up("back");
    settle_all();
  }
  /// Until it looks again for what it lost.
  void wait() {
    settle_all();
    here->stage.advance(runtime::end_watch::pause);
    settle_all();
  }
  template <class R>
  troupe::result<R> answer_to(troupe::future<R> question) {
    settle_all();
    if (!question.ready()) return troupe::fail(errc::busy, "no answer yet");
    return question.get();
  }
  void mourn(const address<>& whom) { here->stage.spawn<mourner>({}, heard, whom); }
  static lines tea(int first, int last) {
    lines all;
    for (int i = first; i <= last; ++i) all.push_back("tea " + std::to_string(i));
    return all;
  }
  static void send(const shop_address& to, int first, int last) {
    for (int i = first; i <= last; ++i) EXPECT_TRUE(to.send(deliver{"tea", i}));
  }
  [[nodiscard]] std::uint64_t dead_letters() { return here->stage.system().dead_letters().total(); }
};

}  // namespace far_shop
