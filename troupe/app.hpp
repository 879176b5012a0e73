// troupe/app.hpp - the program skeleton: register stages and actors, then run() is director, worker and command line in
// one.
// Threads: main() only. This is the first header to read.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/literals.hpp>
#include <troupe/runtime/actors/actor_definition.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/pool/pool.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/runtime/stage.hpp>

#include <memory>
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
  /// Returns the handle that open() takes; a program whose stages are wired by a file does not need it.
  template <class F>
  ::troupe::stage<runtime::stage_input<F>, runtime::stage_result<F>> stage(std::string name, F function) {
    add(runtime::define_stage(name, std::move(function)));
    return ::troupe::stage<runtime::stage_input<F>, runtime::stage_result<F>>(std::move(name));
  }
  /// Registers a class: one object per worker. With finish() or state() it keeps state, which lives in the
  /// director.
  template <class T>
  ::troupe::stage<runtime::stage_input<T>, runtime::stage_result<T>> stage(std::string name) {
    add(runtime::define_stage<T>(name));
    return ::troupe::stage<runtime::stage_input<T>, runtime::stage_result<T>>(std::move(name));
  }

  /// Starts a pool of worker processes, this program started again, that run the stage's function; returns when the first
  /// one is ready. All stages are registered before, and `if (app.is_worker()) return app.serve();` stands before, too: in a
  /// worker open() says so on stderr and ends the process. The app outlives the pool. Errors: see runtime/pool/pool_core.hpp.
  template <class In, class Out>
  [[nodiscard]] result<pool<In, Out>> open(const ::troupe::stage<In, Out>& of, pool_options how = {}) {
    auto core = open_core(of.name(), runtime::result_shape<Out>(), std::move(how));
    if (!core) return tl::unexpected(std::move(core.error()));
    return pool<In, Out>(std::move(*core));
  }

  /// For main(): says what is wrong on stderr and returns the exit status of a program that failed.
  [[nodiscard]] static int fail(const error& why);

  /// Registers a class of actors under the name that `[actor.NAME]`, or its `call`, refers to. Its constructor takes
  /// context&, its struct `options` as the file fills it (docs/config.md), both or nothing; each life of the actor
  /// gets a copy of the options. Everything before run() is done once; actors are made when run() has read the file.
  template <class Actor>
  void actor(std::string name) {
    add(runtime::define_actor<Actor>(std::move(name)));
  }

  /// True in a process that a director has started, or that is to replay a quarantined item.
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
  [[nodiscard]] bool replays() const noexcept;
  [[nodiscard]] result<std::unique_ptr<runtime::pool_core>> open_core(const std::string& stage,
                                                                      std::string returns, pool_options how);

  std::vector<std::string> arguments_;
  runtime::registry registered_;
  std::string registration_error_;
};

}  // namespace troupe
