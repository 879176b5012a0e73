#include <troupe/runtime/members/jobs_member.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {
namespace {

outbox_options box_of(const plan& of, const member_plan& jobs) {
  const auto& edge = of.edge(jobs.out.front());
  return {.edge = edge.id,
          .consumer = edge.to,
          .from_slot = 0,
          .limit = edge.limit,
          .may_split = false,
          .spread = of.member(edge.to).workers > 1};
}

job_failure closed_before_done() {
  job_failure why;
  why.kind = job_error::closed;
  why.cause = "the pool was closed before the job was done";
  return why;
}

}  // namespace

jobs_member::jobs_member(const member_setting& setting, const instance& own, std::shared_ptr<job_intake> jobs,
                         run_counters& counters, const work_again& again, clock_source now)
    : plan_(setting.of.member(own.member)),
      stage_(setting.of.member(setting.of.edge(plan_.out.front()).to)),
      jobs_(std::move(jobs)),
      counters_(counters),
      tell_director_(setting.tell_director),
      courier_(setting.by, own),
      now_(std::move(now)),
      box_(box_of(setting.of, plan_), charges_, *this) {
  jobs_->on_work(again);
}

jobs_member::~jobs_member() {
  jobs_->on_work({});
  jobs_->abort(closed_before_done());
  take_in();
}

jobs_member::open_job* jobs_member::find(std::uint64_t id) {
  auto* job = open_.find(id);
  return job == nullptr || !job->to ? nullptr : job;
}

lineage jobs_member::item_of(std::uint64_t id) const {
  return {plan_.id, id - 1, 1, {{box_.edge(), 0, 1}}};
}

void jobs_member::on(const order& what) {
  if (what.what == order_kind::no_more) jobs_->close();
  take_in();
  look_at_the_clock();
  send();
  settle();
}

void jobs_member::take_in() {
  auto fresh = jobs_->take();
  counters_.items_read.fetch_add(fresh.jobs.size(), std::memory_order_relaxed);
  auto id = fresh.first_id;
  for (auto& each : fresh.jobs) {
    open_.push(id, {std::move(each.to), each.tag, false, {}, 0});
    if (each.until != steady::time_point::max()) deadlines_.add({each.until, id, *each.within});
    to_send_.push_back({item_of(id), std::move(each.input), id, false});
    ++id;
  }
  for (const auto withdrawn : fresh.withdrawn) call_off(withdrawn);
  closed_ = closed_ || fresh.closed;
  if (fresh.aborted && !std::exchange(gave_up_, true)) give_up(*fresh.aborted);
}

/// It is answered when its turn comes, or when its worker has done with it.
void jobs_member::call_off(std::uint64_t id) {
  auto* job = find(id);
  if (job == nullptr) return;
  job->withdrawn = true;
  if (job->sent_to.epoch != 0) courier_.by().call_off(job->sent_to, box_.edge(), job->number);
}

/// One timer, for the next deadline: those behind it are looked at then.
void jobs_member::look_at_the_clock() {
  if (deadlines_.empty()) return;
  const auto now = now_();
  if (now >= timer_) timer_ = steady::time_point::max();
  while (const auto due = deadlines_.take_due(now)) expire(*due);
  if (expired_ > to_send_.size() / 2) let_go_of_unwanted();
  deadlines_.tidy(open_.size(), [this](std::uint64_t id) { return find(id) != nullptr; });
  const auto next = deadlines_.next();
  if (!next || *next >= timer_ || !later_) return;
  timer_ = *next;
  later_(timer_ - now);
}

/// Its future is answered now; the job goes the way of one that is cancelled.
void jobs_member::expire(const job_deadlines::entry& which) {
  const auto* job = find(which.id);
  if (job == nullptr) return;
  const auto held = charges_.find(stage_.id, item_of(which.id));
  const auto attempt = held == nullptr ? 1 : held->attempt();
  // A worker runs its items in their order, and answers each at once.
  const bool running = job->sent_to.epoch != 0 && box_.is_oldest(job->sent_to, job->number);
  if (job->sent_to.epoch == 0) ++expired_;
  call_off(which.id);
  answer(which.id, tl::unexpected(passed_deadline(which.within, running, running ? attempt : attempt - 1,
                                                  std::max(stage_.max_attempts, attempt))));
}

/// Behind a job that waits for long, others come and go: nothing is kept of these.
void jobs_member::let_go_of_unwanted() {
  expired_ = 0;
  for (auto& each : std::exchange(to_send_, {})) {
    if (unwanted(each))
      completed(box_.edge(), each);
    else
      to_send_.push_back(std::move(each));
  }
}

void jobs_member::give_up(const job_failure& why) {
  to_send_.clear();
  while (const auto id = open_.lowest()) {
    if (!find(*id)->withdrawn) jobs_->note_unfinished(*id);
    answer(*id, tl::unexpected(why));
  }
}

void jobs_member::send() {
  while (!to_send_.empty() && (box_.has_room() || unwanted(to_send_.front()))) {
    auto next = std::move(to_send_.front());
    to_send_.pop_front();
    if (unwanted(next))
      completed(box_.edge(), next);
    else
      box_.push(std::move(next));
  }
}

void jobs_member::settle() {
  if (const auto again = box_.redelivered(); again != told_redelivered_)
    counters_.redelivered.fetch_add(again - std::exchange(told_redelivered_, again),
                                    std::memory_order_relaxed);
  for (const auto& who : box_.take_released()) tell_director_({courier_.own(), consumer_released{who}});
  const bool blocked = !to_send_.empty() || (box_.waiting() > 0 && !box_.has_room());
  if (std::exchange(blocked_, blocked) != blocked) courier_.by().note_blocked(box_.edge(), blocked);
  courier_.flush();
  if (const auto done = std::exchange(answered_, 0); done != 0) {
    counters_.items_done.fetch_add(done, std::memory_order_relaxed);
    jobs_->answered(done);
  }
  if (closed_ && open_.empty() && box_.empty() && !std::exchange(ended_, true))
    tell_director_({courier_.own(), origin_ended{plan_.id}});
}

void jobs_member::answer(std::uint64_t id, job_answer what) {
  auto* job = find(id);
  if (job == nullptr) return;
  const auto to = std::move(job->to);
  const auto tag = job->tag;
  open_.erase(id);
  to->answered(tag, std::move(what));
  ++answered_;
}

void jobs_member::on(const answers& news) {
  if (news.edge == box_.edge()) box_.acknowledged(news.from, news.numbers, news.done);
  send();
  settle();
}

void jobs_member::on(returns back) {
  for (auto& each : back.items) {
    came_back_ = &each;
    const number_range one{each.number, each.number};
    box_.acknowledged(each.from, {&one, 1});
  }
  came_back_ = nullptr;
  take_in();
  send();
  settle();
}

void jobs_member::on(const consumer_news& news) {
  if (news.who.member != box_.consumer()) return;
  if (news.up)
    box_.consumer_up(news.who);
  else
    box_.consumer_unreachable(news.who);
  send();
  settle();
}

void jobs_member::on(const consumer_retires& news) {
  if (news.who.member == box_.consumer()) box_.consumer_retires(news.who);
  send();
  settle();
}

void jobs_member::on(const death_notice& news) {
  for (const auto& decision : news.verdicts) charges_.set(decision);
  if (news.who.member == box_.consumer()) {
    std::uint64_t completed_numbers = news.marks_complete ? 0 : ~std::uint64_t{0};
    for (const auto& mark : news.marks)
      if (mark.from == courier_.own() && mark.edge == box_.edge()) completed_numbers = mark.completed;
    learn(news.verdicts);
    box_.consumer_lost(news.who, completed_numbers);
  }
  judged(news.verdicts);
}

void jobs_member::on(const verdict_notice& news) {
  for (const auto& decision : news.verdicts) charges_.set(decision);
  learn(news.verdicts);
  judged(news.verdicts);
}

void jobs_member::judged(const std::vector<verdict>& verdicts) {
  for (const auto& decision : verdicts) box_.judged(decision);
  for (const auto& decision : verdicts) forget_late(decision);
  send();
  settle();
}

/// While the facts of a failure are at hand: whoever waits gets them. The item itself follows its verdict.
void jobs_member::learn(const std::vector<verdict>& verdicts) {
  for (const auto& decision : verdicts) {
    if (!decision.state.quarantined || decision.stage != stage_.id) continue;
    const auto& held = decision.state;
    answer(decision.item.seq + 1,
           tl::unexpected(failure_of(decision.facts, decision.cause, held.charges + held.kills,
                                     std::max(stage_.max_attempts, held.charges + held.kills))));
  }
}

/// A copy of a job that was answered long ago has failed as well: nobody needs to remember that.
void jobs_member::forget_late(const verdict& decision) {
  if (decision.stage == stage_.id && find(decision.item.seq + 1) == nullptr) settle_charge(decision.item);
}

void jobs_member::settle_charge(const lineage& item) {
  if (charges_.find(stage_.id, item) == nullptr) return;
  charges_.set({stage_.id, item, {}, {}, {}, {}});
  tell_director_({courier_.own(), item_settled{stage_.id, item}});
}

void jobs_member::carry(const instance& to, edge_id edge, const item_header& header, const bytes& payload) {
  if (auto* job = find(header.item.seq + 1)) {
    job->sent_to = to;
    job->number = header.number;
  }
  courier_.item(to, edge, header, payload);
}

void jobs_member::completed(edge_id, const kept_item& item) {
  const auto* job = find(item.token);
  // What comes back makes room for others, and some of those may be complete by then as well.
  if (job != nullptr && came_back_ != nullptr && job->number == came_back_->number &&
      job->sent_to == came_back_->from) {
    answer(item.token, std::move(came_back_->outputs));
  } else {
    job_failure why;
    why.kind = job_error::cancelled;
    why.cause = "the job was cancelled";
    answer(item.token, tl::unexpected(std::move(why)));  // unless it has been answered with its failure
  }
  settle_charge(item.item);
}

void jobs_member::hand_in(edge_id, const kept_item& item) {
  if (stage_.quarantine.empty()) return;
  tell_director_({courier_.own(), item_handed_in{stage_.id, item.item, item.payload, item.may_be_delivered}});
}

/// Jobs are single items.
std::vector<kept_item> jobs_member::split(edge_id, const kept_item& batch) {
  return {batch};
}

bool jobs_member::unwanted(const kept_item& item) const {
  const auto* job = open_.find(item.token);
  return job == nullptr || job->withdrawn;
}

}  // namespace troupe::runtime
