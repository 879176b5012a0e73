#include <troupe/base/shape.hpp>
#include <troupe/transport/handshake.hpp>
#include <troupe/transport/limits.hpp>

#include <algorithm>
#include <set>

namespace troupe::transport {
namespace {

std::string named(const peer& who) {
  return "'" + who.node + "' epoch " + std::to_string(who.epoch);
}

std::string versions(std::uint16_t low, std::uint16_t high) {
  return low == high ? std::to_string(low) : std::to_string(low) + " to " + std::to_string(high);
}

std::string ours() {
  return versions(limits::version_min, limits::version_max);
}

std::string quoted(const channel& which) {
  return std::to_string(which.number) + " '" + which.name + "'";
}

result<> check_name(std::string_view what, std::string_view name, bool may_be_empty) {
  if (name.size() > limits::max_name) {
    return fail(errc::too_large, std::string(what) + " '" + std::string(name.substr(0, 40)) + "...' has " +
                                     std::to_string(name.size()) + " bytes, at most " +
                                     std::to_string(limits::max_name) + " are allowed");
  }
  if (name.empty() && !may_be_empty) return fail(errc::invalid_argument, std::string(what) + " is empty");
  return {};
}

result<> check_channels(const std::vector<channel>& channels) {
  if (channels.size() > limits::max_channels) {
    return fail(errc::too_large, std::to_string(channels.size()) + " channels on one link, at most " +
                                     std::to_string(limits::max_channels) + " are allowed");
  }
  std::set<std::uint32_t> numbers;
  for (const auto& one : channels) {
    if (one.number == control_channel || !numbers.insert(one.number).second) {
      return fail(errc::invalid_argument,
                  "channel " + quoted(one) + ": its number is reserved or declared twice");
    }
    if (auto name = check_name("channel name", one.name, true); !name) return name;
    if (one.shape.size() > limits::max_shape) {
      return fail(errc::too_large, "channel " + quoted(one) + ": a shape of " +
                                       std::to_string(one.shape.size()) + " bytes, at most " +
                                       std::to_string(limits::max_shape) + " are allowed");
    }
  }
  return {};
}

errc kind_of(refusal reason) {
  switch (reason) {
    case refusal::version:
      return errc::version_mismatch;
    case refusal::shape:
      return errc::type_mismatch;
    default:
      return errc::refused;
  }
}

}  // namespace

window window_of(const channel& one, window usual) noexcept {
  return one.receive.items == 0 ? usual : one.receive;
}

connector::connector(const identity& own, peer expected, std::vector<channel> channels, window receive,
                     std::uint64_t link_epoch)
    : own_(own),
      expected_(std::move(expected)),
      channels_(std::move(channels)),
      receive_(receive),
      link_epoch_(link_epoch) {}

result<hello_frame> connector::hello() const {
  for (const auto& [what, name] :
       {std::pair<std::string_view, std::string_view>{"our node name", own_.self.node},
        {"the peer's node name", expected_.node},
        {"the system id", own_.system}}) {
    if (auto checked = check_name(what, name, false); !checked) return tl::unexpected<error>(checked.error());
  }
  if (auto checked = check_channels(channels_); !checked) return tl::unexpected<error>(checked.error());

  hello_frame hello;
  hello.version_min = limits::version_min;
  hello.version_max = limits::version_max;
  hello.system = own_.system;
  hello.key = own_.key;
  hello.from = own_.self;
  hello.to = expected_;
  hello.link_epoch = link_epoch_;
  for (const auto& one : channels_) {
    hello.channels.push_back({one.number, one.name, shape_hash(one.shape), window_of(one, receive_)});
  }
  return hello;
}

result<agreement> connector::read(const frame& answer) const {
  if (const auto* welcome = std::get_if<welcome_frame>(&answer)) return agree(*welcome);
  if (const auto* refused = std::get_if<refuse_frame>(&answer))
    return tl::unexpected<error>(explain(*refused));
  return fail(errc::malformed,
              "node '" + expected_.node + "' answered our greeting with neither WELCOME nor REFUSE");
}

result<agreement> connector::agree(const welcome_frame& answer) const {
  if (answer.from.node != expected_.node || (expected_.epoch != 0 && answer.from.epoch != expected_.epoch)) {
    return fail(errc::refused, "expected " + named(expected_) + ", but " + named(answer.from) + " answered");
  }
  if (answer.version < limits::version_min || answer.version > limits::version_max) {
    return fail(errc::version_mismatch, "node " + named(answer.from) + " chose version " +
                                            std::to_string(answer.version) + ", we offered " + ours());
  }
  const bool same =
      std::equal(answer.channels.begin(), answer.channels.end(), channels_.begin(), channels_.end(),
                 [](const auto& theirs, const auto& mine) { return theirs.number == mine.number; });
  if (!same) {
    return fail(errc::malformed,
                "node " + named(answer.from) + " opened other channels than those we declared");
  }
  agreement terms{answer.from, answer.version, link_epoch_, {}};
  for (std::size_t at = 0; at < channels_.size(); ++at)
    terms.channels.push_back(
        {channels_[at].number, answer.channels[at].receive, window_of(channels_[at], receive_)});
  return terms;
}

error connector::explain(const refuse_frame& answer) const {
  std::string why = "node " + named(answer.from) + " refuses node " + named(own_.self) + ": " + answer.text;
  for (const auto& theirs : answer.shapes) {
    const auto mine = std::find_if(channels_.begin(), channels_.end(),
                                   [&](const channel& one) { return one.number == theirs.number; });
    if (mine == channels_.end()) continue;
    why += "\n  channel " + quoted(*mine) + ": " + shape_difference(mine->shape, theirs.shape);
  }
  return error{kind_of(answer.reason), std::move(why), 0};
}

acceptor::acceptor(identity own, std::vector<channel> known, window receive)
    : own_(std::move(own)), receive_(receive) {
  for (auto& one : known) {
    const auto number = one.number;
    accepted_.emplace(number, std::move(one));
  }
}

result<> acceptor::check() const {
  if (auto name = check_name("the node name", own_.self.node, false); !name) return name;
  if (auto name = check_name("the system id", own_.system, false); !name) return name;
  std::vector<channel> channels;
  for (const auto& [number, one] : accepted_) channels.push_back(one);
  return check_channels(channels);
}

refuse_frame acceptor::refuse(refusal reason, std::string text) const {
  return {reason, limits::version_min, limits::version_max, own_.self, std::move(text), {}};
}

std::variant<acceptor::accepted, acceptor::turned_away> acceptor::read(const bytes& first) {
  const auto greeted = read_greeting(first.view());
  if (!greeted) {
    return turned_away{refuse(refusal::malformed, greeted.error().context),
                       within("a stranger at node " + named(own_.self), greeted.error())};
  }
  if (greeted->version_max < limits::version_min || greeted->version_min > limits::version_max) {
    auto answer =
        refuse(refusal::version, "version " + ours() + " here, version " +
                                     versions(greeted->version_min, greeted->version_max) + " there");
    error why{errc::version_mismatch, "a peer at node " + named(own_.self) + ": " + answer.text, 0};
    return turned_away{std::move(answer), std::move(why)};
  }
  auto decoded = decode(first);
  if (!decoded) {
    return turned_away{refuse(refusal::malformed, decoded.error().context),
                       within("a peer at node " + named(own_.self), decoded.error())};
  }
  return judge(std::get<hello_frame>(std::move(*decoded)));
}

std::variant<acceptor::accepted, acceptor::turned_away> acceptor::judge(hello_frame hello) {
  const auto turn_away = [&](refuse_frame answer) -> turned_away {
    error why{kind_of(answer.reason),
              "node " + named(own_.self) + " refuses node " + named(hello.from) + ": " + answer.text, 0};
    return {std::move(answer), std::move(why)};
  };
  // The secret first: whoever lacks it learns nothing else about us.
  if (!own_.key.same(hello.key)) {
    return turn_away(
        refuse(refusal::token, "the token is not that of this run; was it started by another director?"));
  }
  if (hello.system != own_.system) {
    return turn_away(
        refuse(refusal::system, "system '" + own_.system + "' here, system '" + hello.system + "' there"));
  }
  if (hello.to.node != own_.self.node || (hello.to.epoch != 0 && hello.to.epoch != own_.self.epoch)) {
    return turn_away(
        refuse(refusal::node, "it looks for " + named(hello.to) + ", this is " + named(own_.self)));
  }
  if (hello.from.node.empty()) return turn_away(refuse(refusal::malformed, "it has no name"));
  refuse_frame answer = refuse(refusal::shape, "");
  if (!judge_channels(hello, answer)) return turn_away(std::move(answer));
  if (!used_[hello.from.node].take(hello.from.epoch, hello.link_epoch)) {
    return turn_away(
        refuse(refusal::stale, "link epoch " + std::to_string(hello.link_epoch) +
                                   " was used before, or a later life of the node has been seen"));
  }

  accepted yes{{hello.from, std::min(hello.version_max, limits::version_max), hello.link_epoch, {}}, {}};
  yes.answer.version = yes.terms.version;
  yes.answer.from = own_.self;
  for (const auto& one : hello.channels) {
    const auto ours = window_of(accepted_.at(one.number), receive_);
    yes.terms.channels.push_back({one.number, one.receive, ours});
    yes.answer.channels.push_back({one.number, ours});
  }
  return yes;
}

bool acceptor::judge_channels(const hello_frame& hello, refuse_frame& answer) const {
  constexpr std::size_t most_shapes = 16;  // enough to see the pattern; keeps the answer small
  std::set<std::uint32_t> numbers;
  for (const auto& theirs : hello.channels) {
    const auto mine = accepted_.find(theirs.number);
    if (mine == accepted_.end() || mine->second.name != theirs.name ||
        !numbers.insert(theirs.number).second) {
      answer.reason = refusal::channel;
      answer.shapes.clear();
      answer.text = "channel " + quoted({theirs.number, theirs.name, {}}) + " there is " +
                    (mine == accepted_.end() ? "unknown here" : "channel " + quoted(mine->second) + " here") +
                    "; do both sides run the same program and file?";
      return false;
    }
    if (shape_hash(mine->second.shape) == theirs.shape_hash || answer.shapes.size() >= most_shapes) continue;
    answer.text +=
        (answer.text.empty() ? "the message types differ on channel " : ", ") + quoted(mine->second);
    answer.shapes.push_back({theirs.number, mine->second.name, mine->second.shape});
  }
  return answer.shapes.empty();
}

bool acceptor::used_epochs::take(std::uint64_t node, std::uint64_t link) noexcept {
  if (node < node_epoch || link == 0) return false;
  if (node > node_epoch) *this = used_epochs{node, 0, 0};
  if (link > highest) {
    const auto rise = link - highest;
    // The old highest becomes bit rise - 1; what is more than 64 below is forgotten and counts as used.
    below = rise > 64 ? 0 : (rise == 64 ? 0 : below << rise) | (std::uint64_t{1} << (rise - 1));
    highest = link;
    return true;
  }
  const auto depth = highest - link;
  if (depth == 0 || depth > 64) return false;
  const auto bit = std::uint64_t{1} << (depth - 1);
  if ((below & bit) != 0) return false;
  below |= bit;
  return true;
}

}  // namespace troupe::transport
