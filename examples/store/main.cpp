// A store: a warehouse that a buyer empties and a supplier fills again. The file says who plays and who starts whom again.
#include <troupe/app.hpp>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

struct deliver {
  std::string item;
  int count = 0;
};
struct stock {
  int left = 0;
};
struct buy {  // a question, which knows its answer
  std::string item;
  using reply = std::optional<stock>;  // none: sold out
};
struct sold_out {  // published to whoever wants to know
  std::string item;
};
struct open_shop {};

/// What it has is gone when it is started again, but not what the file says.
class warehouse {
 public:
  struct options {
    std::map<std::string, int> stock;
  };
  using receives = troupe::receives<deliver, buy>;

  warehouse(troupe::context& self, options o) : self_(self), left_(std::move(o.stock)) {}

  void operator()(deliver d) { left_[d.item] += d.count; }
  std::optional<stock> operator()(buy b) {
    int& left = left_[b.item];
    if (left == 0) {
      self_.publish(sold_out{b.item});
      return std::nullopt;
    }
    return stock{--left};
  }

 private:
  troupe::context& self_;
  std::map<std::string, int> left_;
};

/// Asks for one item again and again.
class buyer {
 public:
  struct options {
    troupe::address<buy> shop;  // in the file: the name of an actor that receives buy
    std::string item = "tea";
    troupe::milliseconds every{200};
    int clumsy = 0;  // it stumbles at each so-many-th purchase; 0: never
  };
  using receives = troupe::receives<open_shop>;

  buyer(troupe::context& self, options o) : self_(self), my_(std::move(o)) {
    self.every<buyer>(my_.every, open_shop{});
  }

  troupe::task<> operator()(open_shop) {
    auto answer = my_.shop.ask(buy{my_.item});
    const auto got = co_await answer;  // no thread waits
    if (!got) {
      self_.log().warn(got.error().message());
      co_return;
    }
    if (!*got) co_return;
    self_.log().info("bought ", my_.item, ", ", std::to_string((**got).left), " left");
    if (my_.clumsy != 0 && ++bought_ == my_.clumsy) throw std::runtime_error("dropped the " + my_.item);
  }

 private:
  troupe::context& self_;
  const options my_;
  int bought_ = 0;
};

/// Delivers what was sold out.
class supplier {
 public:
  struct options {
    troupe::address<deliver> shop;
    int refill = 3;
  };
  using receives = troupe::receives<sold_out>;

  supplier(troupe::context& self, options o) : self_(self), my_(std::move(o)) {
    self.subscribe<supplier, sold_out>();
  }

  void operator()(const sold_out& news) {
    self_.log().info("delivers ", std::to_string(my_.refill), " of ", news.item);
    my_.shop.send(deliver{news.item, my_.refill});
  }

 private:
  troupe::context& self_;
  const options my_;
};

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  app.actor<warehouse>("warehouse");
  app.actor<buyer>("buyer");
  app.actor<supplier>("supplier");
  return app.run();
}
