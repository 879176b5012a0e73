#include <troupe/cli/in_process.hpp>

#include <cstddef>

namespace troupe::cli {

std::string keep_in_process(config::file& file) {
  std::size_t moved = 0;
  for (auto& stage : file.stages) {
    if (stage.program || stage.place == config::stage::placement::thread) continue;
    stage.place = config::stage::placement::thread;
    stage.workers = stage.min_workers =
        1;  // several would share what had a process of its own: their globals
    stage.timeout.reset();
    stage.worker = {};
    ++moved;
  }
  for (auto& actor : file.actors) {
    if (actor.place != config::actor::placement::process) continue;
    actor.place = config::actor::placement::thread;
    actor.process.clear();
    ++moved;
  }
  file.processes.clear();
  if (moved == 0) return {};
  return "in one process, with one worker of each stage: a crash ends the run, and nothing is tried again "
         "after it; timeout, limits, nice, env, "
         "cwd and max_jobs are not in force; an item or a message that hangs holds its thread for ever";
}

}  // namespace troupe::cli
