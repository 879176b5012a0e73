#include <troupe/base/codec.hpp>
#include <troupe/runtime/node/exchange.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {

std::string node_name(const plan& of, const instance& worker) {
  const auto& member = of.member(worker.member);
  return member.stage.empty() ? member.name + '.' + std::to_string(worker.slot) : member.name;
}

std::string socket_name(const plan& of, const instance& worker) {
  return node_name(of, worker) + '.' + std::to_string(worker.epoch);
}

std::optional<instance> worker_of(const plan& of, const transport::peer& node) {
  for (const auto& member : of.members) {
    if (!member.in_process) continue;
    for (std::uint32_t slot = 0; slot < member.most_workers(); ++slot) {
      const instance who{member.id, slot, node.epoch};
      if (node_name(of, who) == node.node) return who;
    }
  }
  return std::nullopt;
}

std::vector<transport::channel> channels_of(const plan& of) {
  std::vector<transport::channel> channels;
  for (const auto& edge : of.edges)
    channels.push_back({edge.id, of.member(edge.from).name + " -> " + of.member(edge.to).name, edge.shape});
  return channels;
}

exchange::exchange(const plan& of, std::uint64_t own_epoch, logger log, lost_link on_lost)
    : plan_(of),
      own_epoch_(own_epoch),
      log_(std::move(log)),
      on_lost_(std::move(on_lost)),
      blocked_(of.edges.size() + 1),
      turned_away_(log_) {}

void exchange::use(transport::post& post) {
  post_ = &post;
}

void exchange::attach(const instance& who, member_address address) {
  const std::lock_guard lock(mutex_);
  members_[who] = std::move(address);
}

void exchange::note_ending() {
  const std::lock_guard lock(mutex_);
  ending_ = true;
}

bool exchange::is_local(const instance& who) const {
  const std::lock_guard lock(mutex_);
  return members_.contains(who);
}

void exchange::reach(neighbour whom) {
  const std::lock_guard lock(mutex_);
  std::erase_if(whom.hosts, [&](const instance& host) {
    const auto dead = gone_.find({host.member, host.slot});
    return dead != gone_.end() && host.epoch <= dead->second;
  });
  if (whom.hosts.empty()) return;
  const auto link = post_->connect(whom.endpoint, whom.node, channels_of(plan_));
  outgoing_[link] = {std::move(whom)};
}

void exchange::forget(const instance& who) {
  const std::lock_guard lock(mutex_);
  auto& dead = gone_[{who.member, who.slot}];
  dead = std::max(dead, who.epoch);
  ways_.erase(who);
  for (auto at = outgoing_.begin(); at != outgoing_.end();) {
    auto& hosts = at->second.whom.hosts;
    std::erase(hosts, who);
    if (hosts.empty()) {
      post_->close(at->first);
      at = outgoing_.erase(at);
    } else {
      ++at;
    }
  }
}

void exchange::send_item(const instance& to, edge_id edge, const item_header& header, const bytes& payload) {
  thread_local byte_buffer encoded;  // keeps its memory
  encoded.clear();
  encode(encoded, header);
  const std::lock_guard lock(mutex_);
  if (const auto way = ways_.find(to); way != ways_.end())
    post_->send(way->second, edge, encoded.view(), payload);
}

void exchange::send_answers(const sender& to, answers news) {
  byte_buffer encoded;
  encode(encoded, control_record(answer_record{to.edge, news.from.slot, to.who.slot, std::move(news.numbers),
                                               news.done}));
  post_->send(link_id{to.link}, transport::control_channel, encoded.view(), {});
}

void exchange::send_return(const sender& to, const instance& own, std::uint64_t number,
                           packed_outputs outputs) {
  thread_local byte_buffer encoded;
  encoded.clear();
  encode(encoded, control_record(return_record{to.edge, own.slot, to.who.slot, number, outputs.count,
                                               std::move(outputs.sizes)}));
  post_->send(link_id{to.link}, transport::control_channel, encoded.view(), std::move(outputs.payload));
}

void exchange::call_off(const instance& consumer, edge_id edge, std::uint64_t number) {
  byte_buffer encoded;
  encode(encoded, control_record(call_off_record{edge, number}));
  const std::lock_guard lock(mutex_);
  if (const auto way = ways_.find(consumer); way != ways_.end())
    post_->send(way->second, transport::control_channel, encoded.view(), {});
}

void exchange::dequeued(const sender& from, std::uint32_t items, std::uint64_t bytes) {
  post_->dequeued(link_id{from.link}, from.edge, items, bytes);
}

void exchange::announce(const std::vector<instance>& hosts, bool up) {
  for (const auto& who : hosts)
    for (auto& [own, address] : members_) address.send(consumer_news{who, up});
}

void exchange::on_up(link_id link, const transport::peer& who, bool we_connected) {
  const std::lock_guard lock(mutex_);
  peers_[link] = who;
  if (!we_connected) return;
  const auto found = outgoing_.find(link);
  if (found == outgoing_.end()) return;  // forgotten meanwhile
  found->second.use = link_use::up;
  const auto& hosts = found->second.whom.hosts;
  for (const auto& host : hosts) ways_[host] = link;
  announce(hosts, true);
}

void exchange::on_down(link_id link, const error& why) {
  outgoing_link lost;
  transport::peer other;
  bool is_ours = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto peer = peers_.find(link); peer != peers_.end()) {
      other = std::move(peer->second);
      peers_.erase(peer);
    }
    const auto found = outgoing_.find(link);
    is_ours = found != outgoing_.end();
    if (is_ours) {
      lost = std::move(found->second);
      outgoing_.erase(found);
      for (const auto& host : lost.whom.hosts) ways_.erase(host);
      announce(lost.whom.hosts, false);
    }
  }
  if (why.code == errc::malformed) blame(is_ours ? lost.whom.node : other, why);
  if (is_ours) on_lost_({std::move(lost.whom), why, lost.use});
}

void exchange::on_turned_away(const error& why) {
  const std::lock_guard lock(mutex_);
  // We are killing our own workers: some of them were just connecting.
  if (ending_ && why.code == errc::malformed) return;
  turned_away_.note(why, steady::now());
}

std::uint64_t exchange::turned_away(errc kind) const {
  const std::lock_guard lock(mutex_);
  return turned_away_.count(kind);
}

/// It may come again before its end is announced: once is enough.
void exchange::blame(const transport::peer& whom, const error& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!blamed_.insert(whom).second) return;
  }
  log_.error("node ", whom.node, " breaks the protocol, its link is closed: ", why.message());
  if (const auto worker = worker_of(plan_, whom); worker && tell_broken_)
    tell_broken_({*worker, why.message()});
}

result<> exchange::take_item(link_id link, std::uint64_t epoch, transport::record& record,
                             std::map<instance, arrivals>& into) {
  const auto* edge = plan_.find_edge(record.channel);
  if (edge == nullptr) return fail(errc::malformed, "an item for edge " + std::to_string(record.channel));
  std::size_t consumed = 0;
  auto header = decode_prefix<item_header>(record.payload, consumed);
  if (!header) return tl::unexpected(within("the header of an item", header.error()));
  if (header->item.path.size() > max_path) return fail(errc::malformed, "an item with too long a path");
  const instance to{edge->to, header->to_slot, own_epoch_};
  arrival item;
  item.from = {{edge->from, header->from_slot, epoch}, edge->id, static_cast<std::uint64_t>(link)};
  item.credit = record.payload.size();
  item.payload = record.payload.slice(consumed, record.payload.size() - consumed);
  item.header = std::move(*header);
  into[to].items.push_back(std::move(item));
  return {};
}

result<> exchange::take_control(std::uint64_t epoch, const transport::record& record,
                                std::map<instance, returns>& into) {
  std::size_t consumed = 0;
  auto any = decode_prefix<control_record>(record.payload, consumed);
  if (!any) return tl::unexpected(within("a record of the control channel", any.error()));
  const auto rest = record.payload.slice(consumed, record.payload.size() - consumed);
  const auto edge_number = std::visit([](const auto& note) { return note.edge; }, *any);
  const auto* edge = plan_.find_edge(edge_number);
  if (edge == nullptr)
    return fail(errc::malformed, "a record of the control channel for edge " + std::to_string(edge_number));
  auto* back = std::get_if<return_record>(&*any);
  if (back == nullptr && !rest.empty())
    return fail(errc::malformed,
                std::to_string(rest.size()) + " bytes behind a record of the control channel");
  if (auto* note = std::get_if<answer_record>(&*any)) {
    take(epoch, *edge, std::move(*note));
  } else if (const auto* off = std::get_if<call_off_record>(&*any)) {
    if (!edge->returns) return fail(errc::malformed, "a call-off on an edge that does not return");
    if (tell_called_off_) tell_called_off_(off->number);
  } else {
    const instance to{edge->from, back->producer_slot, own_epoch_};
    auto taken = take(epoch, *edge, std::move(*back), rest);
    if (!taken) return tl::unexpected(std::move(taken.error()));
    into[to].items.push_back(std::move(*taken));
  }
  return {};
}

void exchange::take(std::uint64_t epoch, const edge_plan& edge, answer_record&& note) {
  const instance from{edge.to, note.consumer_slot, epoch};
  tell(instance{edge.from, note.producer_slot, own_epoch_},
       answers{from, edge.id, std::move(note.numbers), note.done});
}

result<returned> exchange::take(std::uint64_t epoch, const edge_plan& edge, return_record&& note,
                                bytes payload) {
  std::uint64_t total = 0;
  for (const auto size : note.sizes) total += size;
  const bool whole =
      note.count == 1 ? note.sizes.empty() : note.sizes.size() == note.count && total == payload.size();
  if (!edge.returns || !whole)
    return fail(errc::malformed, "what came back of an item does not fit what is said of it");
  return returned{{edge.to, note.consumer_slot, epoch},
                  edge.id,
                  note.number,
                  {std::move(payload), note.count, std::move(note.sizes)}};
}

void exchange::on_records(link_id link, std::vector<transport::record>&& records) {
  transport::peer other;
  {
    const std::lock_guard lock(mutex_);
    const auto peer = peers_.find(link);
    if (peer == peers_.end()) return;
    other = peer->second;
    if (const auto ours = outgoing_.find(link); ours != outgoing_.end())
      ours->second.use = link_use::answered;
  }
  std::map<instance, arrivals> items;
  std::map<instance, returns> back;
  for (auto& record : records) {
    const auto taken = record.channel == transport::control_channel
                           ? take_control(other.epoch, record, back)
                           : take_item(link, other.epoch, record, items);
    if (taken) continue;
    post_->close(link);
    blame(other, taken.error());
    break;
  }
  for (auto& [to, batch] : items) {
    arrived_.fetch_add(batch.items.size(), std::memory_order_relaxed);
    tell(to, std::move(batch));
  }
  for (auto& [to, batch] : back) tell(to, std::move(batch));
}

}  // namespace troupe::runtime
