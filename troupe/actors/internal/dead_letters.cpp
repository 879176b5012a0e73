#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/dead_letters.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {
namespace {

thread_local bool publishes = false;

/// While it lives, what this thread loses is only counted.
class publishing {
 public:
  publishing() noexcept { publishes = true; }
  publishing(const publishing&) = delete;
  publishing& operator=(const publishing&) = delete;
  ~publishing() { publishes = false; }
};

/// By the rules of its mailbox, but without waiting.
void show(cell& listener, std::unique_ptr<node> letter) {
  std::vector<std::unique_ptr<node>> dropped;
  switch (listener.box().offer(letter, dropped)) {
    case outcome::elsewhere:
    case outcome::accepted:
    case outcome::parked:
      listener.message_came();
      break;
    case outcome::too_large:
    case outcome::full:
      bury(listener.system(), &listener, letter->type(), lost::full, 1);
      break;
    case outcome::closed:
      bury(listener.system(), &listener, letter->type(), lost::closed, 1);
      break;
  }
  for (const auto& each : dropped) {
    bury(listener.system(), &listener, each->type(), lost::dropped, each->size());
    each->refuse({errc::full, "wait for an answer: a dead letter pushed the question out"});
  }
}

}  // namespace

void bury(core& system, const cell* receiver, const message_type* type, lost how, std::size_t messages) {
  if (type != nullptr && type->of_the_system) return;
  system.count(how, messages);
  topics& published = system.published();
  if (messages == 0 || !published.has_any() || publishes) return;
  const publishing now;
  if (const auto all = published.listeners(message_type_of<dead_letter>); !all.empty()) {
    const auto letter = std::make_shared<const dead_letter>(
        dead_letter{receiver == nullptr ? actor_id{} : receiver->id(),
                    receiver == nullptr ? std::string() : receiver->name(),
                    std::string(type == nullptr ? std::string_view() : type->name), how, messages});
    for (const cell_ref& each : all) show(*each.get(), std::make_unique<shared_node<dead_letter>>(letter));
  }
}

}  // namespace troupe::actors
