// Who leads, who is the deputy, and who stands in while they sleep.
#include <troupe/transport/internal/zmq_engine.hpp>

#include <pthread.h>

#include <algorithm>

namespace troupe::transport {
namespace {

/// The deputy leads when the leader has been at late work for one to two ticks; it sleeps after so many without any.
constexpr auto tick = milliseconds(5);
constexpr int most_idle_ticks = 20;
/// Late work that took longer than it costs to wake a thread is left to others for so many times as long as it kept us: whoever
/// waits for the post waits for a thirtieth of the time at most.
constexpr auto short_work = std::chrono::microseconds(100);
constexpr int abstinence = 30;
/// What goodbyes may cost at the end.
constexpr auto ending_patience = milliseconds(100);

}  // namespace

void zmq_engine::start_thread() {
  threads_.emplace_back([this] {
    // Named from within: by anybody else it is done through /proc/self/task, and what was looked up there holds up who
    // waits for this process when it is killed on a busy machine, for seconds (Linux 6.18).
    ::pthread_setname_np(::pthread_self(), "troupe-post");
    run();
  });
}

void zmq_engine::run() {
  ownership owns(owner_);
  while (!is_over_) {
    if (is_led_)
      watch_leader(owns);
    else if (lead(owns))
      finish(owns);
  }
}

/// False: another thread leads now.
bool zmq_engine::lead(ownership& owns) {
  is_led_ = true;
  owned_by_ = std::this_thread::get_id();
  while (!stopping_) {
    turn();
    if (!see_to_late_work(owns)) return false;
    wait(owns, steady::time_point::max());
  }
  return true;
}

/// False: another thread leads now.
bool zmq_engine::see_to_late_work(ownership& owns) {
  if (late_ == nullptr || !late_->waits()) return true;
  const auto began = steady::now();
  if (is_more_to_do() || !has_deputy_ || began < no_late_work_until_) {
    late_->hand_on();
    return true;
  }
  const auto mine = ++late_works_;
  is_late_ = true;
  if (deputy_sleeps_) leader_works_.notify_one();
  late_->set_about();
  let_go(owns);
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, &signals_, &blocked);
  late_->run();
  ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  owns.lock();
  const auto now = steady::now();
  const auto kept_us = std::min<steady::duration>(now - began, 2 * tick);
  if (kept_us > short_work) no_late_work_until_ = std::max(no_late_work_until_, now + abstinence * kept_us);
  if (!is_late_ || late_works_ != mine) return false;
  is_late_ = false;
  owned_by_ = std::this_thread::get_id();
  return true;
}

void zmq_engine::take_back(ownership& owns) {
  wanted_back_ = true;  // or those who stand in, one after the other, would keep us out
  owns.lock();
  wanted_back_ = false;
  owned_by_ = std::this_thread::get_id();
}

void zmq_engine::let_go(ownership& owns) {
  owned_by_ = std::thread::id();
  owns.unlock();
}

/// Returns when there is none, or it has been at late work for long.
void zmq_engine::watch_leader(ownership& owns) {
  has_deputy_ = true;
  for (int idle = 0; is_led_ && !is_over_;) {
    const auto seen = late_works_;
    if (idle < most_idle_ticks) {
      leader_works_.wait_for(owns, tick);
    } else {
      deputy_sleeps_ = true;
      leader_works_.wait(owns);
      deputy_sleeps_ = false;
      idle = 0;
    }
    if (late_works_ != seen) {
      idle = 0;
    } else if (is_late_) {
      is_late_ = is_led_ = false;
    } else {
      ++idle;
    }
  }
  has_deputy_ = false;
}

void zmq_engine::finish(ownership& owns) {
  ending_ = true;
  links_.woke(steady::now());
  links_.close_all();
  const auto until = steady::now() + ending_patience;
  while (!links_.idle() && steady::now() < until) {
    wait(owns, until);
    turn();
  }
  if (late_ != nullptr) late_->hand_on();
  owned_by_ = std::thread::id();
  dealers_.clear();
  reception_.reset();
  is_over_ = true;
  leader_works_.notify_all();
}

bool zmq_engine::stand_in() {
  if (wanted_back_ || owned_by_ == std::this_thread::get_id()) return false;  // ours: in an event
  if (!owner_.try_lock()) return false;
  if (reception_) return true;
  owner_.unlock();  // our thread has ended
  return false;
}

/// To send is to look whether something came, too, and then the descriptor that our thread polls does not say so any more.
void zmq_engine::stop_standing_in(link_id connection) {
  const auto found = dealers_.find(connection);
  auto& used = found == dealers_.end() ? reception_->router() : found->second.socket;
  auto& readable = found == dealers_.end() ? router_readable_ : found->second.readable;
  readable = readable || used.may_have_messages();
  const bool is_work = readable || !dying_.empty();
  owner_.unlock();
  if (is_work) wake();
}

}  // namespace troupe::transport
