// A conversation with one acceptor and one connector. The input is a row of steps: a byte that says which, then what
// the step needs. The acceptor is judged by a model of its own: each link epoch works once.
#include "../promise.hpp"

#include <troupe/base/shape.hpp>
#include <troupe/transport/handshake.hpp>
#include <troupe/transport/limits.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace troupe;
using namespace troupe::transport;
using fuzz::promise;

constexpr window small{8, 4096};
constexpr std::uint64_t our_epoch = 3;

token secret_of_the_run() {
  token out;
  for (std::size_t i = 0; i < out.secret.size(); ++i) out.secret[i] = static_cast<std::byte>('A' + i);
  return out;
}

identity who(std::string node, std::uint64_t epoch) {
  return {{std::move(node), epoch}, "run", secret_of_the_run()};
}

std::vector<channel> channels() {
  return {{1, "parse", "hit{url:str}"}, {2, "count", "[u64]"}};
}

/// What an acceptor has to remember, written another way: all link epochs of a node's highest life.
class memory_of_hellos {
 public:
  bool take(const hello_frame& hello) {
    life& of = seen_[hello.from.node];
    if (hello.from.epoch < of.epoch || hello.link_epoch == 0) return false;
    if (hello.from.epoch > of.epoch) of = {hello.from.epoch, {}};
    const std::uint64_t highest = of.links.empty() ? 0 : *of.links.rbegin();
    if (highest > hello.link_epoch && highest - hello.link_epoch > 64) return false;
    return of.links.insert(hello.link_epoch).second;
  }

 private:
  struct life {
    std::uint64_t epoch = 0;
    std::set<std::uint64_t> links;
  };
  std::map<std::string, life> seen_;
};

bytes sent(std::vector<std::byte> frame) {
  return bytes::adopt(std::move(frame));
}

class conversation {
 public:
  conversation()
      : acceptor_(who("b", our_epoch), channels(), small),
        connector_(who("a", 1), {"b", 0}, channels(), small, 5) {}

  /// The acceptor gets any bytes as the first frame of a connection. True when it consents.
  bool strange_hello(const bytes& first) {
    const auto judged = acceptor_.read(first);
    if (const auto* no = std::get_if<acceptor::turned_away>(&judged)) {
      check_refusal(*no, first);
      return false;
    }
    check_consent(std::get<acceptor::accepted>(judged), first);
    const auto second = acceptor_.read(first);
    const auto* no = std::get_if<acceptor::turned_away>(&second);
    promise(no != nullptr && no->answer.reason == refusal::stale,
            "a HELLO that was accepted is stale the second time");
    return true;
  }

  /// The connector gets any bytes as the answer to its HELLO.
  void strange_answer(const bytes& answer) {
    const auto read = decode(answer);
    if (!read) return;
    const auto agreed = connector_.read(*read);
    if (!agreed) {
      const errc code = agreed.error().code;
      promise(code == errc::refused || code == errc::type_mismatch || code == errc::version_mismatch ||
                  code == errc::malformed,
              "a handshake fails with one of the errors that its header names");
      promise(!agreed.error().context.empty(), "an error says what is wrong");
      return;
    }
    promise(std::holds_alternative<welcome_frame>(*read), "only a WELCOME opens a link");
    promise(agreed->other.node == "b", "the node that was expected answers");
    promise(agreed->version >= limits::version_min && agreed->version <= limits::version_max,
            "the version is one that was offered");
    promise(agreed->channels.size() == channels().size(), "all declared channels are open");
  }

  /// A connector of ours and the acceptor: what is fresh must come to be on both sides, on the same terms.
  void honest_hello(std::uint64_t epoch, std::uint64_t link) {
    const connector asks(who("a", epoch), {"b", 0}, channels(), small, link);
    const auto hello = asks.hello();
    promise(hello.has_value(), "good names and channels make a HELLO");
    const bytes first = sent(encode(*hello));
    memory_of_hellos trial = memory_;
    const bool fresh = trial.take(*hello);
    promise(strange_hello(first) == fresh, "a HELLO is accepted exactly when it is fresh");
    if (!fresh) return;
    const auto agreed = asks.read(*decode(sent(encode(last_answer_))));
    promise(agreed && agreed->other == peer{"b", our_epoch} && agreed->link_epoch == link,
            "the answer to an accepted HELLO opens the link");
  }

 private:
  void check_refusal(const acceptor::turned_away& no, const bytes& first) {
    promise(!no.why.context.empty(), "a refusal says why in our log");
    const auto answer = decode(sent(encode(no.answer)));
    promise(answer && std::holds_alternative<refuse_frame>(*answer), "a refusal can be sent and read");
    const auto read = decode(first);
    const auto* hello = read ? std::get_if<hello_frame>(&*read) : nullptr;
    if (hello == nullptr || hello->key.same(secret_of_the_run())) return;
    promise(no.answer.reason == refusal::token || no.answer.reason == refusal::version,
            "whoever lacks the token is told nothing else");
    promise(no.answer.shapes.empty() && no.answer.text.find("hit") == std::string::npos,
            "whoever lacks the token learns no shape");
  }

  void check_consent(const acceptor::accepted& yes, const bytes& first) {
    const auto read = decode(first);
    promise(read && std::holds_alternative<hello_frame>(*read), "only a HELLO is accepted");
    const auto& hello = std::get<hello_frame>(*read);
    promise(hello.key.same(secret_of_the_run()), "only who has the token is accepted");
    promise(hello.system == "run" && hello.to.node == "b", "only who looks for us is accepted");
    promise(hello.to.epoch == 0 || hello.to.epoch == our_epoch,
            "only who looks for this life of us is accepted");
    promise(memory_.take(hello), "a link epoch works once, and not after a later life");
    promise(yes.terms.other == hello.from && yes.terms.link_epoch == hello.link_epoch,
            "the terms are those offered");
    promise(yes.terms.channels.size() == hello.channels.size() &&
                yes.answer.channels.size() == hello.channels.size(),
            "every declared channel is answered");
    const auto known = channels();
    for (std::size_t i = 0; i < hello.channels.size(); ++i) {
      const auto& declared = hello.channels[i];
      promise(std::ranges::any_of(known,
                                  [&](const channel& one) {
                                    return one.number == declared.number && one.name == declared.name &&
                                           shape_hash(one.shape) == declared.shape_hash;
                                  }),
              "a channel is known by number, name and shape");
      promise(
          yes.answer.channels[i].number == declared.number && yes.terms.channels[i].send == declared.receive,
          "WELCOME repeats the channels in their order");
    }
    last_answer_ = yes.answer;
  }

  acceptor acceptor_;
  connector connector_;
  memory_of_hellos memory_;
  welcome_frame last_answer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::cutter in(std::as_bytes(std::span(data, size)));
  conversation with;
  for (int steps = 0; !in.empty() && steps < 64; ++steps) {
    const unsigned step = in.byte() % 4;
    if (step < 2) {
      const bytes frame = bytes::copy_of(in.piece(in.two()));
      step == 0 ? static_cast<void>(with.strange_hello(frame)) : with.strange_answer(frame);
    } else {
      const std::uint64_t epoch = in.byte();
      const std::uint64_t link = in.byte();
      with.honest_hello(epoch, step == 2 ? link : ~link);  // small ones, and those near the end of 64 bits
    }
  }
  return 0;
}
