// actors/internal/relations.hpp - who wants to know of an actor's end, and what became of it.
// Threads: guarded by the lock of core.
#pragma once
#include <troupe/actors/internal/actor_class.hpp>
#include <troupe/actors/internal/cell_ref.hpp>
#include <troupe/actors/internal/sweep.hpp>
#include <troupe/actors/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace troupe::actors {

/// What a supervisor is told of a child.
enum class news : std::uint8_t {
  born,  // again
  fell,  // its life is over, it may be started again
  ended
};

struct child_news {
  cell_ref child;
  news what = news::ended;
  end_reason reason;
};

struct watcher {
  cell_ref who;
  std::uint32_t life = 0;  // of the watcher when it began to watch
};

class mailbox;

/// Messages that stand in line before a full mailbox.
struct parking {
  const cell* receiver = nullptr;
  const mailbox* box = nullptr;  // the receiver's
  std::size_t messages = 1;
};

/// What few actors have, so that an actor without costs a pointer.
struct ties {
  std::vector<watcher> watchers;
  sweep forgets;                            // those watchers whose life is over
  std::vector<cell*> links;                 // both have each other; whoever ends goes from the other's list
  std::vector<const message_type*> topics;  // it has subscribed to
  std::vector<parking> parked;              // its own messages
  std::unique_ptr<end_reason> broken_by;    // a linked actor's end
  bool has_name = false;
  std::vector<cell_ref> holds;  // stand-ins that it watches or is linked to: they wait for news
};

struct relations {
  bool registered = false;
  cell* previous = nullptr;
  cell* next = nullptr;
  std::unique_ptr<ties> has;
  std::unique_ptr<end_reason> reason;  // it has ended

  [[nodiscard]] ties& made() {
    if (has == nullptr) has = std::make_unique<ties>();
    return *has;
  }
};

}  // namespace troupe::actors
