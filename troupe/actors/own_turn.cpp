#include <troupe/actors/own_turn.hpp>

#include <utility>

namespace troupe {

thread_local own_turn* own_turn::watching = nullptr;

bool own_turn::take(actors::runnable& what, actors::executor& by) noexcept {
  if (watching == nullptr || watching->waits()) return false;
  watching->what_ = &what;
  watching->by_ = &by;
  return true;
}

void own_turn::run() noexcept {
  if (!waits()) return;
  actors::runnable& what = *std::exchange(what_, nullptr);
  if (what.run(actors::usual_quota)) by_->schedule(what);
  what.release();
}

void own_turn::hand_on() noexcept {
  if (!waits()) return;
  actors::runnable& what = *std::exchange(what_, nullptr);
  by_->schedule(what);
  what.release();
}

}  // namespace troupe
