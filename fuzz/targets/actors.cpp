// Any records on the channel of actors, as steps of a conversation. A byte picks the step; the parts of a record follow,
// or a byte that says more. A gateway answers to a post that keeps nothing; far addresses are in the hands of a host.
#include "../promise.hpp"

#include <troupe/actors/test_system.hpp>
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/bytes.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/runtime/remote/records.hpp>
#include <troupe/runtime/remote/topic_relay.hpp>
#include <troupe/transport/limits.hpp>
#include <troupe/transport/post.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace actors_target {
namespace {

using namespace troupe;
using namespace troupe::runtime;
using namespace std::chrono_literals;
using fuzz::promise;
using transport::link_id;

constexpr std::size_t most_kept = 32;  // of addresses in one place here

// What the actors say.

struct point {
  std::int16_t x = 0;
  std::optional<std::string> label;
};
struct note {
  std::string text;
  std::vector<std::uint32_t> numbers;
  std::optional<point> at;
};
struct size_of_note {
  note what;
  using reply = std::uint64_t;
};
struct introduce {
  std::vector<address<note>> whom;
  std::optional<address<note>> also;
};
struct who_is_there {
  using reply = std::vector<address<note>>;
};
struct greet_all {
  std::string text;
};
struct whenever {
  using reply = void;
};
struct fall {
  std::string why;
};

/// An actor of ours that others reach.
class host {
 public:
  using receives = troupe::receives<note, size_of_note, introduce, who_is_there, greet_all, whenever, fall>;
  void operator()(const note& n) { last_ = n.text; }
  std::uint64_t operator()(const size_of_note& q) { return q.what.text.size() + q.what.numbers.size(); }
  void operator()(introduce who) {
    for (auto& each : who.whom) meet(std::move(each));
    if (who.also) meet(std::move(*who.also));
  }
  std::vector<address<note>> operator()(who_is_there) { return guests_; }
  void operator()(const greet_all& g) {
    for (const auto& each : guests_)
      if (each) static_cast<void>(each.send(note{g.text, {1, 2}, point{}}));
  }
  void operator()(whenever, troupe::promise<void> answer) {
    if (open_.size() < most_kept) open_.push_back(std::move(answer));
  }
  void operator()(const fall& f) { throw std::runtime_error(f.why); }

 private:
  void meet(address<note> who) {
    if (guests_.size() < most_kept) guests_.push_back(std::move(who));
  }
  std::string last_;
  std::vector<address<note>> guests_;
  std::vector<troupe::promise<void>> open_;
};

class watcher {
 public:
  using receives = troupe::receives<note, down>;
  watcher(context& self, const address<>& whom) { self.monitor<watcher>(whom); }
  void operator()(const note& /*n*/) {}
  void operator()(const down& news) {
    promise(news.reason.how <= ending::link_lost, "an actor elsewhere ends in a way that there is");
  }
};

using far_address = address<note, introduce, size_of_note, who_is_there>;

/// Keeps nothing of what is sent, but reads it, as the other side would.
class silent_post final : public transport::post {
 public:
  enum class stage : std::uint8_t { connecting, up, closing };
  struct link {
    transport::peer who;
    stage at = stage::connecting;
    std::uint64_t records = 0, bytes = 0;  // that came and are not given back
  };

  link_id connect(const std::string& endpoint, const transport::peer& expected,
                  std::vector<transport::channel> channels) override {
    promise(!over_, "a gateway that is closed opens no links");
    promise(endpoint == expected.node && channels == std::vector{actors_channel},
            "a link is opened to the node that is meant, for the channel of actors");
    return add({expected, stage::connecting});
  }
  void send(link_id out, std::uint32_t channel, byte_view header, troupe::bytes payload) override {
    promise(!over_, "a gateway that is closed sends nothing");
    promise(static_cast<std::uint64_t>(out) <= last_, "a gateway sends on links that there were");
    promise(channel == actors_channel.number, "a gateway sends on its own channel");
    std::vector<std::byte> joined(header.begin(), header.end());
    joined.insert(joined.end(), payload.view().begin(), payload.view().end());
    promise(joined.size() <= transport::limits::max_record, "a record is no larger than may be sent");
    read(troupe::bytes::adopt(std::move(joined)));
  }
  void dequeued(link_id from, std::uint32_t channel, std::uint32_t items, std::uint64_t size) override {
    promise(!over_ && channel == actors_channel.number, "credit is of the channel of actors");
    const auto at = links.find(from);
    if (at == links.end())
      return promise(static_cast<std::uint64_t>(from) <= last_, "credit is of a link that there was");
    promise(items <= at->second.records && size <= at->second.bytes,
            "no more credit is given back than came");
    at->second.records -= items;
    at->second.bytes -= size;
  }
  void close(link_id which) override {
    promise(!over_, "a gateway that is closed closes no links");
    if (const auto at = links.find(which); at != links.end()) at->second.at = stage::closing;
  }

  link_id add(link one) {
    const link_id id{++last_};
    links.emplace(id, std::move(one));
    return id;
  }
  /// From now on nobody may use it.
  void end() noexcept { over_ = true; }

  std::map<link_id, link> links;  // those that are not down

 private:
  static void read(const troupe::bytes& record) {
    record_reader reader(record);
    record_head head;
    std::vector<address_card> cards;
    std::uint64_t number = 1;
    std::uint32_t items = 1;
    promise(reader.get(head) && (!head.has_cards || reader.get(cards)), "what we send has a head");
    switch (head.kind) {
      case record_kind::order:
        return promise(decode<edge_order>(reader.rest()).has_value(), "an order that we send can be read");
      case record_kind::news:
        return promise(decode<edge_news>(reader.rest()).has_value(), "news that we send can be read");
      case record_kind::failure:
        return promise(reader.get(number) && number != 0 && decode<error>(reader.rest()),
                       "a failure that we send can be read");
      case record_kind::credit:
        return promise(reader.get(items) && reader.get(number) && items > 0, "credit that we send is some");
      case record_kind::question:
      case record_kind::answer:
        return promise(reader.get(number) && number != 0, "questions and answers have numbers");
      case record_kind::run:
        return promise(messages_in_run(record) > 0, "a run that we send has messages");
      case record_kind::message:
        return;
    }
    promise(false, "what we send is of a kind that there is");
  }

  bool over_ = false;
  std::uint64_t last_ = 0;
};

class conversation {
 public:
  conversation()
      : gate_(stage_.system(), {.self = {"here", 1},
                                .endpoint_of = [](const std::string& node) -> result<std::string> {
                                  if (node == "peer" || node == "third") return node;
                                  return fail(errc::not_found, "there is no such node");
                                },
                                .window = {8, 1024}}) {
    gate_.use(post_);
    host_ = stage_.spawn<host>({.name = "host"});
    promise(gate_.offer("host", host_).has_value(), "an actor can be offered");
    promise(offer_topic<note>(gate_).has_value(), "a topic can be offered");
    reach();
    come_up(post_.links.begin(), 1);
    run();
  }

  void talk(fuzz::cutter in) {
    for (int steps = 0; !in.empty() && steps < 200; ++steps) {
      const unsigned step = in.byte() % 9;
      if (step < 2) {
        frame_.push_back(
            {actors_channel.number, step == 0 ? bytes::copy_of(in.piece(in.two())) : in_parts(in)});
        continue;
      }
      const std::uint8_t more = in.byte();
      if (step == 2) over_ = more;
      deliver();
      if (step > 2) act(step, more);
    }
    deliver();
    run();
  }

  /// All links go down, then the process ends.
  void end() {
    while (!post_.links.empty()) go_down(post_.links.begin(), errc::not_found);
    run();
    promise(gate_.kept_addresses() == 0, "nothing is kept for links that are down");
    promise(post_.links.empty(), "no link is opened to where nobody listens");
    for (const auto& each : fars_)
      promise(stage_.system().ended(each), "with its link ends an address that leads over it");
    gate_.close();
    post_.end();
    run();
    for (const auto& each : open_) promise(each.ready(), "who asks gets an answer or an error");
    for (const auto& each : sizes_) promise(each.ready(), "who asks gets an answer or an error");
  }

 private:
  using links = std::map<link_id, silent_post::link>;

  /// A record whose lengths agree, so that changed bytes do not cost all that is behind them.
  static bytes in_parts(fuzz::cutter& in) {
    byte_buffer out;
    record_head head;
    head.kind = static_cast<record_kind>(in.byte());
    head.edge = in.byte();
    head.type = in.byte();
    put(out, head);
    out.append(in.piece(in.byte()));
    if (const byte_view cards = in.piece(in.byte()); !cards.empty()) {
      out.data()[1] = std::byte{1};  // the flag
      out.append(cards);
      put(out, static_cast<std::uint32_t>(cards.size()));
    }
    return out.take();
  }

  void run() {
    promise(stage_.run_until_idle(20'000) < 20'000, "actors come to rest");
    std::erase_if(open_, [&](auto& each) {
      if (!each.ready()) return false;
      if (auto all = each.get())
        for (auto& who : *all)
          if (who && guests_.size() < most_kept) guests_.push_back(std::move(who));
      return true;
    });
  }

  void reach() {
    auto far = gate_.reach<far_address>("peer", "far");
    promise(far.has_value(), "there is an address at once");
    fars_.push_back(std::move(*far));
  }

  void come_up(links::iterator at, std::uint64_t epoch) {
    if (at->second.at != silent_post::stage::connecting) return;
    at->second.at = silent_post::stage::up;
    at->second.who.epoch = epoch;
    gate_.on_up(at->first, at->second.who, true);
  }
  void go_down(links::iterator at, errc why) {
    const auto link = at->first;
    const bool closing = at->second.at == silent_post::stage::closing;
    post_.links.erase(at);
    gate_.on_down(link, {closing ? errc::closed : why, "said the fuzzer", 0});
  }
  links::iterator some_link(std::uint8_t which) {
    return std::next(post_.links.begin(), post_.links.empty() ? 0 : which % post_.links.size());
  }

  void deliver() {
    const auto at = some_link(over_);
    if (frame_.empty() || at == post_.links.end() || at->second.at == silent_post::stage::connecting)
      return frame_.clear();
    for (const auto& each : frame_) {
      ++at->second.records;
      at->second.bytes += each.payload.size();
    }
    gate_.on_records(at->first, std::exchange(frame_, {}));
  }

  void act(unsigned step, std::uint8_t more) {
    constexpr std::array ends{errc::peer_lost, errc::end_of_file, errc::not_found, errc::timed_out};
    constexpr std::array nodes{"peer", "third", "here"};
    if (step == 3) return run();
    if (step == 4) return do_here(more);
    if (step == 5) return stage_.advance(std::chrono::minutes(more));
    if (step == 6) {  // somebody connects
      if (post_.links.size() >= most_kept) return;
      const transport::peer who{nodes[more % nodes.size()], 1 + more / nodes.size() % 3U};
      return gate_.on_up(post_.add({who, silent_post::stage::up}), who, false);
    }
    const auto at = some_link(more);
    if (at == post_.links.end()) return;
    if (step == 7)
      come_up(at, 1 + more / 64U);
    else
      go_down(at, ends[more / 64U]);
  }

  void do_here(std::uint8_t what) {
    const far_address& far = fars_.back();
    switch (what % 10) {
      case 0:
        return static_cast<void>(far.send(note{"hello", {1, 2, 3}, point{4, "here"}}));
      case 1:
        return open_.push_back(far.ask(who_is_there{}, 1h));
      case 2:
        return sizes_.push_back(far.ask(size_of_note{}, 1h));
      case 3:
        return static_cast<void>(far.send(introduce{guests_, host_}));
      case 4:
        return static_cast<void>(host_.send(introduce{guests_, far}));
      case 5:
        return reach();
      case 6:
        guests_.push_back(stage_.spawn<watcher>({.name = "watcher"}, address<>(far)));
        return;
      case 7:
        for (const auto& each : guests_) static_cast<void>(each.send(note{}));
        return;
      case 8:
        return guests_.clear();
      default:
        stage_.system().publish(note{"news", {}, {}});
    }
  }

  silent_post post_;
  test_system stage_;
  gateway gate_;
  address_of<host> host_;
  std::vector<far_address> fars_;
  std::vector<address<note>> guests_;
  std::vector<future<std::vector<address<note>>>> open_;
  std::vector<future<std::uint64_t>> sizes_;
  std::vector<transport::record> frame_;
  std::uint8_t over_ = 0;  // which link frames come by
};

}  // namespace
}  // namespace actors_target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const fuzz::memory_meter meter;
  {
    actors_target::conversation with;
    with.talk(fuzz::cutter(std::as_bytes(std::span(data, size))));
    with.end();
  }
  fuzz::promise(meter.peak() <= (1U << 20U) + 4096 * size,
                "a byte of input takes a bounded amount of memory");
  return 0;
}
