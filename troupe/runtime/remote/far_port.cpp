#include <troupe/runtime/remote/far_port.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace troupe::runtime {
namespace {

/// A record up to this size is copied into the frame that gathers; a larger one goes as it is.
constexpr std::size_t large = 16U << 10U;

/// Memory for what is written before it is known whether there is room: this thread's, used again and again.
class lent_buffer {
 public:
  explicit lent_buffer(byte_buffer& to) noexcept : to_(to) { to_ = std::move(spare); }
  lent_buffer(const lent_buffer&) = delete;
  lent_buffer& operator=(const lent_buffer&) = delete;
  ~lent_buffer() {
    if (to_.size() > large) return;  // such memory is not kept by every thread that sends
    to_.clear();
    spare = std::move(to_);
  }

 private:
  static thread_local byte_buffer spare;
  byte_buffer& to_;
};
thread_local byte_buffer lent_buffer::spare;

std::string label_of(const port_way& way) {
  return (way.name.empty() ? "actor #" + std::to_string(way.actor) : "actor '" + way.name + "'") +
         " of node '" + way.node + "'";
}

}  // namespace

far_port::far_port(port_way way, std::span<const actors::remote_type> types, actors::core& system,
                   std::shared_ptr<edge_owner> owner, std::shared_ptr<export_table> exports, bool lasts,
                   std::shared_ptr<far_lives> lives)
    : way_(std::move(way)),
      label_(label_of(way_)),
      types_(types),
      system_(system),
      owner_(std::move(owner)),
      exports_(std::move(exports)),
      lasts_(lasts),
      lives_(std::move(lives)),
      epoch_(way_.epoch),
      actor_(way_.actor) {}

address_card far_port::card() const {
  if (lasts_) return {.node = way_.node, .name = way_.name};
  const auto actor = actor_.load(std::memory_order_acquire);
  return {way_.node, actor == 0 ? 0 : epoch_.load(std::memory_order_relaxed), actor, way_.name};
}

std::size_t far_port::index_of(const actors::message_type& type) const noexcept {
  std::size_t at = 0;
  while (types_[at].type != &type) ++at;  // the compiler let nothing else into the address
  return at;
}

bool far_port::write(outgoing& out, actors::delivery& what, std::size_t type) {
  const actors::remote_type& as = types_[type];
  const bool asks = as.is_question && what.answer != nullptr;
  put(out.head, record_head{asks ? record_kind::question : record_kind::message,
                            static_cast<std::uint16_t>(type), way_.edge});
  if (asks) {
    put(out.head, last_question_ + 1);
    put(out.head, std::uint64_t{0});  // the patience, see set_patience
  }
  actors::leaving_addresses leaving;
  as.encode(out.head, what.payload, leaving, out.rest);
  if (leaving.size() > most_addresses) return false;
  if (!leaving.empty()) {
    out.head.append(std::exchange(out.rest, {}).view());  // cards stand at the end
    out.sealed_at = out.head.size();
    out.leaving = std::move(leaving);
    seal(out);
  }
  return out.size() <= largest_content;
}

/// Its addresses are kept for the way that it takes; for another one, again.
void far_port::seal(outgoing& out) {
  if (out.leaving.empty() || way_.line == nullptr) return;
  out.head.shorten(out.head.size() - out.sealed_at);
  out.addresses = exports_->keep(way_.out, out.leaving, out.head);
}

/// The question is going to be sent: its number, 0 for a message.
std::uint64_t far_port::keep_question(actors::delivery& what, const actors::remote_type& type) {
  if (!type.is_question || what.answer == nullptr) return 0;
  if (questions_.size() >= look_at_) forget_unwanted();
  questions_.emplace(++last_question_, question{type.take_answer(what.answer), &type});
  return last_question_;
}

/// How long whoever asked still waits, into the record; without end when the answer was given up, which is not to give up
/// the question. False: it was called off, or has timed out.
bool far_port::set_patience(outgoing& record, std::uint64_t number) {
  if (number == 0) return true;
  const auto at = questions_.find(number);
  const auto state = at == questions_.end() ? nullptr : at->second.state.lock();
  if (state != nullptr && state->is_claimed()) {
    questions_.erase(at);
    return false;
  }
  const std::uint64_t left = state == nullptr
                                 ? std::uint64_t(-1)
                                 : static_cast<std::uint64_t>(actors::patience_left(*state).count());
  std::memcpy(record.head.data() + record_head_size + sizeof(number), &left, sizeof(left));
  return true;
}

/// As far as there is room. Whoever waits for it is told outside of the lock.
far_port::rooms far_port::send_waiting() {
  rooms done;
  while (!waiting_.empty() && stage_ == stage::open) {
    auto& [record, type, number, room] = waiting_.front();
    if (type != nullptr && !credit_.room(record.size())) break;
    if (set_patience(record, number)) {
      if (type != nullptr) credit_.spend(record.size());
      send(record);
    }
    if (room != nullptr) done.push_back(std::move(room));
    waiting_.pop_front();
  }
  return done;
}

void far_port::forget_unwanted() {
  std::erase_if(questions_, [](const auto& each) {
    const auto state = each.second.state.lock();
    return state == nullptr || state->is_claimed();
  });
  look_at_ = std::max<std::size_t>(64, 2 * questions_.size());
}

/// A question leaves at once: somebody waits.
void far_port::send(outgoing& record, bool at_once) {
  if (at_once && record.size() <= large) {
    way_.line->send_now(actors_channel.number, record.head.view(), std::move(record.rest));
    record.head.clear();
  } else if (!record.rest.empty() || record.head.size() <= large) {
    way_.line->send(actors_channel.number, record.head.view(), std::move(record.rest));
    record.head.clear();
  } else {
    way_.line->send(actors_channel.number, {}, record.head.take());
  }
  record.addresses.sent();
}

/// Small messages of one type share a record: head, and in front of each its length.
std::optional<actors::remote_port::passed> far_port::pass_in_run(byte_buffer& spare, actors::delivery& what,
                                                                 std::size_t type) {
  const actors::remote_type& as = types_[type];
  if (as.is_question || as.has_addresses) return std::nullopt;
  put(spare, record_head{record_kind::run, static_cast<std::uint16_t>(type), way_.edge});
  put(spare, std::uint32_t{0});
  bytes rest;
  actors::leaving_addresses none;
  as.encode(spare, what.payload, none, rest);
  const auto entry = spare.view().subspan(record_head_size);
  if (!rest.empty() || entry.size() > large) {
    spare.clear();
    return std::nullopt;
  }
  if (!credit_.room(entry.size())) return passed::no_room;
  const auto length = static_cast<std::uint32_t>(entry.size() - sizeof(std::uint32_t));
  std::memcpy(spare.data() + record_head_size, &length, sizeof(length));
  credit_.spend(entry.size());
  const auto key = std::uint64_t{way_.edge} << 16U | type;
  way_.line->extend(actors_channel.number, key, spare.view().first(record_head_size), entry);
  return passed::yes;
}

actors::remote_port::passed far_port::pass(actors::delivery& what) {
  const std::size_t type = index_of(*what.type);
  outgoing record;  // addresses of what is not sent are let go outside of the lock
  const std::lock_guard lock(mutex_);
  if (stage_ == stage::gone) return passed::gone;
  if (stage_ != stage::open || !waiting_.empty() || !credit_.room(0)) return passed::no_room;
  const lent_buffer lent(record.head);
  if (const auto done = pass_in_run(record.head, what, type)) return *done;
  if (!write(record, what, type)) return passed::too_large;
  if (!credit_.room(record.size())) return passed::no_room;
  const auto number = keep_question(what, types_[type]);
  if (!set_patience(record, number)) return passed::yes;  // called off
  credit_.spend(record.size());
  send(record, number != 0);
  return passed::yes;
}

std::shared_ptr<actors::answer_of<void>> far_port::pass_later(actors::delivery& what) {
  auto room =
      std::make_shared<actors::answer_of<void>>(actors::patience{&system_, steady::time_point::max()});
  const std::size_t type = index_of(*what.type);
  outgoing record;
  rooms done;
  const std::lock_guard lock(mutex_);
  if (stage_ == stage::gone) {
    room->fail({errc::closed, label_ + " is gone"});
    return room;
  }
  if (!write(record, what, type)) {
    room->fail({errc::too_large, "a message for " + label_});
    return room;
  }
  waiting_.push_back({std::move(record), &types_[type], keep_question(what, types_[type]), room});
  for (const auto& each : send_waiting()) each->set({});  // it came meanwhile
  return room;
}

bool far_port::has_way() const noexcept {
  return way_.line != nullptr && stage_ != stage::held;
}

void far_port::order_now(const edge_order& what) {
  outgoing record;
  record.head = written(record_kind::order, way_.edge, what);
  send(record);
}

void far_port::order(const edge_order& what) noexcept {
  const std::lock_guard lock(mutex_);
  if (stage_ != stage::gone && has_way()) order_now(what);
}

void far_port::stop() noexcept {
  const std::lock_guard lock(mutex_);
  if (stage_ == stage::gone) return;
  if (!lasts_ || (has_way() && waiting_.empty())) {
    if (has_way()) order_now(stop_actor{});
    return;
  }
  waiting behind;
  behind.record.head = written(record_kind::order, way_.edge, edge_order(stop_actor{}));
  waiting_.push_back(std::move(behind));
}

void far_port::kill() noexcept {
  if (lives_ != nullptr) return lives_->kill();
  const std::lock_guard lock(mutex_);
  if (stage_ == stage::gone) return;
  if (has_way()) return order_now(kill_actor{});
  kill_wanted_ = lasts_;
}

void far_port::represent(const actors::cell_ref& by) {
  const std::lock_guard lock(mutex_);
  if (left_) return;
  stand_in_ = by.get();
  if (stage_ == stage::gone) actors::end_stand_in(*stand_in_, why_);  // meanwhile
}

actors::cell_ref far_port::stand_in(std::span<const actors::remote_type> types,
                                    std::shared_ptr<claim> right) {
  for (const auto& wanted : types)
    if (std::none_of(types_.begin(), types_.end(),
                     [&](const auto& each) { return each.type == wanted.type; }))
      return {};
  const std::lock_guard lock(mutex_);
  if (stage_ == stage::gone || stand_in_ == nullptr) return {};
  auto there = actors::still_there(*stand_in_);
  if (there && stage_ == stage::opening) way_.rights.push_back(std::move(right));
  return there;
}

edge_order far_port::wish() const {
  open_edge wanted{way_.name, way_.actor, {}, way_.epoch};
  for (const auto& each : types_) wanted.types.push_back({std::string(each.type->name), each.shape()});
  return wanted;
}

void far_port::open() {
  order(wish());
}

void far_port::left(const end_reason& why) noexcept {
  transport::link_id out{};
  std::uint32_t edge = 0;
  {
    const std::lock_guard lock(mutex_);
    stand_in_ = nullptr;
    left_ = true;
    out = way_.out;
    edge = way_.edge;
  }
  stop_expecting_room();
  gone(why.how == ending::unreachable ? end_reason{why.how, "its address was given up"} : why);
  owner_->left(out, edge);
  if (lives_ != nullptr) lives_->over(why);
}

result<> far_port::opened(const edge_opened& how, std::uint64_t epoch) {
  if (how.messages == 0) return fail(errc::malformed, label_ + " was opened without room for a message");
  rooms done;
  std::vector<std::shared_ptr<claim>> used;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == stage::open) return fail(errc::malformed, label_ + " was opened twice");
    if (stage_ != stage::opening) return {};
    used.swap(way_.rights);  // the edge keeps it from now on
    epoch_.store(epoch, std::memory_order_relaxed);
    actor_.store(how.actor, std::memory_order_release);
    stage_ = stage::open;
    credit_ = transport::credit_account({how.messages, how.bytes});
    done = send_waiting();
  }
  for (const auto& each : done) each->set({});
  return {};
}

result<> far_port::granted(transport::window back) {
  rooms done;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ != stage::open) return {};
    if (!credit_.grant(back)) return fail(errc::malformed, "more credit than is out for " + label_);
    done = send_waiting();
  }
  for (const auto& each : done) each->set({});
  return {};
}

std::optional<far_port::question> far_port::take_question(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto at = questions_.find(number);
  if (at == questions_.end()) return std::nullopt;  // nobody waits for it any more
  auto found = std::move(at->second);
  questions_.erase(at);
  return found;
}

result<> far_port::answered(std::uint64_t number, const bytes& reply, actors::arrived_addresses* with) {
  if (const auto asked = take_question(number))
    if (const auto state = asked->state.lock()) asked->type->answer(*state, reply, with);
  return {};
}

result<> far_port::failed(std::uint64_t number, error why) {
  if (const auto asked = take_question(number))
    if (const auto state = asked->state.lock()) state->fail(std::move(why));
  return {};
}

void far_port::hold() {
  const std::lock_guard lock(mutex_);
  if (stage_ != stage::gone) stage_ = stage::held;
}

void far_port::gone(const end_reason& why) {
  std::unordered_map<std::uint64_t, question> questions;
  std::deque<waiting> waits;
  std::vector<std::shared_ptr<claim>> unused;
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == stage::gone) return;
    unused.swap(way_.rights);
    stage_ = stage::gone;
    why_ = why;
    questions.swap(questions_);
    waits.swap(waiting_);
    if (stand_in_ != nullptr) actors::end_stand_in(*stand_in_, why);
  }
  const error closed{errc::closed, "ask " + label_ + (why.text.empty() ? "" : ": " + why.text)};
  for (const auto& each : waits) {
    if (each.room != nullptr)
      each.room->fail(closed);  // who waits counts it
    else if (each.type != nullptr)
      actors::bury_unsent(system_, each.type->type);
  }
  for (auto& [number, asked] : questions)
    if (const auto state = asked.state.lock()) state->fail(closed);
}

}  // namespace troupe::runtime
