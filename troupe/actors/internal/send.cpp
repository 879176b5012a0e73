// How a message enters a mailbox, whoever sends it.
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/dead_letters.hpp>
#include <troupe/actors/internal/send.hpp>

#include <string>
#include <utility>

namespace troupe::actors {
namespace {

void lose(cell& receiver, node& message, lost how, const error& why) {
  bury(receiver.system(), &receiver, message.type(), how, message.size());
  message.refuse(why);
}

/// Offers, and buries what the newest message pushed out.
outcome offer(cell& receiver, std::unique_ptr<node>& message) {
  std::vector<std::unique_ptr<node>> dropped;
  const outcome how = receiver.box().offer(message, dropped);
  for (const auto& each : dropped)
    lose(receiver, *each, lost::dropped,
         {errc::full, "wait for an answer: a newer message pushed the question out"});
  return how;
}

/// A plain thread's wait. Parked on return: its patience ended.
outcome wait_as_thread(cell& receiver, std::unique_ptr<node>& message, nanoseconds patience) {
  waiting_thread thread;
  const outcome how = receiver.box().park(message, {}, &thread);
  if (how != outcome::parked) return how;
  receiver.message_came();
  executor& runs = receiver.system().runs();
  if (!runs.is_stepped())
    return receiver.box().wait(thread, deadline::after(patience), message) ? outcome::accepted
                                                                           : outcome::parked;
  const auto until = receiver.system().after(patience);
  while (!thread.admitted && runs.help(until)) {
  }
  return receiver.box().withdraw(thread, message) ? outcome::accepted : outcome::parked;
}

const char* why_not(lost how) noexcept {
  switch (how) {
    case lost::closed:
      return ", which has ended or is stopping: monitor() tells when";
    case lost::full:
      return ", whose mailbox is full and rejects: send less, or give it more capacity or overflow::wait";
    case lost::timed_out:
      return ", whose mailbox has been full for all of the patience: is it stuck in a handler?";
    default:
      return "";
  }
}

result<> undelivered(cell& receiver, node& message, lost how, errc code) {
  error why{code, "send to " + receiver.label() + why_not(how)};
  lose(receiver, message, how, why);
  return tl::unexpected<error>(std::move(why));
}

/// The mailbox was full and waits.
result<> send_to_full(cell& receiver, std::unique_ptr<node> message, nanoseconds patience) {
  cell* const sender = cell::current();
  outcome how = outcome::full;
  if (sender == &receiver)
    how = receiver.box().force(message);  // to wait for oneself is to wait for ever
  else if (sender != nullptr)
    how = sender->park(message, receiver);
  else if (wait_as_thread(receiver, message, patience) == outcome::accepted)
    how = outcome::accepted;
  else
    return undelivered(receiver, *message, lost::timed_out, errc::timed_out);
  if (how == outcome::closed) return undelivered(receiver, *message, lost::closed, errc::closed);
  receiver.message_came();
  return {};
}

}  // namespace

void retain(cell& what) noexcept {
  what.retain();
}
void release(cell& what) noexcept {
  what.release();
}
core& system_of(const cell& whom) noexcept {
  return whom.system();
}
actor_id id_of(const cell& whom) noexcept {
  return whom.id();
}
std::string_view name_of(const cell& whom) noexcept {
  return whom.name();
}

result<> send(const cell_ref& to, std::unique_ptr<node> message, nanoseconds patience) {
  if (!to) {
    if (cell* const sender = cell::current())
      bury(sender->system(), nullptr, message->type(), lost::closed, message->size());
    return fail(errc::invalid_argument, "send to an empty address");
  }
  cell& receiver = *to.get();
  if (patience < nanoseconds::zero()) {
    error why{errc::invalid_argument, "send to " + receiver.label() + " with a negative patience of " +
                                          std::to_string(patience.count()) + " ns"};
    lose(receiver, *message, lost::timed_out, why);
    return tl::unexpected<error>(std::move(why));
  }
  switch (offer(receiver, message)) {
    case outcome::accepted:
    case outcome::parked:
      receiver.message_came();
      return {};
    case outcome::closed:
      return undelivered(receiver, *message, lost::closed, errc::closed);
    case outcome::full:
      break;
  }
  if (receiver.box().policy() == overflow::wait) return send_to_full(receiver, std::move(message), patience);
  return undelivered(receiver, *message, lost::full, errc::full);
}

bool try_send(const cell_ref& to, std::unique_ptr<node>& message, rejection& why) {
  why = rejection::closed;
  if (!to) return false;
  switch (offer(*to.get(), message)) {
    case outcome::accepted:
    case outcome::parked:
      to.get()->message_came();
      return true;
    case outcome::full:
      why = rejection::full;
      return false;
    case outcome::closed:
      break;
  }
  return false;
}

void ask(const cell_ref& to, std::unique_ptr<node> message, const std::shared_ptr<answer_state>& state,
         nanoseconds length) {
  if (!to) {
    message->refuse({errc::invalid_argument, "ask an empty address"});
    return;
  }
  cell& receiver = *to.get();
  if (length < nanoseconds::zero()) {
    message->refuse({errc::invalid_argument, "ask " + receiver.label() + " with a negative patience of " +
                                                 std::to_string(length.count()) + " ns"});
    return;
  }
  cell* const asker = cell::current();
  state->note_asker(asker == nullptr ? cell_ref() : cell_ref(*asker), to);
  switch (offer(receiver, message)) {
    case outcome::accepted:
    case outcome::parked:
      receiver.message_came();
      return;
    case outcome::full:
      lose(receiver, *message, lost::full,
           {errc::full,
            "ask " + receiver.label() + ", whose mailbox is full: ask later, or give it more capacity"});
      return;
    case outcome::closed:
      lose(receiver, *message, lost::closed,
           {errc::closed, "ask " + receiver.label() + why_not(lost::closed)});
  }
}

patience patience_of(const cell_ref& to, nanoseconds length) noexcept {
  if (!to) return {};
  core& system = to.get()->system();
  return {&system, system.after(length)};
}

void stop(const cell_ref& whom) noexcept {
  if (whom) whom.get()->stop();
}
void kill(const cell_ref& whom) noexcept {
  if (whom) whom.get()->kill();
}
std::size_t queued(const cell_ref& whom) noexcept {
  return whom ? whom.get()->box().size() : 0;
}
bool ended(const cell_ref& whom) noexcept {
  return !whom || whom.get()->has_ended();
}

}  // namespace troupe::actors
