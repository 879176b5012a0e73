// Stages with state for the end-to-end tests: what they keep is in worker processes, which are killed.
#include <troupe/app.hpp>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

struct hit {
  std::string key;
  std::uint64_t amount = 0;
};
struct total {
  std::string key;
  std::uint64_t hits = 0, sum = 0;
};

/// "KEY AMOUNT".
hit read_hit(const troupe::line& from) {
  const auto space = from.text.find(' ');
  return {from.text.substr(0, space), std::stoull(from.text.substr(space))};
}

/// Two keys do what no stage should.
void perform(const hit& what) {
  if (what.key == "throw") throw std::runtime_error("the key is throw");
  if (what.key == "crash") std::abort();
}

/// The totals at the end.
class totals {
 public:
  void operator()(const hit& what) {
    perform(what);
    auto& mine = by_key_[what.key];
    mine.key = what.key;
    ++mine.hits;
    mine.sum += what.amount;
    perform({what.amount == 666 ? "throw" : what.key, 0});  // too late: the state has been changed
  }
  void finish(troupe::emitter<total>& out) {
    for (const auto& [key, mine] : by_key_) out(mine);
  }
  auto& state() { return by_key_; }

 private:
  std::map<std::string, total> by_key_;
};

/// One at every tenth hit of a key, and at the end what is over.
class milestones {
 public:
  std::optional<total> operator()(const hit& what) {
    auto& hits = hits_[what.key];
    if (++hits % 10 != 0) return std::nullopt;
    return total{what.key, hits, 0};
  }
  void finish(troupe::emitter<total>& out) {
    for (const auto& [key, hits] : hits_)
      if (hits % 10 != 0) out({key, hits, 0});
  }
  auto& state() { return hits_; }

 private:
  std::map<std::string, std::uint64_t> hits_;
};

/// Of totals: how many keys there are, and all their hits.
class grand_total {
 public:
  void operator()(const total& one) {
    ++all_.sum;
    all_.hits += one.hits;
  }
  void finish(troupe::emitter<total>& out) { out(all_); }
  auto& state() { return all_; }

 private:
  total all_{"all", 0, 0};
};

/// Keeps state, and could not show it to anybody.
class secretive {
 public:
  void operator()(const hit&) { ++hits_; }
  void finish(troupe::emitter<total>& out) { out({"secret", hits_, 0}); }

 private:
  std::uint64_t hits_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.stage("read", read_hit);
  app.stage<totals>("totals");
  app.stage<milestones>("milestones");
  app.stage<grand_total>("grand_total");
  app.stage<secretive>("secretive");
  return app.run();
}
