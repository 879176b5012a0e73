#include <troupe/runtime/remote/export_table.hpp>
#include <troupe/runtime/remote/far_port.hpp>

#include <algorithm>

namespace troupe::runtime {
namespace {

std::uint64_t number_of(const actors::cell_ref& whom) noexcept {
  return actors::id_of(*whom.get()).value;
}

/// Null: it lives here.
const far_port* way_to(const actors::cell_ref& whom) noexcept {
  return static_cast<const far_port*>(
      actors::port_of(*whom.get()));  // all ports of a process are of its gateway
}

}  // namespace

kept_addresses::~kept_addresses() {
  if (in_ != nullptr) in_->release(out_, numbers_);
}

const actors::remote_type* export_table::exported::find(std::string_view name) const noexcept {
  for (const auto& some : types)
    for (const auto& each : some)
      if (each.type->name == name) return &each;
  return nullptr;
}

void export_table::connected(link_id out) {
  const std::lock_guard lock(mutex_);
  kept_.try_emplace(out);
}

void export_table::lost(link_id out) {
  std::unordered_map<std::uint64_t, actors::cell_ref> gone;
  std::vector<actors::cell_ref> also;
  const std::lock_guard lock(mutex_);
  const auto at = kept_.find(out);
  if (at == kept_.end()) return;
  gone.swap(at->second);
  kept_.erase(at);
  for (const auto& [number, whom] : gone)
    if (way_to(whom) == nullptr) also.push_back(remove_locked(number_of(whom)));
}

kept_addresses export_table::keep(link_id out, const actors::leaving_addresses& leaving,
                                  byte_buffer& record) {
  std::vector<address_card> cards;
  std::vector<std::uint64_t> numbers;
  {
    const std::lock_guard lock(mutex_);
    const auto at = kept_.find(out);
    for (const auto& [whom, types] : leaving) {
      const far_port* const elsewhere = way_to(whom);
      address_card card = elsewhere == nullptr ? card_locked(whom) : elsewhere->card();
      card.number = ++last_number_;
      if (at != kept_.end()) {  // else the link is lost, and nobody will read this
        numbers.push_back(card.number);
        at->second.emplace(card.number, whom);
        if (elsewhere == nullptr) add_locked({whom, {types}});
      }
      cards.push_back(std::move(card));
    }
  }
  put_cards(record, cards);
  return {*this, out, std::move(numbers)};
}

address_card export_table::card_locked(const actors::cell_ref& whom) const {
  const auto number = number_of(whom);
  if (const auto named = names_.find(number); named != names_.end()) return {.name = named->second};
  return {.actor = number, .name = std::string(actors::name_of(*whom.get()))};
}

void export_table::call(const actors::cell_ref& whom, std::string name) {
  const std::lock_guard lock(mutex_);
  names_[number_of(whom)] = std::move(name);
}

void export_table::release(link_id out, std::span<const std::uint64_t> numbers) {
  std::vector<actors::cell_ref> gone;
  const std::lock_guard lock(mutex_);
  const auto at = kept_.find(out);
  if (at == kept_.end()) return;
  for (const auto number : numbers) {
    const auto one = at->second.find(number);
    if (one == at->second.end()) continue;
    gone.push_back(std::move(one->second));
    at->second.erase(one);
    if (way_to(gone.back()) == nullptr) gone.push_back(remove_locked(number_of(gone.back())));
  }
}

void export_table::add(const exported& what) {
  const std::lock_guard lock(mutex_);
  add_locked(what);
}

void export_table::remove(std::uint64_t actor) {
  actors::cell_ref gone;
  const std::lock_guard lock(mutex_);
  gone = remove_locked(actor);
}

std::optional<export_table::exported> export_table::find(std::uint64_t actor) const {
  const std::lock_guard lock(mutex_);
  const auto at = exported_.find(actor);
  if (at == exported_.end()) return std::nullopt;
  return at->second.what;
}

std::size_t export_table::kept() const {
  const std::lock_guard lock(mutex_);
  std::size_t all = 0;
  for (const auto& [link, each] : kept_) all += each.size();
  return all;
}

void export_table::add_locked(const exported& what) {
  auto& [known, count] = exported_[number_of(what.whom)];
  ++count;
  known.whom = what.whom;
  for (const auto& some : what.types)
    if (std::none_of(known.types.begin(), known.types.end(),
                     [&](const auto& each) { return each.data() == some.data(); }))
      known.types.push_back(some);
}

actors::cell_ref export_table::remove_locked(std::uint64_t actor) {
  const auto at = exported_.find(actor);
  if (at == exported_.end() || --at->second.count > 0) return {};
  auto gone = std::move(at->second.what.whom);
  exported_.erase(at);
  return gone;
}

}  // namespace troupe::runtime
