// runtime/director/workforce.hpp - the worker processes of a run: started, told things, watched, killed.
// Threads: owned by the director's actor; events are called on the spawner's thread and must not block.
#pragma once
#include <troupe/base/log.hpp>
#include <troupe/base/shared_memory.hpp>
#include <troupe/base/worker_settings.hpp>
#include <troupe/runtime/node/lifeline_messages.hpp>
#include <troupe/spawn/lifeline.hpp>
#include <troupe/spawn/spawner.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace troupe::runtime {

/// What the spawner's thread passes on.
struct workforce_events {
  std::function<void(const instance&, from_worker)> on_message;
  /// Once per worker, after its last message.
  std::function<void(const instance&, const spawn::exit_report&)> on_ended;
  /// What it prints, line by line.
  std::function<void(const instance&, std::string_view line, bool is_stderr)> on_line;
};

class workforce {
 public:
  /// `program` is started again as the worker, under the name argv0. The spawner must outlive the workforce.
  workforce(spawn::spawner& by, std::string program, std::string argv0, workforce_events events);
  ~workforce();
  workforce(const workforce&) = delete;
  workforce& operator=(const workforce&) = delete;

  /// Starts a worker and hands it its first message. Errors: those of spawning, of pipes and of shared memory.
  [[nodiscard]] result<> start(const std::string& name, const instance& who, byte_view first_words,
                               const worker_settings& equipment = {});
  /// Those that are started from now on run that program.
  void use_program(std::string path) { program_ = std::move(path); }
  void tell(const instance& who, byte_view frame);
  /// Kills it and its group. It stays until on_ended.
  void kill(const instance& who);
  /// Tells it to end, by the signal if there is one and by our word; kills its group when it has not ended in time.
  void stop(const instance& who, const stop_options& how);
  [[nodiscard]] const running_page* page(const instance& who) const;
  /// After on_ended: lets go of its pipes and its page.
  void forget(const instance& who);

 private:
  struct worker;
  std::shared_ptr<worker> find(const instance& who) const;

  spawn::spawner& spawner_;
  std::string program_;
  const std::string argv0_;
  const workforce_events events_;
  std::map<instance, std::shared_ptr<worker>> workers_;
};

}  // namespace troupe::runtime
