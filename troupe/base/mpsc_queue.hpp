// base/mpsc_queue.hpp - an intrusive lock-free queue: many threads push, one takes, and a push knows whom to
// wake.
// Threads: push and close from any thread; the rest from one consumer at a time.
// Source: Treiber's stack, taken whole and reversed by the consumer (so no ABA: nodes are never popped one by
// one from the shared end). The idle and closed marks in the same word follow CAF's inbox.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace troupe {

/// Base of what is queued.
struct mpsc_node {
  mpsc_node* next = nullptr;
};

enum class push_result : std::uint8_t {
  queued,   // the consumer is at work and will find it
  wake,     // queued, and the consumer had gone idle: this caller, and no other, must wake it
  refused,  // closed: the caller keeps what it wanted to push
};

/// Unbounded, first in first out per producer. Node derives from mpsc_node (publicly, not virtually).
///
/// One word holds the newest node, or one of three marks: empty, idle, closed. Memory order: push publishes
/// the node and take sees it (release, acquire). Going idle is a release that the push which gets `wake`
/// acquires: whatever the consumer did before is visible to whoever it is woken on. Cost: push one
/// compare-exchange; take one exchange per run of nodes.
template <class Node, class Deleter = std::default_delete<Node>>
class mpsc_queue {
 public:
  using pointer = std::unique_ptr<Node, Deleter>;

  mpsc_queue() noexcept = default;
  mpsc_queue(const mpsc_queue&) = delete;
  mpsc_queue& operator=(const mpsc_queue&) = delete;
  /// Destroys what is left. Nobody may push any more.
  ~mpsc_queue() { close(); }

  /// Takes the node unless refused.
  [[nodiscard]] push_result push(pointer&& node) noexcept {
    mpsc_node* const fresh = node.get();
    mpsc_node* head = newest_.load(std::memory_order_relaxed);
    for (;;) {
      if (head == &closed_) return push_result::refused;
      fresh->next = head == &idle_ ? nullptr : head;
      if (newest_.compare_exchange_weak(head, fresh, std::memory_order_acq_rel, std::memory_order_relaxed))
        break;
    }
    static_cast<void>(node.release());
    return head == &idle_ ? push_result::wake : push_result::queued;
  }

  /// Consumer: the oldest node, null when there is none now.
  [[nodiscard]] pointer take() noexcept {
    if (oldest_ == nullptr) fetch();
    if (oldest_ == nullptr) return nullptr;
    mpsc_node* const node = oldest_;
    oldest_ = node->next;
    return pointer(static_cast<Node*>(node));
  }

  /// Consumer: whether take() would give nothing now.
  [[nodiscard]] bool empty() const noexcept {
    return oldest_ == nullptr && is_mark(newest_.load(std::memory_order_acquire));
  }

  /// Consumer: says that it stops looking. True: the next push gets `wake`, and the consumer must not touch
  /// the queue until it was woken. False: something has come (or the queue is closed), go on.
  [[nodiscard]] bool go_idle() noexcept {
    if (oldest_ != nullptr) return false;
    mpsc_node* nothing = nullptr;
    return newest_.compare_exchange_strong(nothing, &idle_, std::memory_order_release,
                                           std::memory_order_relaxed);
  }

  /// Consumer (or whoever keeps it from running): refuses every later push and destroys what is left, which
  /// is returned as a count. `on_each(pointer)` gets the nodes instead when given, oldest first.
  std::size_t close() noexcept {
    return close([](pointer) {});
  }
  template <class F>
  std::size_t close(F&& on_each) {
    adopt(newest_.exchange(&closed_, std::memory_order_acq_rel));
    std::size_t count = 0;
    while (oldest_ != nullptr) {
      mpsc_node* const node = std::exchange(oldest_, oldest_->next);
      ++count;
      on_each(pointer(static_cast<Node*>(node)));
    }
    return count;
  }
  [[nodiscard]] bool closed() const noexcept { return newest_.load(std::memory_order_acquire) == &closed_; }

 private:
  [[nodiscard]] bool is_mark(const mpsc_node* node) const noexcept {
    return node == nullptr || node == &idle_ || node == &closed_;
  }
  void fetch() noexcept {
    // Looking first keeps an empty poll read-only, and the marks in place.
    if (!is_mark(newest_.load(std::memory_order_relaxed)))
      adopt(newest_.exchange(nullptr, std::memory_order_acquire));
  }
  /// Puts a run, newest first, behind what is already held.
  void adopt(mpsc_node* newest) noexcept {
    if (is_mark(newest)) return;
    mpsc_node* reversed = nullptr;
    while (newest != nullptr) {
      mpsc_node* const older = std::exchange(newest->next, reversed);
      reversed = std::exchange(newest, older);
    }
    mpsc_node** end = &oldest_;
    while (*end != nullptr) end = &(*end)->next;
    *end = reversed;
  }

  alignas(64) std::atomic<mpsc_node*> newest_ = nullptr;
  alignas(64) mpsc_node* oldest_ = nullptr;  // the consumer's own, oldest first
  mpsc_node idle_, closed_;                  // only their addresses matter
};

}  // namespace troupe
