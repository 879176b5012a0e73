#include <troupe/transport/internal/exchange.hpp>

namespace troupe::transport {
namespace {

/// How long we wait for the other side's goodbye before the connection is dropped. It only delays the release
/// of a socket, never an event.
constexpr auto leaving_patience = std::chrono::seconds(1);

std::vector<std::uint32_t> numbers_of(const std::vector<channel>& channels) {
  std::vector<std::uint32_t> numbers;
  for (const auto& one : channels) numbers.push_back(one.number);
  return numbers;
}

std::vector<std::uint32_t> numbers_of(const agreement& terms) {
  std::vector<std::uint32_t> numbers;
  for (const auto& one : terms.channels) numbers.push_back(one.number);
  return numbers;
}

}  // namespace

exchange::exchange(post_options options, link_events& events, std::vector<channel> accepted, wire& below)
    : options_(std::move(options)),
      events_(events),
      acceptor_(options_.own, std::move(accepted), options_.receive),
      wire_(below) {}

link_id exchange::next_id() noexcept {
  return link_id{++last_id_};
}

// ---- any thread

link_id exchange::connect(const std::string& endpoint, const peer& expected, std::vector<channel> channels) {
  const auto id = next_id();
  auto own = std::make_shared<link>(id, numbers_of(channels), options_.receive);
  {
    const std::scoped_lock hold(table_lock_);
    table_.emplace(id, own);
  }
  connector greeter(options_.own, expected, std::move(channels), options_.receive,
                    static_cast<std::uint64_t>(id));
  {
    const std::scoped_lock hold(work_lock_);
    openings_.push_back({std::move(own), endpoint, expected, std::move(greeter)});
  }
  wire_.wake();
  return id;
}

template <class Act>
void exchange::with(link_id id, Act act) {
  std::shared_ptr<link> on;
  {
    const std::scoped_lock hold(table_lock_);
    const auto found = table_.find(id);
    if (found == table_.end()) return;
    on = found->second;
  }
  if (act(*on) == link::attention::no) return;
  call(std::move(on));
  wire_.wake();
}

void exchange::call(std::shared_ptr<link> which) {
  const std::scoped_lock hold(work_lock_);
  calling_.push_back(std::move(which));
}

void exchange::send(link_id id, std::uint32_t channel, byte_view header, bytes payload) {
  with(id, [&](link& on) { return on.send(channel, header, std::move(payload)); });
}

void exchange::dequeued(link_id id, std::uint32_t channel, window taken) {
  with(id, [&](link& on) { return on.dequeued(channel, taken); });
}

void exchange::close(link_id id) {
  with(id, [](link& on) { return on.close(); });
}

result<> exchange::flush(deadline until) {
  const auto asked = std::make_shared<flushing>();
  {
    const std::scoped_lock hold(work_lock_);
    flushes_.push_back(asked);
  }
  wire_.wake();
  const auto answered = [&] { return asked->asked && asked->waiting.empty(); };
  std::unique_lock hold(asked->lock);
  if (until.is_never()) {
    asked->done.wait(hold, answered);
    return {};
  }
  if (asked->done.wait_until(hold, until.when(), answered)) return {};
  std::string silent;
  for (const auto& [id, node] : asked->waiting) silent += (silent.empty() ? "'" : ", '") + node + "'";
  return fail(errc::timed_out, "flush: no answer from " + (silent.empty() ? "our own post" : silent));
}

bool exchange::has_work() {
  const std::scoped_lock hold(work_lock_);
  return !openings_.empty() || !calling_.empty() || !flushes_.empty();
}

// ---- owner: what others asked for

void exchange::pump() {
  std::vector<opening> openings;
  std::vector<std::shared_ptr<link>> calling;
  std::vector<std::shared_ptr<flushing>> flushes;
  {
    const std::scoped_lock hold(work_lock_);
    openings.swap(openings_);
    calling.swap(calling_);
    flushes.swap(flushes_);
  }
  for (auto& one : openings) start(std::move(one));
  for (const auto& one : calling) {
    const auto found = connections_.find(one->id());
    if (found != connections_.end() && found->second.own) serve(one->id(), found->second);
  }
  for (const auto& one : flushes) ask(one);
}

void exchange::start(opening&& what) {
  const auto id = what.own->id();
  auto& on = connections_[id];
  on.own = std::move(what.own);
  on.greeter = std::move(what.greeter);
  on.endpoint = std::move(what.endpoint);
  on.other = std::move(what.expected);
  if (ending_) return finish(id, on, error{errc::closed, "the post ends", 0}, farewell::none);
  const auto hello = on.greeter->hello();
  if (!hello) return finish(id, on, hello.error(), farewell::none);
  if (auto opened = wire_.open(id, on.endpoint); !opened)
    return finish(id, on, opened.error(), farewell::none);
  wait_until(id, on, steady::now() + options_.handshake_timeout);
  transmit(id, encode(*hello));
}

void exchange::serve(link_id id, connection& on) {
  frames_.clear();
  const auto gathered = on.own->take(frames_);
  for (auto& one : frames_) {
    wire_.transmit(id, one);
    on.own->recycle(std::move(one.head));
  }
  if (gathered.broken) {
    finish(id, on, within("link to node '" + on.other.node + "'", *gathered.broken), farewell::bye);
  } else if (gathered.close) {
    finish(id, on, error{errc::closed, "link to node '" + on.other.node + "'", 0}, farewell::bye);
  }
}

std::vector<link_id> exchange::links_up() const {
  std::vector<link_id> up;
  for (const auto& [id, on] : connections_) {
    if (on.at == stage::up) up.push_back(id);
  }
  return up;
}

void exchange::ask(const std::shared_ptr<flushing>& asked) {
  const auto nonce = ++last_nonce_;
  pings_.emplace(nonce, asked);
  for (const auto id : links_up()) {
    auto& on = connections_.at(id);
    {
      const std::scoped_lock hold(asked->lock);
      asked->waiting.emplace(id, on.other.node);
    }
    serve(id, on);  // may end the link, which then no longer counts as waiting
    if (on.at == stage::up) transmit(id, encode(ping_frame{nonce}));
  }
  {
    const std::scoped_lock hold(asked->lock);
    asked->asked = true;
    if (!asked->waiting.empty()) return;
  }
  pings_.erase(nonce);
  asked->done.notify_all();
}

void exchange::answered(link_id id, std::uint64_t nonce) {
  const auto found = pings_.find(nonce);
  if (found == pings_.end()) return;
  const auto asked = found->second;
  {
    const std::scoped_lock hold(asked->lock);
    asked->waiting.erase(id);
    if (!asked->asked || !asked->waiting.empty()) return;
  }
  pings_.erase(found);
  asked->done.notify_all();
}

// ---- owner: what came in

void exchange::arrived(link_id id, const bytes& received) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) {
    if (!ending_) knock(id, received);
    return;
  }
  auto& on = found->second;
  if (on.at == stage::gone) return;
  auto read = decode(received);
  switch (on.at) {
    case stage::greeting:
      return greeted(id, on, read);
    case stage::up:
      return established(id, on, std::move(read));
    case stage::leaving:
      if (read && (std::holds_alternative<bye_frame>(*read) || std::holds_alternative<refuse_frame>(*read)))
        leave(id);
      return;
    case stage::gone:
      return;
  }
}

void exchange::knock(link_id id, const bytes& received) {
  auto judged = acceptor_.read(received);
  if (const auto* away = std::get_if<acceptor::turned_away>(&judged))
    return turn_away(id, away->answer, away->why);
  auto& on = connections_[id];
  auto& accepted = std::get<acceptor::accepted>(judged);
  on.own = std::make_shared<link>(id, numbers_of(accepted.terms), options_.receive);
  {
    const std::scoped_lock hold(table_lock_);
    table_.emplace(id, on.own);
  }
  transmit(id, encode(accepted.answer));
  raise(id, on, accepted.terms);
}

void exchange::turn_away(link_id id, const error& why) {
  if (!ending_) turn_away(id, acceptor_.refuse(refusal::malformed, why.message()), why);
}

void exchange::turn_away(link_id id, const refuse_frame& answer, const error& why) {
  connections_[id].at = stage::gone;
  transmit(id, encode(answer));
  events_.on_turned_away(why);
}

void exchange::greeted(link_id id, connection& on, const result<frame>& received) {
  if (!received) {
    return finish(id, on, within("greeting node '" + on.other.node + "'", received.error()),
                  farewell::refuse);
  }
  const auto terms = on.greeter->read(*received);
  if (terms) return raise(id, on, *terms);
  const bool they_refused = std::holds_alternative<refuse_frame>(*received);
  finish(id, on, terms.error(), they_refused ? farewell::none : farewell::refuse);
}

void exchange::raise(link_id id, connection& on, const agreement& terms) {
  on.at = stage::up;
  on.other = terms.other;
  wait_until(id, on, steady::time_point::max());
  if (on.own->up(terms) == link::attention::yes) call(on.own);
  events_.on_up(id, on.other, on.we_connected());
}

void exchange::established(link_id id, connection& on, result<frame>&& received) {
  const auto broken = [&](const error& why) {
    finish(id, on, within("node '" + on.other.node + "' broke the protocol", why), farewell::refuse);
  };
  if (!received) return broken(received.error());
  if (auto* data = std::get_if<data_frame>(&*received)) {
    if (auto checked = on.own->arrived(data->records); !checked) return broken(checked.error());
    return events_.on_records(id, std::move(data->records));
  }
  if (const auto* credit = std::get_if<credit_frame>(&*received)) {
    auto wanted = link::attention::no;
    if (auto checked = on.own->granted(*credit, wanted); !checked) return broken(checked.error());
    if (wanted == link::attention::yes) call(on.own);
    return;
  }
  if (const auto* ping = std::get_if<ping_frame>(&*received))
    return transmit(id, encode(pong_frame{ping->nonce}));
  if (const auto* pong = std::get_if<pong_frame>(&*received)) return answered(id, pong->nonce);
  if (std::holds_alternative<bye_frame>(*received)) {
    finish(id, on, error{errc::end_of_file, "node '" + on.other.node + "' closed the link", 0},
           farewell::bye);
    return leave(id);
  }
  if (const auto* refused = std::get_if<refuse_frame>(&*received)) {
    finish(id, on, error{errc::refused, "node '" + on.other.node + "' ended the link: " + refused->text, 0},
           farewell::bye);
    return leave(id);
  }
  broken(error{errc::malformed, "a second greeting", 0});
}

void exchange::lost(link_id id, const error& why) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const auto& on = found->second;
  if (on.own) {
    const auto where = on.we_connected() ? "' at '" + on.endpoint + "'" : std::string("'");
    finish(id, found->second, within("link to node '" + on.other.node + where, why), farewell::none);
  }
  leave(id);
  connections_.erase(id);
}

// ---- owner: endings

void exchange::finish(link_id id, connection& on, const error& why, farewell last) {
  {
    const std::scoped_lock hold(table_lock_);
    table_.erase(id);
  }
  on.own->down();
  on.own.reset();
  std::vector<std::uint64_t> asking;
  for (const auto& [nonce, asked] : pings_) asking.push_back(nonce);
  for (const auto nonce : asking) answered(id, nonce);

  if (last == farewell::bye) transmit(id, encode(bye_frame{}));
  if (last == farewell::refuse) transmit(id, encode(acceptor_.refuse(refusal::protocol, why.message())));
  on.at = stage::leaving;
  if (last == farewell::none) {
    leave(id);
  } else {
    wait_until(id, on, steady::now() + leaving_patience);
  }
  events_.on_down(id, why);
}

/// Both sides have said all they will. Our own connection is dropped; one that came in stays known, so that
/// late frames are not taken for a stranger's, until it breaks.
void exchange::leave(link_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  wait_until(id, found->second, steady::time_point::max());
  found->second.at = stage::gone;
  if (!found->second.we_connected()) return;
  connections_.erase(found);
  wire_.hang_up(id);
}

void exchange::close_all() {
  ending_ = true;
  pump();
  std::vector<link_id> open;
  for (const auto& [id, on] : connections_) {
    if (on.own) open.push_back(id);
  }
  for (const auto id : open) {
    with(id, [](link& on) { return on.close(); });
  }
  pump();
}

bool exchange::idle() const {
  return deadlines_.empty();
}

void exchange::wait_until(link_id id, connection& on, steady::time_point when) {
  deadlines_.erase({on.patience, id});
  on.patience = when;
  if (when != steady::time_point::max()) deadlines_.emplace(when, id);
}

std::optional<steady::time_point> exchange::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void exchange::expire(steady::time_point now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto id = deadlines_.begin()->second;
    auto& on = connections_.at(id);
    if (on.at == stage::leaving) {
      leave(id);
      continue;
    }
    finish(id, on,
           error{errc::timed_out,
                 "node '" + on.other.node + "' at '" + on.endpoint + "' did not answer within " +
                     std::to_string(options_.handshake_timeout.count()) + " ms; does it run?",
                 0},
           farewell::none);
  }
}

void exchange::transmit(link_id id, std::vector<std::byte> encoded) {
  outgoing one{std::move(encoded), {}};
  wire_.transmit(id, one);
}

}  // namespace troupe::transport
