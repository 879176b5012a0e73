// tests/actors/supervised.hpp - a scene with a supervisor and its workers, for the tests of supervisors.
// Threads: one; a test_system.
#pragma once
#include "probe.hpp"

#include <troupe/actors/supervisor.hpp>
#include <troupe/base/log.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace supervised {

using lines = std::vector<std::string>;

using probe::number;

struct fail_now {};
struct stop_now {};
struct how_many {
  using reply = int;
};

/// Counts what it handles in this life; says when it comes and goes.
class worker {
 public:
  using receives = troupe::receives<number, fail_now, stop_now, how_many, troupe::down>;
  worker(troupe::context& self, probe::journal& journal) : self_(self), journal_(journal) { say("+"); }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() { say("-"); }
  void operator()(number n) {
    ++handled_;
    journal_.add(std::string(self_.name()) + " " + std::to_string(n.value));
  }
  void operator()(fail_now) { throw std::runtime_error("no more paper"); }
  void operator()(stop_now) { self_.stop(); }
  int operator()(how_many) { return handled_; }
  void operator()(troupe::down d) { journal_.add("down " + d.name + ": " + d.reason.text); }

 private:
  void say(const char* what) { journal_.add(what + std::string(self_.name())); }
  troupe::context& self_;
  probe::journal& journal_;
  int handled_ = 0;
};

/// The journal goes by reference, so that lives share it.
class ref_worker : public worker {
 public:
  using receives = worker::receives;
  ref_worker(troupe::context& self, std::reference_wrapper<probe::journal> journal) : worker(self, journal) {}
};
using worker_address = troupe::address_of<ref_worker>;

struct scene {
  probe::journal journal;
  troupe::test_system stage;
  troupe::supervisor boss;

  explicit scene(troupe::supervisor_options options, std::uint64_t seed = 1, troupe::logger log = {})
      : stage(seed, std::move(log)) {
    boss = stage.system().supervise(std::move(options));
  }
  worker_address hire(std::string name) {
    return boss.spawn<ref_worker>({.name = std::move(name)}, std::ref(journal));
  }
  lines run() {
    stage.run_until_idle();
    return journal.lines();
  }
  lines wait(troupe::nanoseconds time) {
    stage.advance(time);
    return journal.lines();
  }
  [[nodiscard]] troupe::end_reason end_of(const troupe::address<>& whom) {
    return stage.system().wait_ended(whom, probe::watchdog()).value();
  }
};

inline const troupe::restart_options at_once{.delay = troupe::milliseconds(0)};

}  // namespace supervised
