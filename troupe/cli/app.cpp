#include <troupe/app.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/runtime/node/lifeline_messages.hpp>
#include <troupe/runtime/node/worker.hpp>

#include <iostream>

namespace troupe {

app::app(int argc, char** argv) : arguments_(argv, argv + argc) {}

bool app::is_worker() const noexcept {
  return arguments_.size() > 1 && arguments_[1] == runtime::worker_argument;
}

int app::serve() {
  return runtime::serve_worker(stages_);
}

int app::run() {
  if (!registration_error_.empty()) {
    std::cerr << "error: " << registration_error_ << '\n';
    return cli::exit_failed;
  }
  return is_worker() ? serve() : cli::command_line(arguments_, stages_);
}

void app::add(runtime::stage_definition definition) {
  if (auto added = stages_.add(std::move(definition)); !added && registration_error_.empty())
    registration_error_ = added.error().message();
}

}  // namespace troupe
