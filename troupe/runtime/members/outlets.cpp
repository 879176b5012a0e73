#include <troupe/base/encoded_field.hpp>
#include <troupe/base/text.hpp>
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/programs/program_stage.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {

result<> check_sizes(const std::vector<bytes>& outputs, size_of what) {
  constexpr std::uint64_t length_of_a_length = 5;  // that of each goes with them
  std::uint64_t total = 0;
  for (const auto& output : outputs) {
    total = output.size() + (what == size_of::all_together ? total + length_of_a_length : 0);
    if (total > max_item_bytes)
      return fail(errc::too_large,
                  std::string(what == size_of::each ? "gave an output of " : "gave outputs of ") +
                      format_bytes(total) + "; at most " + format_bytes(max_item_bytes) + " can travel");
  }
  return {};
}

namespace {

/// Always the same for the same item, also when it is made again: a copy has to meet who remembers the original.
std::size_t slot_for(const way_out& way, const lineage& parent, const bytes& payload, std::uint32_t index) {
  if (way.key_field)
    if (const auto key = encoded_field(payload.view(), *way.key_field))
      return mix(0, hash_of(*key)) % way.count;
  return mix(lineage_hash{}(parent), index) % way.count;
}

bool takes(const way_out& way, const bytes& payload) {
  return std::ranges::all_of(way.when, [&](const field_is& rule) {
    const auto field = encoded_field(payload.view(), rule.field);
    return !field ||
           std::ranges::equal(*field, rule.value.view());  // what cannot be read is for the stage to refuse
  });
}

}  // namespace

outlets::outlets(const member_setting& setting, const member_plan& who, courier& post, completion on_complete)
    : plan_(setting.of),
      stages_(setting.stages),
      tell_director_(setting.tell_director),
      log_(setting.log),
      courier_(post),
      on_complete_(std::move(on_complete)) {
  for (const auto& known : setting.charges) charges_.set(known);
  boxes_.reserve(who.out.size());
  for (const auto id : who.out) {
    const auto& edge = plan_.edge(id);
    const auto& consumer = plan_.member(edge.to);
    if (edge.way < ways_.size())
      ++ways_.back().count;
    else
      ways_.push_back({boxes_.size(), 1, edge.key_field, edge.when});
    const bool reads = who.kind == member_kind::source || who.gathers;
    boxes_.emplace_back(outbox_options{.edge = id,
                                       .consumer = edge.to,
                                       .from_slot = post.own().slot,
                                       .limit = edge.limit,
                                       .may_split = reads && consumer.takes_batches,
                                       .spread = reads && consumer.workers > 1},
                        charges_, *this);
  }
  blocked_.resize(boxes_.size());
}

void outlets::push_one(const lineage& parent, const bytes& payload, std::uint32_t index, std::uint32_t count,
                       std::uint64_t token) {
  for (const auto& way : ways_) {
    if (!takes(way, payload)) {
      on_complete_(token, parent);
      continue;
    }
    auto& box = boxes_[way.first + (way.count == 1 ? 0 : slot_for(way, parent, payload, index))];
    box.push({child_of(parent, box.edge(), index, count), payload, token, false});
  }
}

std::size_t outlets::push_all(const lineage& parent, const std::vector<bytes>& outputs, std::uint64_t token) {
  const auto count = static_cast<std::uint32_t>(outputs.size());
  for (std::uint32_t i = 0; i < count; ++i) push_one(parent, outputs[i], i, count, token);
  return outputs.size() * ways_.size();
}

bool outlets::has_room() const noexcept {
  return std::all_of(boxes_.begin(), boxes_.end(), [](const outbox& box) { return box.has_room(); });
}

void outlets::on(const answers& news) {
  for (auto& box : boxes_)
    if (box.edge() == news.edge) box.acknowledged(news.from, news.numbers, news.done);
  report_released();
}

void outlets::on(const consumer_news& news) {
  for (auto& box : boxes_) {
    if (box.consumer() != news.who.member) continue;
    if (news.up)
      box.consumer_up(news.who);
    else
      box.consumer_unreachable(news.who);
  }
  report_released();
}

void outlets::on(const consumer_retires& news) {
  for (auto& box : boxes_)
    if (box.consumer() == news.who.member) box.consumer_retires(news.who);
  report_released();
}

void outlets::report_released() {
  for (auto& box : boxes_)
    for (const auto& who : box.take_released()) tell_director_({courier_.own(), consumer_released{who}});
}

void outlets::note_waiting(bool more) {
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    const bool now = !boxes_[i].has_room() && (more || boxes_[i].waiting() > 0);
    if (now == blocked_[i]) continue;
    blocked_[i] = now;
    courier_.by().note_blocked(boxes_[i].edge(), now);
  }
}

void outlets::on(const death_notice& news) {
  // The table first: what is taken back below must not be sent again as if nothing had happened.
  for (const auto& decision : news.verdicts) charges_.set(decision);
  for (auto& box : boxes_) {
    if (box.consumer() != news.who.member) continue;
    std::uint64_t completed = news.marks_complete ? 0 : ~std::uint64_t{0};
    for (const auto& mark : news.marks)
      if (mark.from == courier_.own() && mark.edge == box.edge()) completed = mark.completed;
    box.consumer_lost(news.who, completed);
  }
  for (const auto& decision : news.verdicts)
    for (auto& box : boxes_) box.judged(decision);
  report_released();
}

void outlets::on(const verdict_notice& news) {
  for (const auto& decision : news.verdicts) charges_.set(decision);
  for (const auto& decision : news.verdicts)
    for (auto& box : boxes_) box.judged(decision);
  report_released();
}

std::uint64_t outlets::take_redelivered() noexcept {
  std::uint64_t total = 0;
  for (const auto& box : boxes_) total += box.redelivered();
  return total - std::exchange(told_redelivered_, total);
}

void outlets::carry(const instance& to, edge_id edge, const item_header& header, const bytes& payload) {
  courier_.item(to, edge, header, payload);
}

void outlets::completed(edge_id, const kept_item& item) {
  on_complete_(item.token, item.item);
}

void outlets::hand_in(edge_id edge, const kept_item& item) {
  tell_director_(
      {courier_.own(), item_handed_in{plan_.edge(edge).to, item.item, item.payload, item.may_be_delivered}});
}

std::vector<kept_item> outlets::split(edge_id edge, const kept_item& batch) {
  const auto& consumer = plan_.member(plan_.edge(edge).to);
  const auto definition = find_stage(plan_, consumer, stages_);
  auto parts = definition && definition->split
                   ? definition->split(batch.payload)
                   : result<std::vector<bytes>>(fail(errc::unsupported, "split a batch of " + consumer.name));
  std::vector<kept_item> singles;
  if (!parts || parts->size() != batch.item.span) {
    // Cannot happen with a source's own batches. Nothing may be lost: it stays one item, charged as a whole.
    log_.error("batch ", to_string(batch.item), " cannot be split: ",
               parts ? "it has another number of items than it says" : parts.error().message());
    singles.push_back(batch);
    singles.back().may_be_delivered = true;  // or it would be split again
    return singles;
  }
  singles.reserve(parts->size());
  for (std::uint32_t i = 0; i < batch.item.span; ++i) {
    kept_item single{batch.item, std::move((*parts)[i]), batch.token + i, batch.may_be_delivered};
    single.item.seq += i;
    single.item.span = 1;
    singles.push_back(std::move(single));
  }
  return singles;
}

}  // namespace troupe::runtime
