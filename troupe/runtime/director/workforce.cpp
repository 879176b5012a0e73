#include <troupe/runtime/director/workforce.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <optional>
#include <utility>

namespace troupe::runtime {
namespace {

/// How long the lifeline of a worker that died while it was being started may take to close.
constexpr milliseconds last_words{500};

void equip(spawn::command& what, const worker_settings& with) {
  what.limits(with.limits);
  if (with.nice) what.nice(*with.nice);
  if (!with.cpus.empty()) what.cpus(with.cpus);
  for (const auto& each : with.env) what.env(each.name, each.value);
  if (!with.cwd.empty()) what.cwd(with.cwd);
}

}  // namespace

/// Everything on the spawner's thread but the members that the director reads.
struct workforce::worker : std::enable_shared_from_this<workforce::worker> {
  instance who;
  workforce_events events;
  spawn::loop* loop = nullptr;
  std::optional<shared_memory> page;
  std::optional<spawn::supervised_child> child;

  std::mutex mutex;
  std::optional<spawn::lifeline> line;  // under mutex

  std::optional<spawn::exit_report> ended;
  bool silent = false;  // its lifeline has closed
  bool told = false;

  void on_frame(byte_view frame) {
    auto message = decode<from_worker>(bytes::copy_of(frame));
    if (message) return events.on_message(who, std::move(*message));
    events.on_line(who, "sent something that is no message and is killed: " + message.error().message(),
                   true);
    if (child) child->kill_group();
  }
  /// It ends when it sees that the lifeline is closed, but does not know why.
  void on_silence(const error& why) {
    if (why.code == errc::too_large || why.code == errc::timed_out)
      events.on_line(who, "talks nonsense to the director and is cut off: " + why.message(), true);
    silent = true;
    tell_end();
  }
  void on_exit(const spawn::exit_report& report) {
    ended = report;
    {
      // All that it has said is in the pipe, whoever else may hold that open.
      const std::lock_guard lock(mutex);
      if (line) line->finish();
    }
    if (!silent)
      loop->after(last_words, [self = shared_from_this()] {
        self->silent = true;
        self->tell_end();
      });
    tell_end();
  }
  void tell_end() {
    if (ended && silent && !std::exchange(told, true)) events.on_ended(who, *ended);
  }
};

workforce::workforce(spawn::spawner& by, std::string program, std::string argv0, workforce_events events)
    : spawner_(by), program_(std::move(program)), argv0_(std::move(argv0)), events_(std::move(events)) {}

workforce::~workforce() {
  for (auto& [who, each] : workers_) {
    const std::lock_guard lock(each->mutex);
    each->line.reset();  // its handlers hold the worker
  }
}

result<> workforce::start(const std::string& name, const instance& who, byte_view first_words,
                          const worker_settings& equipment) {
  auto down = spawn::make_pipe();
  auto up = spawn::make_pipe();
  if (!down || !up) return tl::unexpected(within("start worker " + name, !down ? down.error() : up.error()));
  auto page = shared_memory::create("troupe " + name, sizeof(running_page));
  if (!page) return tl::unexpected(within("start worker " + name, page.error()));

  auto made = std::make_shared<worker>();
  made->who = who;
  made->events = events_;
  made->loop = &spawner_.events();
  made->page.emplace(std::move(*page));

  spawn::command command(program_);
  command.arg0(argv0_).arg(worker_argument).arg(name).stdin_from(spawn::stdio::null());
  equip(command, equipment);
  command.pass_fd(std::move(down->read_end), worker_read_fd);
  command.pass_fd(std::move(up->write_end), worker_write_fd);
  command.pass_fd(made->page->descriptor().get(), worker_page_fd);

  spawn::child_handlers handlers;
  handlers.on_exit = [made](const spawn::exit_report& report) { made->on_exit(report); };
  handlers.on_stdout_line = [say = events_.on_line, who](std::string_view line) { say(who, line, false); };
  handlers.on_stderr_line = [say = events_.on_line, who](std::string_view line) { say(who, line, true); };
  auto child = spawner_.launch(std::move(command), std::move(handlers));
  if (!child) return tl::unexpected(within("start worker " + name, child.error()));

  const std::lock_guard lock(made->mutex);
  made->child = std::move(*child);
  auto line = spawn::lifeline::open(spawner_.events(), std::move(up->read_end), std::move(down->write_end),
                                    {[made](byte_view frame) { made->on_frame(frame); },
                                     [made](const error& why) { made->on_silence(why); }},
                                    {.frame = lifeline_frame});
  if (!line) {
    made->child->kill_group();
    return tl::unexpected(within("start worker " + name, line.error()));
  }
  made->line.emplace(std::move(*line));
  workers_[who] = made;
  const auto sent = made->line->send(first_words);
  if (sent || sent.error().code == errc::closed)
    return {};  // closed: it is dead already, on_ended will say so
  made->child->kill_group();
  return tl::unexpected(within("start worker " + name, sent.error()));
}

std::shared_ptr<workforce::worker> workforce::find(const instance& who) const {
  const auto found = workers_.find(who);
  return found == workers_.end() ? nullptr : found->second;
}

void workforce::tell(const instance& who, byte_view frame) {
  const auto found_worker = find(who);
  if (!found_worker) return;
  const std::lock_guard lock(found_worker->mutex);
  if (!found_worker->line) return;
  // A closed lifeline belongs to a dying worker, whose end is announced in any case. One that has not
  // listened for so long would miss a verdict that others wait for.
  const auto sent = found_worker->line->send(frame);
  if (!sent && sent.error().code != errc::closed) found_worker->child->kill_group();
}

void workforce::kill(const instance& who) {
  if (const auto found_worker = find(who)) found_worker->child->kill_group();
}

void workforce::stop(const instance& who, const stop_options& how) {
  const auto found_worker = find(who);
  if (!found_worker) return;
  // It may have ended by itself: then it is told nothing.
  if (how.signal != 0) static_cast<void>(found_worker->child->signal(how.signal));
  tell(who, encode_frame<to_worker>(stop_now{}).view());
  found_worker->loop->post([found_worker, patience = how.timeout] {
    found_worker->loop->after(patience, [found_worker] { found_worker->child->kill_group(); });
  });
}

const running_page* workforce::page(const instance& who) const {
  const auto found_worker = find(who);
  return found_worker ? reinterpret_cast<const running_page*>(found_worker->page->memory().data()) : nullptr;
}

void workforce::forget(const instance& who) {
  const auto found = workers_.find(who);
  if (found == workers_.end()) return;
  const auto found_worker = found->second;
  workers_.erase(found);
  const std::lock_guard lock(found_worker->mutex);
  found_worker->line.reset();
}

}  // namespace troupe::runtime
