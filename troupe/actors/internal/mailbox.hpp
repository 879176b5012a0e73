// actors/internal/mailbox.hpp - the bounded queue of one actor: many threads put in, its turn takes out.
// Threads: said for each function. Sending is lock-free while there is room; what is rare (full, parked,
// closing) takes a lock.
#pragma once
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/base/clock.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace troupe::actors {

enum class outcome : std::uint8_t {
  accepted,   // it is in the mailbox
  elsewhere,  // it is on its way to another process
  too_large,  // for another process; the message is still the caller's
  parked,     // it stands in line before the mailbox; whoever sent it is told when it is in
  full,       // no room; the message is still the caller's
  closed      // the mailbox takes nothing any more; the message is still the caller's
};

/// A plain thread that blocks until its message is in.
struct waiting_thread {
  std::condition_variable changed;
  bool admitted = false;  // under the mailbox's lock
};

class mailbox;
/// A message of `sender` that stood in line is in. Defined by the cell.
void admitted(cell& sender, const mailbox& into) noexcept;

/// Messages of the system (node::droppable) have their place in the order, and take no room: nothing keeps them out.
/// Order: one queue, then the line of those that found it full; so messages of one sender keep theirs. The
/// queue is a lock-free stack that the owner takes as a whole and turns round (inbox_), and what it took
/// (first_ … last_).
class mailbox {
 public:
  /// `eager`: gives room back after each message, whatever that costs and whenever it runs; for stepped
  /// systems, whose order must not depend on a clock. `empties`: actors that stand in line are told that their messages are
  /// in only when it is empty, so that its owner comes to rest.
  mailbox(const mailbox_options& options, bool eager, bool empties = false) noexcept;
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox();

  // Any thread. `message` is empty afterwards when it was accepted or parked.

  /// Puts it in if there is room and nobody stands in line; drop_oldest makes room: what it pushed out is in
  /// `dropped`.
  [[nodiscard]] outcome offer(std::unique_ptr<node>& message, std::vector<std::unique_ptr<node>>& dropped);
  /// Puts it in whatever the bound says, behind those that stand in line. Accepted or closed.
  [[nodiscard]] outcome force(std::unique_ptr<node>& message);
  /// Stands it in line, unless there is room by now. `sender` or `thread` is told when it is in.
  [[nodiscard]] outcome park(std::unique_ptr<node>& message, cell_ref sender, waiting_thread* thread);
  /// Blocks the thread that parked `message`. False: `until` passed, and message is the caller's again.
  [[nodiscard]] bool wait(waiting_thread& thread, deadline until, std::unique_ptr<node>& message);
  /// Without blocking: the same as wait with a deadline that has passed.
  [[nodiscard]] bool withdraw(waiting_thread& thread, std::unique_ptr<node>& message);
  /// Something came since the owner last found it empty.
  [[nodiscard]] bool has_news() const noexcept;
  [[nodiscard]] overflow policy() const noexcept { return overflow_; }
  /// Messages of users in it and in line before it, about: what its owner has taken since it last looked up counts, too.
  [[nodiscard]] std::size_t size() const noexcept;

  // The owner's turn only.

  /// True when take() would return a message; with drop_oldest a sender may push it out before that.
  [[nodiscard]] bool has_next();
  [[nodiscard]] std::unique_ptr<node> take();
  /// Another message of the run that was taken last is handed out: only now it leaves the mailbox.
  void take_another();
  /// Its owner is going to take nothing for a while: nobody waits for it to be empty.
  void stand_still() noexcept;
  /// Gives back the room made so far, and lets in whom it has room for; take() does so only now and then.
  void make_room();
  /// From now on takes nothing new; what stands in line is let in.
  void close();

 private:
  struct parked {
    std::unique_ptr<node> message;
    cell_ref sender;
    waiting_thread* thread = nullptr;
  };

  [[nodiscard]] static node* closed_mark() noexcept;
  [[nodiscard]] bool is_closed() const noexcept {
    return inbox_.load(std::memory_order_acquire) == closed_mark();
  }
  [[nodiscard]] bool drops() const noexcept { return capacity_ != 0 && overflow_ == overflow::drop_oldest; }
  [[nodiscard]] bool reserve(std::size_t messages) noexcept;
  [[nodiscard]] outcome push(std::unique_ptr<node>& message, std::size_t reserved) noexcept;
  [[nodiscard]] std::unique_ptr<node> push_out();
  void append(node& what) noexcept;
  void turn_round(node* newest) noexcept;
  void fetch() noexcept;
  [[nodiscard]] bool line_waits_long() const noexcept;
  void count_taken();
  void give_back() noexcept;
  void admit();
  void let_in(std::list<parked>& from) noexcept;
  void tell(const std::list<parked>& of) noexcept;

  std::atomic<node*> inbox_ = nullptr;  // newest first; closed_mark() at the end
  std::atomic<std::size_t> used_ = 0;   // messages in the mailbox
  std::atomic<bool> has_line_ = false;  // as line_ says
  bool closed_ = false;                 // written under mutex_ by the owner
  const overflow overflow_;
  const bool eager_;
  const std::size_t capacity_;
  const bool empties_;
  std::size_t freed_ = 0;     // taken and not yet subtracted from used_
  std::int64_t admitted_at_;  // when the line was last looked after, ns of the coarse clock
  node* first_ = nullptr;     // oldest first; under mutex_ when it drops
  node* last_ = nullptr;
  std::list<parked> told_when_empty_;  // whose messages are in, or gone by now
  mutable std::mutex mutex_;
  std::list<parked> line_;
};

}  // namespace troupe::actors
