#include <troupe/actors/internal/caf_port.hpp>
#include <troupe/actors/internal/cell.hpp>
#include <troupe/actors/internal/dead_letters.hpp>
#include <troupe/base/log.hpp>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/default_attachable.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_actor.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <utility>

namespace troupe::actors {
namespace {

/// exit_msg in the order of what was sent before, unlike with high priority.
void send_exit(const caf::actor& whom, caf::exit_reason why) {
  whom->enqueue(nullptr, caf::make_message_id(), caf::make_message(caf::exit_msg{whom.address(), why}),
                nullptr);
}

template <class Port, class... Args>
caf::strong_actor_ptr make_port(caf::actor_system& in, Args&&... args) {
  caf::actor_config config;
  return caf::make_actor<Port, caf::strong_actor_ptr>(in.next_actor_id(), in.node(), &in, config,
                                                      std::forward<Args>(args)...);
}

}  // namespace

error error_from_caf(const caf::error& why, const caf::actor_system& of) {
  errc kind = errc::handler_failed;
  if (why == caf::sec::request_receiver_down) kind = errc::closed;
  if (why == caf::sec::request_timeout) kind = errc::timed_out;
  return {kind, "CAF: " + of.render(why)};
}

caf::error error_for_caf(const error& why) {
  switch (why.code) {
    case errc::closed:
      return caf::make_error(caf::sec::request_receiver_down, why.message());
    case errc::timed_out:
      return caf::make_error(caf::sec::request_timeout, why.message());
    default:
      return caf::make_error(caf::sec::runtime_error, why.message());
  }
}

end_reason reason_from_caf(const caf::error& why, const caf::actor_system& of) {
  if (!why || why == caf::exit_reason::user_shutdown) return {ending::stopped, {}};
  if (why == caf::exit_reason::kill) return {ending::killed, {}};
  return {ending::failed, "CAF: " + of.render(why)};
}

caf::error reason_for_caf(const end_reason& why) {
  switch (why.how) {
    case ending::stopped:
    case ending::unreachable:
      return caf::exit_reason::normal;
    case ending::killed:
      return caf::exit_reason::kill;
    case ending::failed:
    case ending::linked:
    case ending::process_lost:
    case ending::link_lost:
      break;
  }
  return caf::make_error(caf::sec::runtime_error, why.text);
}

caf_reply::caf_reply(caf::mailbox_element& request, caf::strong_actor_ptr self)
    : asker_(std::move(request.sender)),
      stages_(std::move(request.stages)),
      id_(request.mid),
      self_(std::move(self)) {}

caf_reply::caf_reply(caf_reply&& other) noexcept
    : asker_(std::exchange(other.asker_, nullptr)),
      stages_(std::exchange(other.stages_, {})),
      id_(other.id_),
      self_(std::exchange(other.self_, nullptr)) {}

caf_reply& caf_reply::operator=(caf_reply&& other) noexcept {
  caf_reply taken(std::move(other));
  std::swap(asker_, taken.asker_);
  std::swap(stages_, taken.stages_);
  std::swap(id_, taken.id_);
  std::swap(self_, taken.self_);
  return *this;
}

caf_reply::~caf_reply() {
  if (is_wanted()) fail(caf::sec::request_receiver_down);
}

void caf_reply::give(caf::message what) {
  auto asker = std::exchange(asker_, nullptr);
  auto stages = std::exchange(stages_, {});
  if (stages.empty()) {
    if (asker) asker->get()->enqueue(std::move(self_), id_.response_id(), std::move(what), nullptr);
    return;
  }
  const auto next = std::move(stages.back());
  stages.pop_back();
  next->get()->enqueue(caf::make_mailbox_element(std::move(asker), id_, std::move(stages), std::move(what)),
                       nullptr);
}

caf_gate_port::caf_gate_port(caf::actor_config& config, cell_ref whom, taker takes)
    : monitorable_actor(config), whom_(std::move(whom)), takes_(takes) {}

void caf_gate_port::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  auto content = what->move_content_to_message();
  if (content.match_elements<caf::exit_msg>()) {
    const auto& why = content.get_as<caf::exit_msg>(0).reason;
    if (why == caf::exit_reason::user_shutdown)
      stop(whom_);
    else if (why)
      kill(whom_);
    return;
  }
  if (what->mid.is_response() || content.match_elements<caf::down_msg>()) return;
  caf_reply reply;
  if (what->mid.is_request()) reply = caf_reply(*what, ctrl());
  if (takes_(gate_, content, reply)) return;
  if (reply.is_wanted())
    reply.fail(caf::sec::unexpected_message);
  else
    system_of(*whom_.get())
        .log()
        .warn("a message from CAF is none that ", whom_.get()->label(),
              " receives: ", caf::to_string(content));
}

void caf_gate_port::on_destroy() {
  stop(gate_);
  if (!getf(is_cleaned_up_flag)) cleanup(caf::exit_reason::unreachable, nullptr);
  monitorable_actor::on_destroy();
}

void close_gate_port(const caf::actor_addr& port, const end_reason& why) {
  if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(port))
    static_cast<caf_gate_port*>(strong->get())->cleanup(reason_for_caf(why), nullptr);
}

caf_guest_port::caf_guest_port(caf::actor_config& config, const caf::actor& whom)
    : monitorable_actor(config), whom_(whom) {}

void caf_guest_port::watch_for_current() {
  {
    const std::lock_guard lock(mutex_);
    guest_ = cell::current();
  }
  whom_->attach(caf::default_attachable::make_monitor(whom_.address(), address()));
}

void caf_guest_port::leave(const end_reason& why) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(guest_, nullptr) == nullptr) return;
  }
  whom_->detach(caf::default_attachable::observe_token{address(), caf::default_attachable::monitor});
  if (why.how == ending::stopped)
    send_exit(whom_, caf::exit_reason::user_shutdown);
  else if (why.how != ending::unreachable)
    send_exit(whom_, caf::exit_reason::kill);
}

void caf_guest_port::ask(caf::message question, std::unique_ptr<caf_question> asked) {
  std::vector<std::unique_ptr<caf_question>> dropped;
  caf::message_id id;
  {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= look_at_) dropped = unwanted();
    id = caf::make_message_id(++last_id_);
    open_.emplace(last_id_, std::move(asked));
  }
  whom_->enqueue(caf::strong_actor_ptr(ctrl()), id, std::move(question), nullptr);
}

/// Under the lock.
std::vector<std::unique_ptr<caf_question>> caf_guest_port::unwanted() {
  std::vector<std::unique_ptr<caf_question>> found;
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second->is_wanted()) {
      ++at;
      continue;
    }
    found.push_back(std::move(at->second));
    at = open_.erase(at);
  }
  look_at_ = std::max<std::size_t>(64, 2 * open_.size());
  return found;
}

void caf_guest_port::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  auto content = what->move_content_to_message();
  if (content.match_elements<caf::down_msg>()) {
    gone(reason_from_caf(content.get_as<caf::down_msg>(0).reason, home_system()));
  } else if (what->mid.is_response()) {
    answered(what->mid.request_id().integer_value(), std::move(content));
  } else if (what->mid.is_request()) {
    caf_reply(*what, ctrl()).fail(caf::sec::unexpected_message);
  }
}

bool caf_guest_port::bury_if_gone(const message_type& what) {
  if (!gone_.load(std::memory_order_acquire)) return false;
  bury(cell::current()->system(), cell::current(), &what, lost::closed, 1);
  return true;
}

void caf_guest_port::gone(const end_reason& why) {
  decltype(open_) left;
  gone_.store(true, std::memory_order_release);
  {
    const std::lock_guard lock(mutex_);
    left.swap(open_);
    if (guest_ != nullptr) guest_->post(std::make_unique<notice_node<caf_gone>>(caf_gone{why}));
  }
  for (auto& [id, asked] : left)
    asked->fail(
        {errc::closed, "the CAF actor ended before it answered" + (why.text.empty() ? "" : ": " + why.text)});
}

void caf_guest_port::answered(std::uint64_t id, caf::message content) {
  std::unique_ptr<caf_question> asked;
  {
    const std::lock_guard lock(mutex_);
    const auto at = open_.find(id);
    if (at == open_.end()) return;
    asked = std::move(at->second);
    open_.erase(at);
  }
  if (content.match_elements<caf::error>())
    asked->fail(error_from_caf(content.get_as<caf::error>(0), home_system()));
  else if (!asked->answer(content))
    asked->fail({errc::handler_failed, "CAF: the answer has another type: " + caf::to_string(content)});
}

void caf_guest_port::on_destroy() {
  if (!getf(is_cleaned_up_flag)) cleanup(caf::exit_reason::unreachable, nullptr);
  monitorable_actor::on_destroy();
}

caf::actor make_gate_port(caf::actor_system& in, cell_ref whom, caf_gate_port::taker takes) {
  return caf::actor_cast<caf::actor>(make_port<caf_gate_port>(in, std::move(whom), takes));
}

void open_gate_port(const caf::actor& port, cell_ref gate) {
  static_cast<caf_gate_port*>(caf::actor_cast<caf::abstract_actor*>(port))->open(std::move(gate));
}

caf_guest_ref::caf_guest_ref(const caf::actor& whom)
    : port_(make_port<caf_guest_port>(whom->home_system(), whom)) {}

caf_guest_port* caf_guest_ref::operator->() const noexcept {
  return static_cast<caf_guest_port*>(port_->get());
}

cell_ref spawn_guest(actor_system& in, spawn_options options, std::unique_ptr<maker> makes) {
  return spawn_kept(system_access::shared_core_of(in), std::move(options), std::move(makes));
}

actor_system& system_behind(const cell& whom) noexcept {
  return *system_of(whom).facade;
}

void end_current(end_reason why) {
  cell::current()->give_up(std::move(why), true);
}

}  // namespace troupe::actors
