// How a message enters a mailbox, whoever sends it.
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/dead_letters.hpp>
#include <troupe/actors/internal/send.hpp>
#include <troupe/actors/remote_port.hpp>

#include <string>
#include <utility>

namespace troupe::actors {
namespace {

void lose(cell& receiver, node& message, lost how, const error& why) {
  bury(receiver.system(), &receiver, message.type(), how, message.size());
  message.refuse(why);
}

class passing_on final : public behaviour {
 public:
  explicit passing_on(remote_port& to) noexcept : to_(to) {}
  void receive(delivery& what) override { how = to_.pass(what); }
  remote_port::passed how = remote_port::passed::yes;

 private:
  remote_port& to_;
};

/// To an actor elsewhere, in this thread, unless something that was sent before is still on its way to the port. Full: it
/// has to wait its turn in the mailbox.
outcome pass_on(remote_port& port, const cell& receiver, node& message) {
  if (receiver.has_ended()) return outcome::closed;
  if (!receiver.is_resting()) return outcome::full;
  passing_on passing(port);
  delivery what;
  static_cast<void>(message.visit(passing, what));
  switch (passing.how) {
    case remote_port::passed::yes:
      return outcome::elsewhere;
    case remote_port::passed::gone:
      return outcome::closed;
    case remote_port::passed::too_large:
      return outcome::too_large;
    case remote_port::passed::no_room:
      break;
  }
  return outcome::full;
}

/// Offers, and buries what the newest message pushed out.
outcome offer(cell& receiver, std::unique_ptr<node>& message) {
  if (remote_port* const port = receiver.port()) {
    const outcome passed = pass_on(*port, receiver, *message);
    if (passed != outcome::full) return passed;
  }
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

const char* why_not(lost how, errc code) noexcept {
  if (code == errc::too_large) return ", in another process: send it in parts";
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
  error why{code, "send to " + receiver.label() + why_not(how, code)};
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

bool pass_on(const cell_ref& to, const message_type& type, const void* message, void* answer,
             answer_state* state) {
  if (!to) return false;
  cell& receiver = *to.get();
  remote_port* const port = receiver.port();
  if (port == nullptr || receiver.has_ended() || !receiver.is_resting()) return false;
  if (state != nullptr) {
    cell* const asker = cell::current();
    state->note_asker(asker == nullptr ? cell_ref() : cell_ref(*asker), to);
  }
  delivery what{.type = &type, .payload = const_cast<void*>(message), .answer = answer};
  return port->pass(what) == remote_port::passed::yes;
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
    case outcome::elsewhere:
      return {};
    case outcome::accepted:
    case outcome::parked:
      receiver.message_came();
      return {};
    case outcome::closed:
      return undelivered(receiver, *message, lost::closed, errc::closed);
    case outcome::too_large:
      return undelivered(receiver, *message, lost::full, errc::too_large);
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
    case outcome::elsewhere:
      return true;
    case outcome::accepted:
    case outcome::parked:
      to.get()->message_came();
      return true;
    case outcome::full:
      why = rejection::full;
      return false;
    case outcome::too_large:
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
    case outcome::elsewhere:
      return;
    case outcome::accepted:
    case outcome::parked:
      receiver.message_came();
      return;
    case outcome::full:
      lose(receiver, *message, lost::full,
           {errc::full,
            "ask " + receiver.label() + ", whose mailbox is full: ask later, or give it more capacity"});
      return;
    case outcome::too_large:
      lose(receiver, *message, lost::full,
           {errc::too_large, "ask " + receiver.label() + ", in another process"});
      return;
    case outcome::closed:
      lose(receiver, *message, lost::closed,
           {errc::closed, "ask " + receiver.label() + why_not(lost::closed, errc::closed)});
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
