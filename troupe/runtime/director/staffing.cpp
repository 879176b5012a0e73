#include <troupe/runtime/director/staffing.hpp>

#include <algorithm>

namespace troupe::runtime {
namespace {

using state = staff_member::state;

std::uint32_t count(std::span<const staff_member> staff, state what) {
  return static_cast<std::uint32_t>(std::count_if(
      staff.begin(), staff.end(), [what](const staff_member& each) { return each.now == what; }));
}

}  // namespace

std::vector<staff_step> staffing::look(std::span<const staff_member> staff, bool pressed,
                                       nanoseconds passed) {
  std::vector<staff_step> steps;
  pause_ = std::max(nanoseconds(0), pause_ - passed);
  if (pause_ == nanoseconds(0)) replace(staff, steps);
  if (min_ == max_) return steps;

  const auto coming = count(staff, state::coming);
  const auto present = coming + count(staff, state::working);
  pressed_for_ = std::max(nanoseconds(0), pressed ? pressed_for_ + passed : pressed_for_ - passed);
  if (pressed)
    begin_counting_idle();
  else
    idle_for_ += passed;
  if (pressed && (present == 0 || pressed_for_ >= pressed_enough))
    grow(present, coming != 0, staff.size() + steps.size(), steps);
  else
    shrink(staff, present, steps);
  return steps;
}

void staffing::replace(std::span<const staff_member> staff, std::vector<staff_step>& steps) const {
  auto under_way = count(staff, state::successor) + count(staff, state::leaving);
  for (const auto& each : staff) {
    if (each.now != state::working || each.has_successor || (!each.worn && !each.outdated)) continue;
    if (staff.size() + steps.size() >= slots_) return;
    if (!each.worn && under_way != 0) continue;
    steps.push_back({staff_step::kind::replace, each.slot});
    ++under_way;
  }
}

void staffing::grow(std::uint32_t present, bool anybody_coming, std::size_t living,
                    std::vector<staff_step>& steps) {
  // One at a time: whether it was enough shows when it works.
  if (anybody_coming || present >= max_ || living >= slots_) return;
  steps.push_back({staff_step::kind::start, 0});
  pressed_for_ = nanoseconds(0);
}

void staffing::shrink(std::span<const staff_member> staff, std::uint32_t present,
                      std::vector<staff_step>& steps) {
  const auto can_go = [](const staff_member& each) {
    return each.now == state::working && !each.busy && !each.has_successor;
  };
  const auto idle = static_cast<std::uint32_t>(std::count_if(staff.begin(), staff.end(), can_go));
  fewest_idle_ = std::min(fewest_idle_, idle);
  if (fewest_idle_ == 0 || present <= min_) return begin_counting_idle();
  if (idle_for_ < idle_) return;
  auto too_many = std::min(fewest_idle_, present - min_);
  for (auto each = staff.rbegin(); each != staff.rend() && too_many > 0; ++each) {
    if (!can_go(*each)) continue;
    steps.push_back({staff_step::kind::retire, each->slot});
    --too_many;
  }
  begin_counting_idle();
}

void staffing::begin_counting_idle() noexcept {
  idle_for_ = nanoseconds(0);
  fewest_idle_ = ~0U;
}

}  // namespace troupe::runtime
