#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/waiting.hpp>

#include <utility>

namespace troupe::actors {
namespace {

/// Fails a question whose deadline passes while a coroutine waits for the answer.
class expiry final : public timed {
 public:
  explicit expiry(std::shared_ptr<answer_state> answer) noexcept : answer_(std::move(answer)) {}
  void due() noexcept override { answer_->expire(); }

 private:
  std::shared_ptr<answer_state> answer_;
};

/// This thread destroys a coroutine where it stands.
thread_local bool abandons = false;

}  // namespace

bool waiting::begin() {
  holders_.store(2, std::memory_order_relaxed);
  if (!answer_->watch(*this)) {
    holders_.store(1, std::memory_order_relaxed);
    return false;
  }
  if (const auto ends = answer_->limit().ends; ends != steady::time_point::max())
    deadline_ = owner_.get()->system().timers().add(ends, std::make_unique<expiry>(answer_));
  return true;
}

void waiting::finish() noexcept {
  if (answer_->limit().ends != steady::time_point::max()) owner_.get()->system().timers().cancel(deadline_);
}

void waiting::abandon() noexcept {
  abandoned = true;
  finish();
  if (answer_->unwatch(*this)) release();  // for the one who will not answer now
  const bool before = std::exchange(abandons, true);
  work.reset();
  abandons = before;
}

bool is_abandoning() noexcept {
  return abandons;
}

void waiting::answered() noexcept {
  const cell_ref owner = owner_;  // this may be gone before the owner knows
  owner.get()->answer_came(*this);
}

void waiting::release() noexcept {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) const std::unique_ptr<waiting> last(this);
}

}  // namespace troupe::actors
