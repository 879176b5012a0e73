#include <troupe/transport/internal/exchange.hpp>

namespace troupe::transport {
namespace {

std::vector<link::receiving> windows_of(const std::vector<channel>& channels, window usual) {
  std::vector<link::receiving> windows;
  for (const auto& one : channels) windows.push_back({one.number, window_of(one, usual)});
  return windows;
}

}  // namespace

exchange::exchange(post_options options, link_events& events, std::vector<channel> accepted, wire& below)
    : options_(std::move(options)),
      events_(events),
      acceptor_(options_.own, std::move(accepted), options_.receive),
      wire_(below) {}

result<> exchange::check() const {
  const auto zero = milliseconds(0);
  const auto& beat = options_.heartbeat;
  if (options_.handshake_timeout <= zero || beat.interval < zero || beat.patience <= zero)
    return fail(errc::invalid_argument,
                "handshake_timeout and heartbeat.patience are over 0 ms, heartbeat.interval at least 0");
  return acceptor_.check();
}

link_id exchange::next_id() noexcept {
  return link_id{++last_id_};
}

// ---- any thread

link_id exchange::connect(const std::string& endpoint, const peer& expected, std::vector<channel> channels) {
  const auto id = next_id();
  auto own = std::make_shared<link>(id, windows_of(channels, options_.receive));
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

void exchange::call(std::shared_ptr<link> which) {
  const std::scoped_lock hold(work_lock_);
  calling_.push_back(std::move(which));
}

std::shared_ptr<link> exchange::find(link_id id) {
  const std::scoped_lock hold(table_lock_);
  const auto found = table_.find(id);
  return found == table_.end() ? nullptr : found->second;
}

class exchange::direct_line final : public line {
 public:
  direct_line(exchange& by, std::shared_ptr<link> on) noexcept : by_(by), on_(std::move(on)) {}
  void send(std::uint32_t channel, byte_view header, bytes payload) override {
    heed(on_->send(channel, header, std::move(payload)));
  }
  void send_now(std::uint32_t channel, byte_view header, bytes payload) override {
    const auto wanted = on_->send(channel, header, std::move(payload));
    if (wanted == link::attention::yes && !by_.serve_now(on_->id())) heed(wanted);
  }
  void extend(std::uint32_t channel, std::uint64_t key, byte_view header, byte_view more) override {
    heed(on_->extend(channel, key, header, more));
  }

 private:
  void heed(link::attention wanted) {
    if (wanted == link::attention::no) return;
    by_.call(on_);
    by_.wire_.wake();
  }

  exchange& by_;
  const std::shared_ptr<link> on_;
};

std::shared_ptr<line> exchange::line_to(link_id id) {
  auto on = find(id);
  return on == nullptr ? nullptr : std::make_shared<direct_line>(*this, std::move(on));
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
  await_answer(id, on, options_.handshake_timeout);
  transmit(id, encode(*hello));
}

link::gathered exchange::hand_in(link_id id, connection& on) {
  frames_.clear();
  auto gathered = on.own->take(frames_);
  for (auto& one : frames_) {
    transmit(id, on, one);
    on.own->recycle(std::move(one.head));
  }
  return gathered;
}

/// False: the owner must see to it.
bool exchange::serve_now(link_id id) {
  struct standing_in {
    wire& below;
    const link_id on;
    const bool ours = below.stand_in();
    ~standing_in() {
      if (ours) below.stop_standing_in(on);
    }
  };
  const standing_in here{wire_, id};
  if (!here.ours) return false;
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.at != stage::up) return false;
  const auto gathered = hand_in(id, found->second);
  return !gathered.close && !gathered.broken;
}

void exchange::serve(link_id id, connection& on) {
  const auto gathered = hand_in(id, on);
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
    if (on.at == stage::up) transmit(id, on, encode(ping_frame{nonce}));
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

/// A frame of the handshake, or a refusal.
void exchange::transmit(link_id id, std::vector<std::byte> encoded) {
  outgoing one{std::move(encoded), {}};
  wire_.transmit(id, one);
}

void exchange::transmit(link_id id, connection& on, std::vector<std::byte> encoded) {
  outgoing one{std::move(encoded), {}};
  transmit(id, on, one);
}

/// Frames get their numbers where they leave, so that what is dropped before leaves no gap.
void exchange::transmit(link_id id, connection& on, outgoing& numbered) {
  stamp(numbered.head, ++on.sent);
  on.said_at = now_;
  wire_.transmit(id, numbered);
}

}  // namespace troupe::transport
