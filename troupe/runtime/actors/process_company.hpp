// runtime/actors/process_company.hpp - the actors of a file that live in this process, whose supervisors are in the director.
// Threads: made, begun and ended by one thread, before its actor_system goes; `on_fall` is called in an actor's turn.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/config/load.hpp>
#include <troupe/runtime/actors/actor_names.hpp>
#include <troupe/runtime/registry.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace troupe::runtime {

class process_company {
 public:
  /// That life is over; `for_good`: its actor has been stopped and will not be started again.
  using on_fall =
      std::function<void(const std::string& actor, std::uint32_t life, const end_reason& why, bool for_good)>;

  /// Everybody in the file gets an address: the actors of `node` places here, which others reach by their names, the
  /// others stand-ins that outlive their processes. All must outlive it.
  process_company(actor_system& system, gateway& gate, const config::file& file, const registry& program,
                  const std::string& node, on_fall tell);
  process_company(const process_company&) = delete;
  process_company& operator=(const process_company&) = delete;
  ~process_company() = default;

  /// The director's word: a life begins. The first one is made here and now, by the calling thread. An actor that is not
  /// of this process: nothing happens.
  void begin(const std::string& actor, std::uint32_t life);
  /// Likewise: that life ends as soon as its handler returns, unless it has ended already.
  void end(const std::string& actor, std::uint32_t life);
  /// Likewise: it has ended for good, here or elsewhere.
  void over(const std::string& actor, const end_reason& why);

 private:
  struct resident {
    const config::actor* of = nullptr;
    std::unique_ptr<actor_place> place;
    std::shared_ptr<std::atomic<std::uint32_t>> life = std::make_shared<std::atomic<std::uint32_t>>(0);
  };
  void admit(const config::actor& of, const on_fall& tell);
  void represent(const config::actor& of);

  actor_system& system_;
  gateway& gate_;
  const config::file& file_;
  const registry& program_;
  actor_names names_;
  std::map<std::string, resident> here_;
};

}  // namespace troupe::runtime
