#include <troupe/runtime/director/director.hpp>

#include <algorithm>
#include <utility>

// What the director does for slots of stages with state, which are terminals and origins in processes of their own.

namespace troupe::runtime {

void director::hear(const instance&, watermark_notice said) {
  const auto* origin = plan_.find_member(said.origin);
  if (origin == nullptr || !origin->is_origin()) return;
  auto& known = watermarks_[said.origin];
  if (said.watermark <= known.watermark) return;
  known = {said.watermark, true};
  if (origin->in_process) setting_.by.tell_all(said);
  if (origin->spread) tell_watermarks();  // somebody waits for whose turn it is
}

/// Others get them as often as we look around.
void director::tell_watermarks() {
  for (auto& [origin, known] : watermarks_) {
    if (!std::exchange(known.is_news, false)) continue;
    const auto note = encode_frame<to_worker>(watermark_notice{origin, known.watermark});
    for (auto& [key, slot] : roster_.slots()) {
      const auto& origins = plan_.member(key.first).origins;
      const bool concerned = plan_.member(key.first).keeps_state && slot.works() &&
                             std::ranges::find(origins, origin) != origins.end();
      if (concerned) workforce_->tell(slot.who, note.view());
    }
  }
}

/// A slot begins again with its checkpoint; this is younger.
void director::bring_up_to_date(const slot_state& slot) {
  const auto& stage = plan_.member(slot.who.member);
  if (!stage.keeps_state) return;
  for (const auto origin : stage.origins)
    if (const auto known = watermarks_.find(origin); known != watermarks_.end())
      workforce_->tell(slot.who,
                       encode_frame<to_worker>(watermark_notice{origin, known->second.watermark}).view());
  if (completion_.is_told(stage.id)) tell_to_finish(stage.id);
}

void director::tell_to_finish(member_id terminal) {
  if (!plan_.member(terminal).in_process)
    return setting_.by.tell({terminal, 0, 1}, order{order_kind::finish});
  const auto& slot = roster_.slots().at({terminal, 0});
  if (slot.works()) workforce_->tell(slot.who, encode_frame<to_worker>(finish_now{}).view());
}

/// It has a place of its own, where its successor finds what it has kept: so it ends before that begins, and what is meant
/// for it waits meanwhile.
void director::renew_slot(slot_state& slot) {
  const auto seen = look_at(slot);
  if (slot.now == slot_state::condition::ready && (seen.worn || seen.outdated)) retire(slot);
}

}  // namespace troupe::runtime
