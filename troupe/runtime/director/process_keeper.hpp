// runtime/director/process_keeper.hpp - the actor that starts, watches and ends the processes in which actors of the file live.
// Threads: an actor.
// Source: docs/remote-actors.md, "Processes of a file".
#pragma once
#include <troupe/actors/context.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/director/far_cast.hpp>
#include <troupe/runtime/director/workforce.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace troupe::runtime {

/// It has ended; comes after its last message.
struct process_ended {
  instance who;
  spawn::exit_report how;
};
struct process_said {
  instance who;
  from_worker what;
};
/// A process seems to live, but nothing can be heard of it: it is frozen, or broke the protocol.
struct way_to_process_lost {
  transport::peer node;
  std::string why;
};
/// All actors have ended, or are to end with their processes.
struct end_processes {};

struct keeper_setting {
  std::vector<process_plan> processes;
  actors_assignment work;  // of any of them; node and epoch are filled in
  far_cast& cast;
  logger log;
  std::function<std::unique_ptr<workforce>()> hire;                                 // called once
  std::function<void(const std::string& node, const std::string& endpoint)> on_up;  // it listens there
  std::function<void(const std::string& node)> on_down;
  std::function<void()> on_fall;                           // one has died, or would not end
  std::function<void(const dead_letter_counts&)> on_gone;  // all have ended; once, after end_processes
};

/// A process is started when a life of one of its actors is wanted and it is down; its death ends the lives of all of them
/// at once, and each one's supervisor decides: the first that is to live again has the process started. It is told to stop
/// when the last of its actors has ended for good.
class process_keeper {
 public:
  using receives = troupe::receives<life_wanted, life_unwanted, life_over, process_said, process_ended,
                                    way_to_process_lost, end_processes>;
  process_keeper(context& self, keeper_setting setting);

  void operator()(const life_wanted& wanted);
  void operator()(const life_unwanted& what);
  void operator()(const life_over& over);
  void operator()(process_said said);
  void operator()(const process_ended& ended);
  void operator()(const way_to_process_lost& lost);
  void operator()(end_processes);

 private:
  struct hosted {
    process_plan plan;
    instance who;  // its current or last life
    enum class condition : std::uint8_t { down, starting, ready, stopping } now = condition::down;
    std::string endpoint = {};
    std::map<std::string, std::uint32_t> lives = {};  // that run or are about to
    std::set<std::string> left = {};                  // who has not ended for good
    std::string faulty = {};                          // why we have killed it
  };
  using condition = hosted::condition;

  [[nodiscard]] hosted* home_of(const std::string& actor);
  [[nodiscard]] hosted* find(const instance& who);
  void start(hosted& which);
  void stop(hosted& which);
  void end_lives(hosted& which, const end_reason& why);
  void hear(hosted& from, const worker_ready& news);
  void hear(hosted& from, const actor_fell& news);
  void hear(hosted& from, const logged& line);
  void hear(hosted& from, const last_count& count);
  void hear(hosted& from, const report& none);
  void tell(const hosted& whom, to_worker message);
  void tell_others(const hosted& but, const to_worker& message);
  void leave_if_all_are_gone();

  const keeper_setting setting_;
  std::vector<hosted> all_;
  std::map<std::string, end_reason>
      over_;  // who has ended for good: what a process that starts later has to know
  dead_letter_counts lost_;
  bool ending_ = false;
  std::unique_ptr<workforce> workforce_;
};

}  // namespace troupe::runtime
