// troupe/app.hpp - the program skeleton: register stages and actors, then run() is director, worker and command line in
// one.
// Threads: main() only. This is the first header to read.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/actors/actor_definition.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/runtime/stage.hpp>

#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// A program of stages and actors. A file says how they are wired and where they run.
///
///     int main(int argc, char** argv) {
///       troupe::app app{argc, argv};
///       app.stage("parse", parse);          // a function: Out, optional<Out> or vector<Out> parse(In)
///       app.stage<totals>("totals");        // a class: operator()(In), perhaps finish(emitter<Out>&)
///       app.actor<warehouse>("warehouse");  // a class that receives messages
///       return app.run();
///     }
///
/// What stages take and give are plain structs that own their data. The binary is started again for each
/// worker: everything before run() happens in the workers too, so keep side effects out of there, or ask
/// is_worker().
class app {
 public:
  app(int argc, char** argv);

  /// Registers a function or a lambda under the name that `[stage.NAME]`, or its `call`, refers to. One item
  /// in; out: nothing, one, optional (none or one) or vector (many). It may be executed again after a crash,
  /// so its output must depend on its input alone. It may throw; it may crash in a worker.
  template <class F>
  void stage(std::string name, F function) {
    add(runtime::define_stage(std::move(name), std::move(function)));
  }
  /// Registers a class: one object per worker. With finish() or state() it keeps state, which lives in the
  /// director.
  template <class T>
  void stage(std::string name) {
    add(runtime::define_stage<T>(std::move(name)));
  }

  /// Registers a class of actors under the name that `[actor.NAME]`, or its `call`, refers to. Its constructor takes
  /// context&, its struct `options` as the file fills it (docs/config.md), both or nothing; each life of the actor
  /// gets a copy of the options. Everything before run() is done once; actors are made when run() has read the file.
  template <class Actor>
  void actor(std::string name) {
    add(runtime::define_actor<Actor>(std::move(name)));
  }

  /// True in a process that a director has started.
  [[nodiscard]] bool is_worker() const noexcept;
  /// A worker's life; the exit status for main(). Only when is_worker().
  [[nodiscard]] int serve();
  /// Worker, or command line: `run FILE`, `check FILE`, --help, --version. Returns the exit status for
  /// main(); the table is in README.md.
  [[nodiscard]] int run();

 private:
  void add(runtime::stage_definition definition);
  void add(runtime::actor_definition definition);
  void note(result<void> added);

  std::vector<std::string> arguments_;
  runtime::registry registered_;
  std::string registration_error_;
};

}  // namespace troupe
