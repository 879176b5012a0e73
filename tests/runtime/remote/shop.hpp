// tests/runtime/remote/shop.hpp - an actor that others reach, and one that watches it.
// Threads: as two_stages.
#pragma once
#include "two_stages.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace far_shop {

using troupe::ending;
using troupe::errc;
using lines = std::vector<std::string>;

struct deliver {
  std::string item;
  int count = 0;
};
struct how_many {
  std::string item;
  using reply = int;
};
struct promise_me {
  using reply = std::string;
};
struct fall {
  std::string why;
};

class shop {
 public:
  using receives = troupe::receives<deliver, how_many, promise_me, fall>;
  explicit shop(probe::journal& journal) : journal_(journal) {}
  void operator()(deliver d) {
    left_[d.item] += d.count;
    journal_.add(d.item + " " + std::to_string(d.count));
  }
  troupe::result<int> operator()(how_many h) {
    if (!left_.contains(h.item)) return troupe::fail(errc::not_found, "no " + h.item);
    return left_[h.item];
  }
  void operator()(promise_me, troupe::promise<std::string> answer) { open_.push_back(std::move(answer)); }
  void operator()(fall f) { throw std::runtime_error(f.why); }

 private:
  probe::journal& journal_;
  std::map<std::string, int> left_;
  std::vector<troupe::promise<std::string>> open_;
};
using shop_address = troupe::address_of<shop>;

/// Watches others, and says what it hears.
class mourner {
 public:
  using receives = troupe::receives<troupe::down>;
  mourner(troupe::context& self, probe::journal& journal, const troupe::address<>& whom) : journal_(journal) {
    self.monitor<mourner>(whom);
  }
  void operator()(troupe::down d) {
    journal_.add(d.name + " " + std::to_string(static_cast<int>(d.reason.how)) + " " + d.reason.text);
  }

 private:
  probe::journal& journal_;
};

struct remote : troupe::runtime::two_stages {
  probe::journal journal, heard;
  shop_address local = back->stage.spawn<shop>({.name = "shop"}, journal);
  remote() { EXPECT_TRUE(back->gate.offer("shop", local)); }

  shop_address reach(troupe::mailbox_options mailbox = {}) {
    auto found = here->gate.reach<shop_address>("back", "shop", mailbox);
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  }
  template <class Address>
  void mourn(const Address& whom) {
    here->stage.spawn<mourner>({}, heard, troupe::address<>(whom));
  }
  /// The end of the only one who is mourned.
  std::string last_words() {
    settle();
    const auto said = heard.lines();
    return said.empty() ? "" : said.back();
  }
  template <class R>
  troupe::result<R> answer_to(troupe::future<R> question) {
    settle();
    if (!question.ready()) return troupe::fail(errc::busy, "no answer yet");
    return question.get();
  }
};
inline std::string end(ending how, const std::string& text) {
  return "shop " + std::to_string(static_cast<int>(how)) + " " + text;
}

}  // namespace far_shop
